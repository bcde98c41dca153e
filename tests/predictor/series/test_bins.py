"""Histories as bins."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from predictor.events import EventBatch, Outcome
from predictor.protocols import Key
from predictor.series import COLUMNS, INDEX, Bins, empty, merge, rollup
from predictor.series.columns import contributions
from tests.predictor.happenings import START, at, muddle, ordered


def slow_rollup(batch: EventBatch, bin_s: int) -> dict[tuple[int, Key], list[float]]:
    """One event after the other: the oracle."""
    cells: dict[tuple[int, Key], list[float]] = defaultdict(lambda: [0.0] * len(COLUMNS))
    vantage, upstream = batch.text("vantage"), batch.text("upstream")
    for name, mask, weights in contributions(batch):
        for row in np.flatnonzero(mask):
            key = (vantage[row] or "default", upstream[row])
            amount = 1.0 if weights is None else float(weights[row])
            cells[int(batch.time[row] // bin_s), key][INDEX[name]] += amount
    return dict(cells)


def as_cells(bins: Bins) -> dict[tuple[int, Key], list[float]]:
    rows = zip(bins.bin.tolist(), bins.series.tolist(), bins.counts.tolist(), strict=True)
    return {(number, bins.keys[series]): counts for number, series, counts in rows}


@pytest.mark.parametrize("bin_s", [60, 300])
def test_the_rollup_equals_counting_one_by_one(bin_s: int) -> None:
    """Whatever the order of the events."""
    batch = muddle(800)
    fast, slow = as_cells(rollup(batch, bin_s)), slow_rollup(batch, bin_s)

    assert fast.keys() == slow.keys()
    assert all(np.allclose(fast[cell], slow[cell], rtol=1e-5) for cell in slow)


def test_parts_of_a_history_add_up_to_the_whole() -> None:
    """However the events are split."""
    batch = muddle()
    halves = [rollup(batch.take(np.arange(len(batch)) % 2 == half)) for half in (0, 1)]
    whole, merged = rollup(batch), merge(halves)

    assert as_cells(merged).keys() == as_cells(whole).keys()
    assert np.allclose(merged.counts.sum(axis=0), whole.counts.sum(axis=0), rtol=1e-5)
    assert np.array_equal(merged.latency.sum(axis=0), whole.latency.sum(axis=0))


def test_events_without_time_or_upstream_are_in_no_bin() -> None:
    """They belong to no series."""
    nameless = EventBatch.of(1, ("",), time=START)

    assert rollup(EventBatch.concat([at(float("nan")), nameless])).length == 0


def test_a_silent_vantage_is_missing_and_a_silent_upstream_is_zero() -> None:
    """Zero traffic is something that was seen."""
    batch = ordered(at(0, 3), at(1, upstream="b.example"))
    missing = [frame.missing.tolist() for frame in rollup(batch).frames()]

    assert missing == [[False, False], [False, False], [True, True], [False, False]]


def test_one_vantage_says_nothing_about_another() -> None:
    """Each has its own log."""
    bins = rollup(ordered(at(0, 1), at(0, vantage="eu")))
    column = bins.keys.index(("eu", "a.example"))

    assert bins.dense()[2][:, column].tolist() == [False, True]


def test_frames_can_be_asked_over_other_keys() -> None:
    """Unknown ones saw nothing; a vantage is alive through series that are not asked for."""
    frame = next(iter(rollup(at(0)).frames([("default", "new"), ("eu", "new")])))

    assert frame.counts.sum() == 0
    assert frame.missing.tolist() == [False, True]


def test_dense_bins_hold_the_same_sums() -> None:
    """Bin by bin."""
    bins = rollup(muddle())
    counts, latency, missing = bins.dense()

    assert counts.shape == (bins.length, len(bins.keys), len(COLUMNS))
    assert np.allclose(counts.sum(axis=(0, 1)), bins.counts.sum(axis=0), rtol=1e-5)
    assert latency.sum() == bins.latency.sum()
    assert missing.shape == (bins.length, len(bins.keys))


def test_bins_end_at_full_multiples_of_their_width() -> None:
    """An event on the edge belongs to the bin that begins there."""
    bins = rollup(at(0, 0.99, 1))

    assert [bins.end(0), bins.end(1)] == [START + 60, START + 120]
    assert bins.column("ok").tolist() == [2.0, 1.0]


def test_bins_of_different_widths_do_not_add_up() -> None:
    """They would be nonsense."""
    with pytest.raises(ValueError, match="60, 300"):
        merge([empty(60), empty(300)])


def test_nothing_gives_empty_bins_of_the_right_shape() -> None:
    """So that callers need no special case."""
    counts, latency, missing = rollup(EventBatch.empty()).dense()

    assert (counts.shape, missing.shape) == ((0, 0, len(COLUMNS)), (0, 0))
    assert latency.shape[0] == 0


def test_the_mean_latency_can_be_taken_from_the_bins() -> None:
    """For outage definitions with a latency limit."""
    bins = rollup(at(0, 0.1, outcome=Outcome.OK, latency_s=np.array([1.0, 3.0])))

    assert (bins.column("seconds") / bins.column("timed")).tolist() == [2.0]
