"""A world's logs as files that the readers parse: nginx JSON or combined with timings, and CI output of go -x.

What is written and what ``observe`` gives are two renderings of one trace; a test reads the files back and compares.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from predictor.events import Cache, Cause, Op
from predictor.files import write_whole
from training.simulator.engine import Trace
from training.simulator.observe import LOST, PROXY_HOST, sizes, statuses
from training.simulator.truth import describe
from training.simulator.wording import words
from training.simulator.world import Acts

_SUFFIX = {Op.MOD: "v1.0.0.mod", Op.INFO: "v1.0.0.info", Op.ZIP: "v1.0.0.zip", Op.LIST: "list", Op.VCS: "v1.0.0.zip"}
_REASON = {200: "OK", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}
_REASON |= {502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Time-out"}
_BROKEN = {
    Cause.TCP_REFUSED: "dial tcp 10.0.0.9:443: connect: connection refused",
    Cause.TCP_RESET: "read tcp 10.0.0.2:40112->10.0.0.9:443: read: connection reset by peer",
    Cause.DNS: "dial tcp: lookup {host}: no such host",
    Cause.TLS: "tls: failed to verify certificate: x509: certificate has expired or is not yet valid",
    Cause.TCP_TIMEOUT: "dial tcp 10.0.0.9:443: i/o timeout",
}


def write_world(trace: Trace, folder: Path, *, combined: bool = False) -> list[Path]:
    """Write the kept logs of a world and ``truth.json`` into ``folder``; the paths of the logs.

    ``combined`` chooses nginx's combined format with timings over JSON.

    Raises:
        OSError: the folder cannot be written.
    """
    written = []
    if trace.world.logged.proxy:
        name = "access.log" if combined else "access.json"
        lines = _combined(trace) if combined else _json(trace)
        write_whole(folder / name, "".join(lines))
        written.append(folder / name)
    if trace.world.logged.jobs:
        for number, text in _jobs(trace):
            path = folder / "ci" / f"job-{number:06d}.log"
            write_whole(path, text)
            written.append(path)
    write_whole(folder / "truth.json", json.dumps(describe(trace), indent=2) + "\n")
    return written


def path_of(op: int, module: int) -> str:
    """URL path of one operation in GOPROXY grammar."""
    name = f"example.com/org{max(module, 0) % 20}/mod{module if module >= 0 else 'gone'}"
    if op == Op.SUMDB:
        return f"/sumdb/sum.golang.org/lookup/{name}@v1.0.0"
    return f"/{name}/@v/{_SUFFIX[Op(op)]}"


def _rows(trace: Trace) -> Iterator[dict[str, float]]:
    """Each fetch as the access log sees it; those in a log gap are left out."""
    world = trace.world
    rng = np.random.default_rng([world.seed, 1])
    cause = trace.fetch("cause").astype(np.int64)
    killed = trace.fetch("killed") > 0
    status = statuses(cause, cause == Cause.HTTP_404_410_MISSING, killed)
    op = trace.fetch("op").astype(np.int64)
    whole = sizes(op, rng)
    sent = np.where(status == 200, whole, 150)
    cut = (status == 200) & (cause == Cause.TRUNCATED_BODY)
    sent = np.where(cut, np.where(world.acting(Acts.DISK, trace.fetch("end")), 0, sent // 3), sent)
    for index in np.flatnonzero(~world.acting(Acts.GAP, trace.fetch("end"))).tolist():
        end = float(trace.fetch("end")[index])
        yield {
            "time": world.epoch + end,
            "path": index,
            "status": int(status[index]),
            "bytes": int(sent[index]),
            "rt": round((end - float(trace.fetch("start")[index])) * world.logged.latency_scale, 3),
            "cache": int(trace.fetch("cache")[index]),
        }


def _cache(row: dict[str, float]) -> str:
    return {Cache.HIT: "HIT", Cache.MISS: "MISS", Cache.STALE: "STALE"}.get(Cache(int(row["cache"])), "-")


def _json(trace: Trace) -> Iterator[str]:
    op, module = trace.fetch("op"), trace.fetch("module")
    for row in _rows(trace):
        index = int(row["path"])
        hit = row["cache"] == Cache.HIT
        entry = {
            "msec": f"{row['time']:.3f}",
            "remote_addr": f"10.1.0.{int(trace.fetch('pool')[index]) + 2}",
            "request_method": "GET",
            "request_uri": path_of(int(op[index]), int(module[index])),
            "status": row["status"],
            "body_bytes_sent": row["bytes"],
            "request_time": row["rt"],
            "upstream_addr": "-" if hit else trace.world.upstream.name,
            "upstream_status": "-" if hit else str(row["status"]),
            "upstream_cache_status": _cache(row),
        }
        yield json.dumps(entry, separators=(",", ":")) + "\n"


def _combined(trace: Trace) -> Iterator[str]:
    op, module = trace.fetch("op"), trace.fetch("module")
    for row in _rows(trace):
        index = int(row["path"])
        hit = row["cache"] == Cache.HIT
        stamp = datetime.fromtimestamp(row["time"], UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
        peer = "-" if hit else trace.world.upstream.name
        yield (
            f'10.1.0.{int(trace.fetch("pool")[index]) + 2} - - [{stamp}] "GET '
            f'{path_of(int(op[index]), int(module[index]))} HTTP/1.1" {row["status"]} {row["bytes"]} "-" '
            f'"GoCommand/1 (+https://go.dev/cmd/go)" rt={row["rt"]:.3f} cs={_cache(row)} '
            f'us="{"-" if hit else row["status"]}" ua="{peer}"\n'
        )


def _stamp(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}0Z"


def _jobs(trace: Trace) -> Iterator[tuple[int, str]]:
    """(number, text) of each job's CI log."""
    fetches: dict[int, list[int]] = {}
    for index, number in enumerate(trace.fetch("job").astype(np.int64).tolist()):
        fetches.setdefault(number, []).append(index)
    for index in range(len(trace.jobs)):
        number = int(trace.job("job")[index])
        yield number, "".join(_job_lines(trace, index, fetches.get(number, [])))


