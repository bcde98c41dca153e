"""A finished recording becomes files: CI logs, access logs, error.log and truth.json, all on the dilated clock."""

from __future__ import annotations

import gzip
import io
import json
import platform
import subprocess
import tarfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import zstandard

from predictor.events import rfc3339
from predictor.files import write_whole
from training.laboratory.ci_log import render
from training.laboratory.dilation import LogClock, rewrite_combined, rewrite_error, rewrite_json
from training.laboratory.faults import KINDS, Fault
from training.laboratory.jobs import Result
from training.laboratory.real_parts import Tools
from training.laboratory.recording import Raw, is_broken
from training.laboratory.scenarios import Scenario
from training.laboratory.truth import JobEnd, Rule, outages, per_bin

JOBS = "ci.tar.zst"  # the logs of all jobs
GZIP_FROM, ZSTD_FROM = 1024, 65_536  # bytes from which a log is kept compressed


def log_start(plan: Scenario) -> float:
    """Log epoch seconds of minute 0: a working day in 2026 that the seed picks."""
    day = datetime(2026, 3, 2, 7, 30, tzinfo=UTC).timestamp()
    number = plan.seed * 31 + sum(plan.name.encode())
    return day + (number % 12) * 7 * 86_400 + (number % 5) * 86_400 + (number % 37) * 600


def folder_of(plan: Scenario, raw: Raw) -> str:
    """Folder name of what one vantage saw."""
    return plan.name if plan.pools == 1 else f"{plan.name}-{raw.vantage}"


def keep(path: Path, text: str) -> str:
    """Write a log, compressed by gzip when it is long and by zstandard when it is very long; gives its name."""
    data = text.encode()
    if len(data) >= ZSTD_FROM:
        path, data = path.with_name(path.name + ".zst"), zstandard.ZstdCompressor(level=19).compress(data)
    elif len(data) >= GZIP_FROM:
        path, data = path.with_name(path.name + ".gz"), gzip.compress(data, 9, mtime=0)
    write_whole(path, data)
    return path.name


