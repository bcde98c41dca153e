"""A short recording with real go and real nginx comes out whole, and its truth agrees with its logs."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from predictor.archives import logs
from predictor.reading import open_log
from training.laboratory.dilation import LogClock
from training.laboratory.faults import Fault
from training.laboratory.real_parts import LaboratoryError, find_tools
from training.laboratory.recording import Recorder
from training.laboratory.scenarios import Scenario
from training.laboratory.writing import JOBS, log_start, versions, write

DILATION = 120.0
FAULT = Fault("http_503", "step", onset=8.0, end=16.0, high=1.0)
PLAN = Scenario(
    "http_503",
    "step",
    1,
    benign=False,
    minutes=18.0,
    onset=8.0,
    end=16.0,
    topology="pass",
    faults=(FAULT,),
    rate=1.5,
    combined=True,
)


def text_of(path: Path) -> str:
    """A log, compressed or not."""
    with open_log(path) as stream:
        return b"".join(iter(lambda: stream.read(65_536), b"")).decode()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Nine seconds of real life: 18 log minutes, with eight of them at 503."""
    try:
        tools = find_tools()
    except LaboratoryError as error:
        pytest.skip(str(error))
    home, out = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("out")
    [raw] = asyncio.run(Recorder(PLAN, home, tools, DILATION, size=(50, 4)).run())
    clock = LogClock(raw.start, log_start(PLAN), DILATION)
    return out, write(PLAN, raw, clock, out, {"versions": versions(tools)})


pytestmark = [pytest.mark.real("go", "nginx")]


def test_the_truth_has_an_outage_after_the_fault(recorded: tuple[Path, dict[str, Any]]) -> None:
    """All requests fail, so builds break."""
    _, truth = recorded

    assert truth["cause"] == "http_5xx"
    assert truth["fault_onset"] - 60 <= truth["outage_start"] <= truth["fault_onset"] + 300
    assert json.loads((recorded[0] / "truth.json").read_text()) == truth


def test_jobs_break_in_the_fault_and_only_then(recorded: tuple[Path, dict[str, Any]]) -> None:
    """Jobs that ended before it are whole; the user's own mistakes are not counted."""
    _, truth = recorded
    broken = [job["end"] for job in truth["jobs"] if job["broken"]]

    assert broken
    assert all(truth["fault_onset"] <= end for end in broken)


def test_there_is_one_stamped_log_per_job(recorded: tuple[Path, dict[str, Any]]) -> None:
    """Every line has the stamp of GitHub Actions, in order, within the job."""
    out, truth = recorded
    texts = {Path(log.name).name: log.stream.read().decode() for log in logs(out / JOBS) if log.stream}

    assert sorted(texts) == [job["log"] for job in truth["jobs"]]
    for job in truth["jobs"]:
        lines = texts[job["log"]].splitlines()
        stamps = [datetime.fromisoformat(line.split(" ", 1)[0]).timestamp() for line in lines]
        assert stamps == sorted(stamps)
        assert job["start"] - 10 <= stamps[0] <= stamps[-1] <= job["end"] + 10
        assert (f"exit code {job['exit']}" in lines[-3]) == (job["exit"] == 1)


def test_the_access_log_names_the_origin_and_shows_the_fault(recorded: tuple[Path, dict[str, Any]]) -> None:
    """503 in the eight minutes, 200 before, every line in the time of the recording."""
    out, truth = recorded
    rows = [json.loads(line) for line in text_of(next(out.glob("access.json.log*"))).splitlines()]
    times = [datetime.fromisoformat(row["time"]).timestamp() for row in rows]
    before = [row["status"] for row, when in zip(rows, times, strict=True) if when < truth["fault_onset"] - 1]

    assert {row["upstream_addr"] for row in rows} == set(truth["upstreams"]["origins"])
    assert set(before) <= {200, 404}
    assert 503 in {row["status"] for row in rows}
    assert all(truth["log_start"] - 5 <= when <= truth["log_end"] + 60 for when in times)


def test_both_access_logs_have_the_same_requests(recorded: tuple[Path, dict[str, Any]]) -> None:
    """JSON and combined are two spellings of one history."""
    out, _ = recorded
    plain = text_of(next(out.glob("access.log*"))).splitlines()
    uris = [json.loads(line)["request_uri"] for line in text_of(next(out.glob("access.json.log*"))).splitlines()]

    assert [line.split('"')[1].split(" ")[1] for line in plain] == uris
