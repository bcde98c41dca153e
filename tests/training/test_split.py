"""A split by time keeps histories whole, and nothing near a cut is used by either side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.training.dataset.test_records import one
from training.dataset.label import Event
from training.dataset.records import Dataset, Record
from training.split import EMBARGO_S, by_time, hold_out, one_of_each_kind

DAY = 86_400.0


def shifted(record: Record, days: float, group: str) -> Record:
    events = tuple(replace(e, start=e.start + days * DAY, end=e.end + days * DAY) for e in record.events)
    return replace(record, ends=record.ends + days * DAY, group=group, events=events)


def long(days: int) -> Record:
    rows = days * 1440
    own = {"inputs": np.zeros((rows, 2), np.float32), "labels": np.zeros((rows, 3), np.float32)}
    flags = {"why": np.zeros((rows, 3), np.uint8), "state": np.zeros(rows, np.int8)}
    return replace(one(events=()), ends=np.arange(1, rows + 1) * 60.0, group="long", **own, **flags)


def test_short_histories_stay_whole_and_in_order_of_time() -> None:
    data = Dataset(("x", "y"), tuple(shifted(one(), day, str(day)) for day in range(40)))

    split = by_time(data)

    parts = [[int(record.group) for record in part] for part in (split.train, split.valid, split.test)]
    assert max(parts[0]) < min(parts[1]) <= max(parts[1]) < min(parts[2])
    assert all(len(record.ends) == 120 for part in (split.train, split.valid, split.test) for record in part)


def test_long_histories_are_cut_with_an_embargo() -> None:
    split = by_time(Dataset(("x", "y"), (long(20),)))

    gap = split.valid.records[0].ends[0] - split.train.records[0].ends[-1]
    assert gap >= EMBARGO_S


def test_a_cut_never_falls_into_an_outage() -> None:
    start = 13.9 * DAY
    record = replace(long(20), events=(Event(start, start + 0.4 * DAY),))

    split = by_time(Dataset(("x", "y"), (record,)))

    sides = [part for part in (split.train, split.valid, split.test) for each in part if each.events]
    assert len(sides) == 1


def test_held_out_histories_are_gone_from_the_rest() -> None:
    data = Dataset(("x", "y"), (one("a"), one("a"), one("b")))

    rest, out = hold_out(data, ["a"])

    assert ([record.group for record in rest], [record.group for record in out]) == (["b"], ["a", "a"])


def test_of_every_kind_with_two_histories_one_is_held_out() -> None:
    kinds = {"a1": "a", "a2": "a", "b1": "b", "b2": "b"}
    data = Dataset(("x", "y"), tuple(replace(one(group), kind=kind) for group, kind in kinds.items()))

    assert one_of_each_kind(data) == ["a2", "b2"]
