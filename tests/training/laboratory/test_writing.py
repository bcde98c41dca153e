"""The truth of a recording says what its scenario and its jobs were, no more."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from predictor.reading import open_log
from training.laboratory.catalogue import scenario
from training.laboratory.dialects import DIALECTS
from training.laboratory.dilation import LogClock
from training.laboratory.recording import Raw
from training.laboratory.scenarios import Scenario
from training.laboratory.writing import folder_of, keep, log_start, make_truth, packed, readable

RAW = Raw(0.0, "127.0.0.8:8080", ("127.0.0.20:3000",), (), (), {}, DIALECTS[0], Path())
CLOCK = LogClock(0.0, 1_767_225_600.0, 60.0)


def job(minute: float, *, broken: bool) -> dict[str, Any]:
    """A row of the truth."""
    return {"end": CLOCK.log_start + 60.0 * minute, "broken": broken, "exit": int(broken)}


def truth(plan: Scenario, raw: Raw = RAW, broken_from: float = 90.0) -> dict[str, Any]:
    """Two jobs a minute, all broken from a minute on."""
    minutes = [number / 2 for number in range(200)]
    return make_truth(plan, raw, CLOCK, [job(minute, broken=minute >= broken_from) for minute in minutes])


def test_lead_is_from_the_onset_of_the_fault_to_the_outage() -> None:
    """In log minutes."""
    plan = replace(scenario("http_503", "ramp", 1), onset=50.0, minutes=100.0)
    found = truth(plan)

    assert (found["outage_start"] - CLOCK.log_start, found["lead_available_min"]) == (90 * 60.0, 40.0)
    assert (found["benign"], found["degrading"]) == (False, True)


def test_a_fault_that_breaks_nothing_is_benign() -> None:
    """Retries may hide it altogether."""
    found = truth(replace(scenario("http_503", "ramp", 1), minutes=100.0), broken_from=200.0)

    assert (found["benign"], found["degrading"], found["outage_start"]) == (True, False, None)


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        ("hang", "proxy_hang"),
        ("http_503:sumdb", "sumdb_unreachable"),
        ("dns_timeout", "dns"),
        ("load", "proxy_hang"),
        ("reset_body+latency", "tcp_reset"),
        ("quiet", "none"),
    ],
)
def test_the_cause_is_that_of_the_first_fault(kind: str, cause: str) -> None:
    """A value of the taxonomy."""
    assert truth(scenario(kind, "step", 1))["cause"] == cause


def test_a_vantage_that_the_fault_does_not_reach_has_no_cause() -> None:
    """Its folder is named after its pool."""
    plan = scenario("hang", "step", 1, "pools")
    raw = replace(RAW, vantage="pool-a", reached=False)

    assert truth(plan, raw)["cause"] == "none"
    assert folder_of(plan, raw) == "hang-step-1-pool-a"


def test_readable_truth_is_json_with_a_line_per_job() -> None:
    """So that a change shows in a diff."""
    value = {"name": "x", "jobs": [{"exit": 0}, {"exit": 1}], "bins": [[1, 0]]}

    assert json.loads(readable(value)) == value
    assert len(readable(value).splitlines()) == 8


@pytest.mark.parametrize(("size", "name"), [(10, "a.log"), (2_000, "a.log.gz"), (70_000, "a.log.zst")])
def test_long_logs_are_compressed(tmp_path: Path, size: int, name: str) -> None:
    """By length."""
    assert keep(tmp_path / "a.log", "x" * size) == name
    assert (tmp_path / name).exists()


def test_the_logs_of_jobs_are_one_archive_that_tells_nothing_of_the_machine(tmp_path: Path) -> None:
    """The same logs give the same bytes, in their order."""
    texts = [("job-0000.log", "a\n" * 900), ("job-0003.log", "b\n")]
    (tmp_path / "ci.tar.zst").write_bytes(packed(texts))
    with open_log(tmp_path / "ci.tar.zst") as stream, tarfile.open(fileobj=io.BytesIO(stream.read())) as archive:
        members = archive.getmembers()

    assert [(each.name, each.size) for each in members] == [("job-0000.log", 1800), ("job-0003.log", 2)]
    assert {(each.mtime, each.uid, each.gid, each.uname, each.gname) for each in members} == {(0, 0, 0, "", "")}
    assert packed(iter(texts)) == packed(texts)


def test_recordings_begin_on_a_working_day_of_their_own() -> None:
    """Seeds give different days."""
    starts = {log_start(scenario("http_503", "ramp", seed)) for seed in range(1, 6)}

    assert len(starts) == 5
    assert all(((start // 86_400) + 3) % 7 < 5 for start in starts)
