"""Polled bins come back from the journal; of answers that overlap the newest counts."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from predictor.journals.polled import bins_of, entry
from predictor.series import COLUMNS, INDEX, Bins
from predictor.series.bins import BUCKETS


def answer(first: int, ok: list[float], upstream: str = "u") -> Bins:
    """Bins of one upstream with so many good fetches each."""
    counts = np.zeros((len(ok), len(COLUMNS)), np.float32)
    counts[:, INDEX["ok"]] = ok
    number = np.arange(first, first + len(ok))
    latency = np.ones((len(ok), BUCKETS), np.float32)
    return Bins(60, first, len(ok), (("prometheus", upstream),), number, np.zeros(len(ok), np.int64), counts, latency)


def stored(*answers: Bins) -> list[dict[str, Any]]:
    """Entries as a store gives them back."""
    return [json.loads(json.dumps(entry(each))) for each in answers]


def test_an_answer_comes_back_as_it_was() -> None:
    given = answer(100, [1.0, 2.0])

    back = bins_of(stored(given), 60, pytest.fail)

    assert (back.first, back.length, back.keys) == (100, 2, given.keys)
    np.testing.assert_array_equal(back.counts, given.counts)
    np.testing.assert_array_equal(back.latency, given.latency)


def test_what_was_asked_twice_counts_once_and_as_the_last_answer_said() -> None:
    back = bins_of(stored(answer(100, [1.0, 2.0, 3.0]), answer(101, [5.0, 6.0, 7.0])), 60, pytest.fail)

    assert (back.bin.tolist(), back.column("ok").tolist()) == ([100, 101, 102, 103], [1.0, 5.0, 6.0, 7.0])


def test_upstreams_are_told_apart() -> None:
    back = bins_of(stored(answer(100, [1.0]), answer(100, [2.0], "w")), 60, pytest.fail)

    assert dict(zip(back.keys, back.column("ok"), strict=True)) == {("prometheus", "u"): 1, ("prometheus", "w"): 2}


@pytest.mark.parametrize(
    "change",
    [
        {"counts": "?"},
        {"columns": ["ok"]},
        {"keys": []},
        {"bin": [1, 2, 3]},
        {"first": 0, "length": 1},
        {"bin_s": 300},
        {"keys": None},
    ],
    ids=str,
)
def test_a_damaged_entry_is_named_and_costs_nothing_else(change: dict[str, Any]) -> None:
    first, second = stored(answer(100, [1.0]), answer(101, [2.0]))
    reasons: list[str] = []

    back = bins_of([first | change, second], 60, reasons.append)

    assert back.column("ok").tolist() == [2.0]
    assert ["entry 1" in reason for reason in reasons] == [True]


def test_nothing_polled_is_no_bin() -> None:
    assert len(bins_of([], 60, pytest.fail)) == 0
