"""Folders of logs become labelled series; what is damaged is named and costs nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from predictor.config import Config, OutageRule
from predictor.errors import InputError
from tests.predictor.archives.made import tarred
from tests.serve.handmade import START, minute
from training.dataset import Event, Why
from training.dataset.installation import Installation
from training.dataset.logs import build, folders, read_told
from training.dataset.records import Dataset

SICK = range(40, 50)


def write(folder: Path, name: str = "access.log", gap: range = range(0), **about: Any) -> Path:
    """A log of 90 minutes, all of whose fetches fail in ten of them."""
    folder.mkdir(exist_ok=True)
    minutes = (minute(n, failing=float(n in SICK), **about) for n in range(90) if n not in gap)
    (folder / name).write_bytes(b"".join(minutes))
    return folder


def told(root: Path, using: Installation = Installation()) -> tuple[Dataset, list[str]]:  # noqa: B008 - it is frozen
    heard: list[str] = []
    return build(root, using, heard.append), heard


def starts(data: Dataset) -> list[tuple[float, float]]:
    """Outages of the first series in minutes of the log."""
    return [((each.start - START) / 60, (each.end - START) / 60) for each in data.records[0].events]


def at(number: int) -> float:
    """End of a minute of the log."""
    return START + 60.0 * (number + 1)


def test_a_log_labels_itself_by_the_definition(tmp_path: Path) -> None:
    data, heard = told(write(tmp_path))

    (record,) = data
    assert (record.key, record.logs, heard) == (("default", "proxy.example:443"), ("proxy",), [])
    ((began, _),) = starts(data)
    assert began == 40
    assert record.labels[np.searchsorted(record.ends, at(39)), 0] == 1
    assert record.labels[np.searchsorted(record.ends, at(20)), 1] == 0


@pytest.mark.parametrize(
    ("verdict", "wanted"),
    [
        ({"start": at(39), "end": at(50), "verdict": "rejected"}, []),
        ({"start": at(39), "end": at(50), "verdict": "rejected", "upstream": "other.example"}, [40.0]),
        ({"start": at(34), "end": at(50), "verdict": "confirmed"}, [35.0]),
        ({"start": at(34), "end": at(50), "verdict": "confirmed", "exact": False}, [40.0]),
        ({"start": "2026-11-22T08:10:00", "end": "2026-11-22T08:20:00Z", "verdict": "confirmed"}, [40.0, 70.0]),
    ],
)
@pytest.mark.parametrize("form", [lambda each: [each], lambda each: {"verdicts": [each]}], ids=["list", "answer"])
def test_humans_correct_the_outages_of_their_upstream(
    tmp_path: Path, verdict: dict[str, Any], wanted: list[float], form: Callable[[Any], Any]
) -> None:
    (write(tmp_path) / "incidents.json").write_text(json.dumps(form(verdict)))

    data, heard = told(tmp_path)

    assert ([start for start, _ in starts(data)], heard) == (wanted, [])


@pytest.mark.parametrize(("form", "wanted"), [(list, [40.0]), (lambda both: {"verdicts": both}, [])])
def test_of_two_verdicts_of_one_time_the_later_counts(
    tmp_path: Path, form: Callable[[Any], Any], wanted: list[float]
) -> None:
    """A list is written from the oldest to the newest, the service's answer the other way round."""
    both = [{"start": at(39), "end": at(50), "verdict": word, "exact": False} for word in ("rejected", "confirmed")]
    (write(tmp_path) / "incidents.json").write_text(json.dumps(form(both)))

    assert [start for start, _ in starts(told(tmp_path)[0])] == wanted


def test_what_a_remedy_may_have_prevented_is_unknown(tmp_path: Path) -> None:
    act = {"remedy": "warm", "upstream": "proxy.example:443", "vantage": "default"}
    entries = [{"time": at(9), "what": "applied"} | act, {"time": "2026-11-22T07:15:00Z", "what": "reverted"} | act]
    (write(tmp_path) / "audit.jsonl").write_text("\n\n".join(map(json.dumps, entries)))

    (record,) = told(tmp_path)[0]

    censored = record.ends[record.why[:, 0] == Why.CENSORED]
    assert (censored.min(), censored.max()) == (at(5), at(13))