def _job_lines(trace: Trace, index: int, rows: list[int]) -> Iterator[str]:
    world = trace.world
    begin, end = world.epoch + trace.job("start")[index], world.epoch + trace.job("end")[index]
    yield f"{_stamp(begin)} ##[group]Run go mod download{' -x' if world.logged.trace else ''}\n"
    yield f"{_stamp(begin)} ##[endgroup]\n"
    lines: list[tuple[float, str]] = []
    for row in rows:
        lines += _fetch_lines(trace, row)
    failed = next((row for row in rows if _message(trace, row)), None)
    for moment, text in sorted(lines):
        yield f"{_stamp(world.epoch + moment)} {text}\n"
    if trace.job("hung")[index]:
        yield f"{_stamp(end)} ##[error]The action 'Run go mod download' has timed out after 5 minutes.\n"
    elif trace.job("cause")[index] and failed is not None:
        yield f"{_stamp(end)} {_message(trace, failed)}\n"
        yield f"{_stamp(end)} ##[error]Process completed with exit code 1.\n"
    yield f"{_stamp(end)} Cleaning up orphan processes\n"


def _fetch_lines(trace: Trace, row: int) -> Iterator[tuple[float, str]]:
    start, end = float(trace.fetch("start")[row]), float(trace.fetch("end")[row])
    module, op = int(trace.fetch("module")[row]), int(trace.fetch("op")[row])
    if not trace.world.logged.trace:
        if op == Op.ZIP:
            yield start, f"go: downloading {_module(module)} v1.0.0"
        return
    url = f"https://{_host(trace)}{path_of(op, module)}"
    yield start, f"# get {url}"
    if trace.fetch("killed")[row]:
        return
    status = _status(trace, row)
    took = (end - start) * trace.world.logged.latency_scale
    if status:
        yield end, f"# get {url}: {status} {_REASON[status]} ({took:.3f}s)"
    else:
        yield end, f'# get {url}: Get "{url}": {_broken(trace, row)}'


def _module(module: int) -> str:
    return path_of(Op.ZIP, module)[1:].split("/@v/")[0]


def _host(trace: Trace) -> str:
    shared = trace.world.logged.one_name or trace.world.proxy is None
    return trace.world.upstream.name if shared else PROXY_HOST


def _status(trace: Trace, row: int) -> int:
    """Status that the go command saw; 0 when the connection broke before one."""
    cause = Cause(int(trace.fetch("cause")[row]))
    if (trace.world.proxy is None and cause in _BROKEN) or words(trace, row):
        return 0
    missing = np.array([cause == Cause.HTTP_404_410_MISSING])
    return int(statuses(np.array([int(cause)]), missing, np.array([False]))[0])


def _broken(trace: Trace, row: int) -> str:
    said = words(trace, row)
    return said or _BROKEN[Cause(int(trace.fetch("cause")[row]))].format(host=_host(trace).split(":")[0])


def _message(trace: Trace, row: int) -> str:
    """The error with which the go command ends, "" for a fetch that did not fail."""
    cause = int(trace.fetch("cause")[row])
    if not cause or trace.fetch("killed")[row]:
        return ""
    module, op = int(trace.fetch("module")[row]), int(trace.fetch("op")[row])
    url, at = f"https://{_host(trace)}{path_of(op, module)}", f"{_module(module)}@v1.0.0"
    if cause == Cause.CHECKSUM_MISMATCH:
        return f"verifying {at}: checksum mismatch"
    if cause == Cause.TRUNCATED_BODY:
        return f'go: {at}: read "{url}": unexpected EOF'
    status = _status(trace, row)
    if status:
        return f"go: {at}: reading {url}: {status} {_REASON[status if cause != LOST else 404]}"
    return f'go: {at}: Get "{url}": {_broken(trace, row)}'
