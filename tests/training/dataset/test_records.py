"""A dataset survives the way to the disk, and is what was written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from predictor.errors import InputError
from predictor.events import EventBatch
from tests.predictor.happenings import at, jobs, ordered
from training.dataset.label import Event
from training.dataset.records import Dataset, Record, kinds_of_logs, merge, record

ENDS = np.arange(1, 121) * 60.0
OUTAGE = Event(3600.0, 4200.0, "errors_ramp", "http_5xx", onset=3000.0)


def one(group: str = "a", events: tuple[Event, ...] = (OUTAGE,), world: str = "simulation") -> Record:
    inputs = np.arange(240, dtype=np.float32).reshape(120, 2)
    return record(group, world, "errors_ramp", ("v", "u"), (ENDS, inputs, np.zeros(120, np.int8)), events)


def test_a_dataset_comes_back_from_disk_as_it_was(tmp_path: Path) -> None:
    data = Dataset(("x", "y"), (replace(one("a"), logs=("jobs",)), one("b", ())), {"rule": {"limit": 0.5}})

    data.save(tmp_path)
    back = Dataset.load(tmp_path)

    assert (back.features, back.about["rule"], len(back)) == (data.features, {"limit": 0.5}, 2)
    for before, after in zip(data, back, strict=True):
        assert repr((before.group, before.key, before.events)) == repr((after.group, after.key, after.events))
        assert before.logs == after.logs
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


@pytest.mark.parametrize(
    ("batch", "kinds"),
    [
        (at(1, 2), ("proxy",)),
        (ordered(at(1, job=3), jobs(2)), ("jobs",)),
        (ordered(at(1, job=3), jobs(2), at(1)), ("jobs", "proxy")),
        (at(), ()),
    ],
)
def test_what_was_logged_is_told_by_whether_fetches_belong_to_builds(batch: EventBatch, kinds: tuple[str, ...]) -> None:
    assert kinds_of_logs(batch) == kinds
