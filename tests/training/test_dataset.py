"""Labels say what began when, what nobody can know, and survive the way to the disk."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from predictor.errors import InputError
from training.dataset import Event, Why, label
from training.dataset.label import Verdict, correct
from training.dataset.logs import acted, folders, read_told
from training.dataset.records import Dataset, Record, merge, record

ENDS = np.arange(1, 121) * 60.0
OUTAGE = Event(3600.0, 4200.0, "errors_ramp", "http_5xx", onset=3000.0)


def one(group: str = "a", events: tuple[Event, ...] = (OUTAGE,), world: str = "simulation") -> Record:
    inputs = np.arange(240, dtype=np.float32).reshape(120, 2)
    return record(group, world, "errors_ramp", ("v", "u"), (ENDS, inputs, np.zeros(120, np.int8)), events)


def obvious(end: float, minutes: int, events: list[Event]) -> float:
    """The definition, word by word."""
    if any(event.start < end <= event.end for event in events):
        return float("nan")
    if any(end <= event.start < end + 60 * minutes for event in events):
        return 1.0
    return float("nan") if end + 60 * minutes > ENDS[-1] + 60 else 0.0


def test_labels_are_those_of_the_definition() -> None:
    events = [OUTAGE, Event(6000.0, 6300.0)]

    labels, _ = label(ENDS, events)

    wanted = [[obvious(end, minutes, events) for minutes in (5, 15, 30)] for end in ENDS]
    np.testing.assert_array_equal(labels, wanted)


def test_a_longer_horizon_is_never_less_likely_to_be_positive() -> None:
    labels, _ = label(ENDS, [OUTAGE])

    assert (np.diff(np.nan_to_num(labels, nan=1.0), axis=1) >= 0).all()


def test_what_a_remedy_may_have_prevented_is_unknown_and_says_why() -> None:
    labels, why = label(ENDS, [], [(3000.0, 3300.0)])

    touched = (ENDS + 900 > 3000) & (ENDS < 3300)
    assert np.isnan(labels[touched, 1]).all()
    assert (why[touched, 1] == Why.CENSORED).all()
    assert (labels[~touched & (ENDS < 6000), 1] == 0).all()


def test_an_outage_that_came_in_spite_of_a_remedy_is_known() -> None:
    labels, _ = label(ENDS, [OUTAGE], [(3000.0, 3300.0)])

    assert labels[ENDS == 3540.0, 0] == 1


def test_a_rejected_outage_is_none() -> None:
    assert correct([OUTAGE], [Verdict(3500.0, 4300.0, confirmed=False)]) == []


def test_a_confirmed_outage_takes_the_times_of_the_human_and_keeps_what_is_known() -> None:
    mended = correct([OUTAGE], [Verdict(3540.0, 4300.0, confirmed=True)])

    assert [(event.start, event.end, event.cause) for event in mended] == [(3540.0, 4300.0, "http_5xx")]


def test_a_missed_outage_can_be_added() -> None:
    mended = correct([OUTAGE], [Verdict(6000.0, 6600.0, confirmed=True)])

    assert [event.start for event in mended] == [3600.0, 6000.0]


def test_a_dataset_comes_back_from_disk_as_it_was(tmp_path: Path) -> None:
    data = Dataset(("x", "y"), (one("a"), one("b", ())), {"rule": {"limit": 0.5}})

    data.save(tmp_path)
    back = Dataset.load(tmp_path)

    assert (back.features, back.about["rule"], len(back)) == (data.features, {"limit": 0.5}, 2)
    for before, after in zip(data, back, strict=True):
        assert (before.group, before.key, before.events) == (after.group, after.key, after.events)
        np.testing.assert_array_equal(before.inputs, after.inputs)
        np.testing.assert_array_equal(before.labels, after.labels)


def test_changed_arrays_are_noticed(tmp_path: Path) -> None:
    Dataset(("x", "y"), (one(),)).save(tmp_path)
    (tmp_path / "arrays.npz").write_bytes((tmp_path / "arrays.npz").read_bytes()[:-1])

    with pytest.raises(InputError, match="not those"):
        Dataset.load(tmp_path)


def test_an_absent_dataset_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        Dataset.load(tmp_path / "nowhere")


def test_datasets_with_other_features_are_not_mixed() -> None:
    with pytest.raises(InputError, match="features"):
        merge([Dataset(("x", "y"), (one(),)), Dataset(("x", "z"), (one(),))])


def test_a_world_can_weigh_more_than_another() -> None:
    data = Dataset(("x", "y"), (one(), one("r", world="recordings")))

    weights = data.sequences({"recordings": 3.0}).weights

    assert weights is not None
    assert [float(each[0]) for each in weights] == [1.0, 3.0]


def test_a_remedy_is_in_force_from_applied_to_reverted() -> None:
    entries = [
        {"time": 10.0, "remedy": "warm", "upstream": "u", "what": "planned"},
        {"time": 20.0, "remedy": "warm", "upstream": "u", "what": "applied"},
        {"time": 50.0, "remedy": "warm", "upstream": "u", "what": "reverted"},
        {"time": 70.0, "remedy": "steer", "upstream": "u", "what": "applied"},
    ]

    assert list(acted(entries)) == [(20.0, 50.0), (70.0, float("inf"))]


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


@pytest.mark.parametrize(
    ("name", "text"), [("truth.json", "{"), ("audit.jsonl", '{"time": 1}\nx'), ("audit.jsonl", "[]")]
)
def test_a_damaged_file_beside_the_logs_is_named(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)

    with pytest.raises(InputError, match=name):
        read_told(tmp_path)