def test_in_a_silence_of_the_log_nobody_knows(tmp_path: Path) -> None:
    (record,) = told(write(tmp_path, gap=range(60, 80)))[0]

    unwatched = record.ends[record.why[:, 0] == Why.UNWATCHED]
    assert (unwatched.min(), unwatched.max()) == (at(55), at(78))


def test_the_configuration_names_upstreams_and_defines_outages(tmp_path: Path) -> None:
    config = Config(aliases={"proxy.example:443": "corp"}, outage_of={"corp": OutageRule(latency_s=0.01)})

    data, _ = told(write(tmp_path), Installation.of(config))

    assert (data.records[0].key, len(data.records[0].events)) == (("default", "corp"), 1)
    assert starts(data)[0] == (0, 90)
    assert data.about["rules"]["corp"]["latency_s"] == 0.01


DAMAGED = [
    ("incidents.json", "{", "incidents.json"),
    ("incidents.json", "3", "incidents.json"),
    ("incidents.json", '[{"start": 1, "end": 2, "verdict": "yes"}]', "incidents.json: entry 1"),
    ("incidents.json", '[{"start": 3, "end": 2, "verdict": "rejected"}]', "incidents.json: entry 1"),
    ("incidents.json", '[{"episode": "3f", "verdict": "rejected"}]', "incidents.json: entry 1"),
    ("audit.jsonl", '\n{"time": 1\n', "audit.jsonl:2"),
    ("audit.jsonl", "[]", "audit.jsonl:1"),
    ("other.log", "who knows\n" * 30, "other.log"),
    ("cut.log.gz", b"\x1f\x8b\x08\x00\x00", "cut.log.gz"),
]


@pytest.mark.parametrize(("name", "data", "place"), DAMAGED)
def test_what_is_damaged_is_named_and_costs_nothing_else(
    tmp_path: Path, name: str, data: str | bytes, place: str
) -> None:
    (write(tmp_path) / name).write_bytes(data if isinstance(data, bytes) else data.encode())

    made, heard = told(tmp_path)

    assert starts(made)[0][0] == 40
    assert [place in each for each in heard] == [True]


def test_a_recording_with_a_damaged_truth_is_left_out_and_the_others_stay(tmp_path: Path) -> None:
    (write(tmp_path / "good") / "truth.json").write_text('{"outages": []}')
    (write(tmp_path / "bad") / "truth.json").write_text('{"outages": [3]}')

    data, heard = told(tmp_path)

    assert [record.group for record in data] == ["good"]
    assert ["bad/truth.json" in each for each in heard] == [True]


@pytest.mark.parametrize("name", ["", "notes.md"])
def test_a_folder_without_logs_is_named(tmp_path: Path, name: str) -> None:
    if name:
        (tmp_path / name).write_text("nothing")

    with pytest.raises(InputError, match=tmp_path.name):
        build(tmp_path)


def test_a_dataset_of_an_archive_is_that_of_its_logs(tmp_path: Path) -> None:
    """To the bit."""
    log = write(tmp_path / "plain") / "access.log"
    (tmp_path / "packed").mkdir()
    (tmp_path / "packed" / "logs.tar").write_bytes(tarred({"access.log": log.read_bytes()}))
    (one,), (other,) = (told(tmp_path / name)[0].records for name in ("plain", "packed"))

    for name in ("inputs", "labels", "ends"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_folders_with_a_truth_are_histories_of_their_own(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "truth.json").write_text("{}")

    assert [path.name for path in folders(tmp_path)] == ["a", "b"]


def test_a_truth_with_pairs_gives_its_outages(tmp_path: Path) -> None:
    truth = {"kind": "hang", "cause": "proxy_hang", "degrading": False, "fault_onset": 100.0, "outages": [[160, 220]]}
    (tmp_path / "truth.json").write_text(json.dumps(truth))

    (event,) = read_told(tmp_path).events

    assert event == Event(160.0, 220.0, "hang", "proxy_hang", hard=True, onset=100.0)