def packed(logs: Iterable[tuple[str, str]]) -> bytes:
    """Logs by name as one tar.zst; the same logs give the same bytes, wherever and whenever."""
    bare = io.BytesIO()
    with tarfile.open(fileobj=bare, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, text in logs:
            member = tarfile.TarInfo(name)  # mtime, uid and gid are 0, nobody owns it
            data = text.encode()
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return zstandard.ZstdCompressor(level=19).compress(bare.getvalue())


def write(plan: Scenario, raw: Raw, clock: LogClock, out: Path, provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Write what one vantage saw into ``out`` and give its truth; ``provenance`` is added to the truth as it is."""
    _write_nginx_logs(plan, raw, clock, out)
    results = sorted(raw.results, key=lambda found: found.order.number)
    rows = [_job_row(plan, clock, result) for result in results]
    kept = [(row["log"], result) for row, result in zip(rows, results, strict=True) if row["log"]]
    if kept:
        mirror = f"http://{raw.mirror}"
        texts = ((name, render(result, clock, mirror, plan.deadline_min)) for name, result in kept)
        write_whole(out / JOBS, packed(texts))
    truth = {**make_truth(plan, raw, clock, rows), **provenance}
    write_whole(out / "truth.json", readable(truth))
    return truth


def _lost(plan: Scenario, clock: LogClock) -> tuple[float, float]:
    """The log times between which log lines are lost; an empty stretch when none are."""
    return clock.log_start + 60.0 * plan.gap[0], clock.log_start + 60.0 * plan.gap[1]


def _write_nginx_logs(plan: Scenario, raw: Raw, clock: LogClock, out: Path) -> None:
    lost = _lost(plan, clock)
    access = (raw.nginx / "access.json.log").read_text().splitlines()
    first = clock.log_start - 5.0  # what the warm-up and the first probe of the mirror left is not of the recording
    rows = rewrite_json(access, clock, raw.dialect.time_field, raw.dialect.style, raw.dialect.duration_fields)
    keep(out / "access.json.log", _joined(rows, first, lost))
    if plan.combined:
        lines = (raw.nginx / "access.log").read_text().splitlines()
        keep(out / "access.log", _joined(rewrite_combined(lines, clock), first, lost))
    errors = [(clock.log_time(real), line) for real, line in raw.errors]
    keep(out / "error.log", _joined(((when, rewrite_error(line, when)) for when, line in errors), first, lost))


def _job_row(plan: Scenario, clock: LogClock, result: Result) -> dict[str, Any]:
    """The job's row of the truth; ``log`` is the name of its log in ``JOBS``, "" when that is lost."""
    lost = _lost(plan, clock)
    end = clock.log_time(result.end)
    return {
        "log": "" if lost[0] <= end < lost[1] else f"job-{result.order.number:04d}.log",
        "project": result.order.project.name,
        "command": " ".join(("go", *result.order.argv)),
        "intent": result.order.intent,
        "summed": result.order.summed,
        "start": round(clock.log_time(result.start), 3),
        "end": round(end, 3),
        "exit": result.exit,
        "broken": is_broken(result),
    }


def readable(truth: Mapping[str, Any]) -> str:
    """JSON with one line per value and one line per job, so that a change can be read in a diff."""
    lines = []
    for name, value in truth.items():
        rows = value if name == "jobs" else None
        text = json.dumps(value) if rows is None else "[\n  " + ",\n  ".join(json.dumps(row) for row in rows) + "\n ]"
        lines.append(f" {json.dumps(name)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _joined(rows: Iterable[tuple[float, str]], first: float, lost: tuple[float, ...]) -> str:
    return "".join(f"{line}\n" for when, line in rows if when >= first and not lost[0] <= when < lost[1])


def make_truth(plan: Scenario, raw: Raw, clock: LogClock, jobs: list[dict[str, Any]]) -> dict[str, Any]:
    """What is known of a recording: the fault as injected, the outage as the jobs had it."""
    rule = Rule()
    end = max([clock.log_start + plan.minutes * 60.0, *(row["end"] for row in jobs)])
    table = per_bin([JobEnd(row["end"], row["broken"]) for row in jobs], clock.log_start, end, rule.bin_s)
    found = outages(table, clock.log_start, rule)
    return {
        "name": folder_of(plan, raw),
        "kind": plan.kind,
        "shape": plan.shape,
        "seed": plan.seed,
        **_labels(plan, raw, bool(found)),
        **_moments(plan, clock, end, found),
        "outage_rule": asdict(rule),
        **_setting(plan, raw, clock),
        "origin_counts": raw.hits,
        "exit_codes": dict(Counter(str(row["exit"]) for row in jobs)),
        "bins": [list(row) for row in table],
        "jobs": jobs,
    }


def _labels(plan: Scenario, raw: Raw, had_outage: bool) -> dict[str, Any]:
    """Whether it was an outage, and what it is to be blamed on."""
    cause, also = ("none", []) if plan.benign or not raw.reached else _blame(plan)
    return {
        "benign": plan.benign or not raw.reached or not had_outage,
        "degrading": plan.shape == "ramp" and had_outage,
        "cause": cause,
        "also": also,
    }


def _moments(plan: Scenario, clock: LogClock, end: float, found: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """When what began and ended, in log epoch seconds and readable; ``found`` are the outages."""
    onset = clock.log_start + plan.onset * 60.0
    begin, over = (found[0][0], found[-1][1]) if found else (None, None)
    moment = {
        "log_start": clock.log_start,
        "log_end": end,
        "fault_onset": onset,
        "fault_end": clock.log_start + plan.end * 60.0,
        "outage_start": begin,
        "outage_end": over,
    }
    return {
        **moment,
        "times": {name: None if value is None else rfc3339(value) for name, value in moment.items()},
        "outages": [list(pair) for pair in found],
        "lead_available_min": None if begin is None else round((begin - onset) / 60.0, 1),
    }


def _setting(plan: Scenario, raw: Raw, clock: LogClock) -> dict[str, Any]:
    """What stood there and how it was disturbed."""
    return {
        "upstreams": {"mirror": raw.mirror, "origins": list(raw.origins), "vcs": raw.vcs},
        "vantage": raw.vantage,
        "topology": plan.topology,
        "ops": sorted({op for fault in plan.faults for op in fault.ops}),
        "faults": [_fault_row(fault) for fault in plan.faults],
        "dilation": clock.dilation,
        "durations": "scaled" if clock.scale_durations else "measured",
        "deadline_min": plan.deadline_min,
        "cache_ttl_min": round(plan.ttl_min, 2),
        "rate_per_min": round(plan.rate, 3),
        "dialect": {"time": raw.dialect.time_field, "style": raw.dialect.style},
    }


def _blame(plan: Scenario) -> tuple[str, list[str]]:
    """(cause, other causes that a log may rightly show); without a fault it was the load that outgrew the origin."""
    if not plan.faults:
        return "proxy_hang", ["http_5xx"]
    kind = KINDS[plan.faults[0].kind]
    if plan.faults[0].ops == ("sumdb",):
        return "sumdb_unreachable", [kind.cause, *kind.also]
    return kind.cause, list(kind.also)


def _fault_row(fault: Fault) -> dict[str, Any]:
    return {
        "kind": fault.kind,
        "shape": fault.shape,
        "onset_min": round(fault.onset, 2),
        "end_min": round(fault.end, 2),
        "rise_min": round(fault.rise, 2),
        "low": fault.low,
        "high": fault.high,
        "ops": list(fault.ops),
        "side": fault.side,
        "bursts_min": [[round(start, 2), round(stop, 2)] for start, stop in fault.bursts],
    }


def versions(tools: Tools) -> dict[str, str]:
    """The versions of the real parts."""
    go = subprocess.run([str(tools.go), "version"], capture_output=True, text=True, check=True).stdout.strip()
    nginx = subprocess.run([str(tools.nginx), "-v"], capture_output=True, text=True, check=True).stderr.strip()
    return {"go": go, "nginx": nginx, "python": platform.python_version(), "kernel": platform.release()}
