"""Recorded logs as a table, through the command line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from predictor.cli import main
from predictor.decide.policy import Policy
from predictor.engine import Engine
from predictor.events import EventBatch, Outcome
from predictor.forecast import LstmForecaster, write_artifact
from predictor.history import History
from predictor.replay import HEADER, Table, forecasts, summary
from tests.predictor.archives.made import zipped
from tests.predictor.forecast.conftest import random_model
from tests.predictor.happenings import START, at, muddle, ordered, traffic

LINE = '127.0.0.1 - - [14/Nov/2023:22:{:02d}:30 +0000] "GET /x/@v/v1.0.0.info HTTP/1.1" {} 9 "-" "-" 0.05 0.05 {}\n'


@pytest.fixture
def model(tmp_path: Path) -> Path:
    artifact = random_model()
    write_artifact(tmp_path / "model", artifact.weights, artifact.manifest)
    return tmp_path / "model"


def log(folder: Path, name: str, upstream: str, minutes: range, status: int = 200) -> Path:
    path = folder / name
    path.write_text("".join(LINE.format(minute, status, upstream) for minute in minutes))
    return path


def fetchcast(*arguments: object) -> int | str | None:
    """Run the command; its exit code."""
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return stop.value.code


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


def table(batch: EventBatch) -> tuple[list[dict[str, str]], Table, Engine]:
    text, engine = io.StringIO(), Engine(LstmForecaster(random_model()), trusted=True)
    made = Table(text.write, Policy(0.4))
    for forecast in forecasts(engine, batch):
        made.add(forecast)
    return list(csv.DictReader(io.StringIO(text.getvalue()))), made, engine


def test_one_row_per_series_and_bin() -> None:
    """With the columns that were agreed, times at the end of the bin."""
    rows, _, _ = table(ordered(at(0, 2), at(1, upstream="b.example")))

    assert list(rows[0]) == HEADER.strip().split(",")
    assert [(row["time"], row["upstream"]) for row in rows] == [
        ("2023-11-14T22:15:00Z", "a.example"),
        ("2023-11-14T22:16:00Z", "a.example"),
        ("2023-11-14T22:16:00Z", "b.example"),
        ("2023-11-14T22:17:00Z", "a.example"),
        ("2023-11-14T22:17:00Z", "b.example"),
    ]


def test_risks_are_numbers_that_never_fall_with_the_horizon() -> None:
    """In every row."""
    rows, _, _ = table(ordered(muddle()))
    risks = np.array([[float(row[name]) for name in ("risk_5m", "risk_15m", "risk_30m")] for row in rows])

    assert ((risks >= 0) & (risks <= 1)).all()
    assert (np.diff(risks, axis=1) >= 0).all()
    assert {row["warning"] for row in rows} <= {"0", "1"}
    assert {row["state"] for row in rows} <= {"ok", "outage", "unknown"}


def test_names_with_commas_stay_in_their_column() -> None:
    """A log can say anything."""
    batch = EventBatch.of(1, ("", 'a,"b'), time=START, upstream=1, vantage=0)

    assert [(row["upstream"], row["vantage"]) for row in table(batch)[0]] == [('a,"b', "default")]


def test_the_summary_says_when_outages_began() -> None:
    """And how many bins each state had."""
    batch = ordered(traffic(10), at(*np.linspace(5, 6, 30), outcome=Outcome.FAILED))
    rows, made, engine = table(batch)
    found = summary(made, History(batch, ()), engine)["series"][0]

    assert found["outages"] == [next(row["time"] for row in rows if row["state"] == "outage")]
    assert sum(found["states"].values()) == found["bins"] == len(rows)


def test_the_command_merges_files_and_writes_the_table(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Several logs are one history; what was read is said on standard error."""
    logs = [log(tmp_path, "a.log", "a.example", range(5, 30)), log(tmp_path, "b.log", "b.example", range(20, 25), 503)]
    fetchcast("replay", *logs, "--out", tmp_path / "out.csv", "--model", model, "--vantage", "eu")
    rows = rows_of(tmp_path / "out.csv")

    assert {(row["vantage"], row["upstream"]) for row in rows} == {("eu", "a.example"), ("eu", "b.example")}
    assert [row["state"] for row in rows if row["upstream"] == "b.example"][-1] == "outage"
    assert "30 events of 2 files, 25 bins, 2 series" in capsys.readouterr().err


def test_the_command_reads_archives_and_says_what_it_left_out(
    tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table is that of the member as a file."""
    path = log(tmp_path, "a.log", "a.example", range(9))
    (tmp_path / "logs.zip").write_bytes(zipped({"a.log": path.read_bytes(), "old/": b""}))
    for name in ("a.log", "logs.zip"):
        fetchcast("replay", tmp_path / name, "--out", tmp_path / f"{name}.csv", "--model", model)

    assert (tmp_path / "a.log.csv").read_text() == (tmp_path / "logs.zip.csv").read_text()
    assert "logs.zip: left out: 1 directories (old)" in capsys.readouterr().err


def test_the_table_can_go_to_standard_output(tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing else with it."""
    fetchcast("replay", log(tmp_path, "a.log", "a.example", range(3)), "--out", "-", "--model", model)

    assert capsys.readouterr().out.startswith(HEADER + "2023-11-14T22:01:00Z,default,a.example,ok,")


def test_the_summary_is_json(tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the files and why lines were skipped."""
    (tmp_path / "odd.txt").write_text("dear diary\n" * 20)
    files = [log(tmp_path, "a.log", "a.example", range(3)), tmp_path / "odd.txt"]
    fetchcast("replay", *files, "--out", tmp_path / "o.csv", "--model", model, "--format", "json")
    found = json.loads(capsys.readouterr().out)

    assert (found["events"], found["bins"], len(found["series"])) == (3, 3, 1)
    assert [bool(file["fault"]) for file in found["files"]] == [False, True]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["absent.log", "--out", "x.csv"], "no such file"),
        (["absent.log", "--out", "-", "--format", "json"], "--out"),
        (["absent.log", "--out", "x.csv", "--model", "nowhere"], "manifest.json"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_two(
    arguments: list[str], said: str, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is written."""
    named = arguments if "--model" in arguments else [*arguments, "--model", str(model)]
    code = fetchcast("replay", *named)

    assert code == 2
    assert said in capsys.readouterr().err


def test_a_threshold_of_the_configuration_is_in_force(tmp_path: Path, model: Path) -> None:
    """Here one that is always reached after the prior's twenty minutes."""
    (tmp_path / "c.toml").write_text("[policy]\nthreshold = 0.000001\n")
    path = log(tmp_path, "a.log", "a.example", range(40))
    fetchcast("replay", path, "--out", tmp_path / "o.csv", "--model", model, "--config", tmp_path / "c.toml")

    assert rows_of(tmp_path / "o.csv")[-1]["warning"] == "1"
