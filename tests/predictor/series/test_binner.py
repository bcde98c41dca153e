"""Events as they arrive."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from predictor.errors import ArtifactError
from predictor.events import EventBatch
from predictor.series import Binner, Bins, Watermark, merge, rollup
from tests.predictor.happenings import START, at, muddle, ordered


def minute(number: float) -> float:
    return START + 60.0 * number


def streamed(batch: EventBatch, size: int, late_s: float) -> list[Bins]:
    """Events in pieces, bins closed by the newest event time."""
    binner, found = Binner(60, late_s), []
    for begin in range(0, len(batch), size):
        piece = batch.take(np.arange(begin, min(begin + size, len(batch))))
        binner.add(piece)
        found.append(binner.close(float(piece.time.max())))
    return [*found, binner.finish()]


@pytest.mark.parametrize("size", [1, 7, 500, 5000])
def test_streaming_equals_the_rollup_of_the_whole(size: int) -> None:
    """Bin for bin, whatever the pieces."""
    batch = ordered(muddle(1200))
    parts, whole = streamed(batch, size, 0.0), rollup(batch)
    joined = merge(parts)

    assert sum(part.length for part in parts) == joined.length == whole.length
    assert {key: joined.counts[joined.series == i].sum() for i, key in enumerate(joined.keys)} == pytest.approx(
        {key: whole.counts[whole.series == i].sum() for i, key in enumerate(whole.keys)}
    )
    assert np.array_equal(np.unique(joined.bin), np.unique(whole.bin))


def test_bins_follow_one_another_without_gap_or_repeat() -> None:
    """Bins in which nothing happened come too."""
    parts = [part for part in streamed(at(0, 1, 5, 9), 1, 0.0) if part.length]

    assert [part.first for part in parts[1:]] == [part.first + part.length for part in parts[:-1]]
    assert sum(part.length for part in parts) == 10


def test_a_late_event_finds_its_bin_open_for_as_long_as_agreed() -> None:
    """And is counted when it comes later than that."""
    binner = Binner(60, late_s=120)
    binner.add(at(0, 3))
    assert binner.close(minute(2.9)).length == 0
    assert binner.add(at(0.5)) == 1

    assert binner.close(minute(3)).column("ok").tolist() == [2.0]
    assert binner.add(at(0.7)) == 0
    assert binner.skipped == {"late": 1}


def test_a_bin_is_not_closed_before_it_is_over() -> None:
    """Not even when events of later bins are there."""
    binner = Binner()
    binner.add(at(0, 5))

    assert binner.close(minute(0.99)).length == 0
    assert binner.close(minute(1)).length == 1


def test_one_wrong_clock_flushes_nothing_and_is_counted() -> None:
    """The year 2038 comes later."""
    binner = Binner()
    binner.add(at(*range(10), 9_000_000))
    closed = binner.close(minute(10))

    assert (closed.length, closed.column("ok").sum()) == (10, 10)
    assert binner.finish().length == 0
    assert binner.skipped == {"ahead": 1}


def test_a_real_gap_in_a_log_loses_nothing() -> None:
    """Five events from beyond it are company enough."""
    binner = Binner()
    binner.add(at(0, 1))
    for number in range(5):
        binner.add(at(600 + number))
    whole = binner.finish()

    assert (whole.length, whole.column("ok").sum(), not binner.skipped) == (605, 7, True)


def test_an_event_from_ahead_counts_once_the_clock_is_there() -> None:
    """It was right after all."""
    binner = Binner()
    binner.add(at(0, 1, 2, 200))
    binner.close(minute(2))

    assert binner.close(minute(201)).column("ok").tolist() == [1.0, 1.0]


def test_a_few_lines_from_long_ago_do_not_begin_the_history() -> None:
    """A clock that was not set stands in 1970."""
    binner = Binner()
    binner.add(EventBatch.concat([EventBatch.of(1, ("", "a.example"), time=5.0, upstream=1), at(*range(30))]))

    assert binner.close(minute(30)).length == 30
    assert binner.skipped == {"behind": 1}


def test_events_that_belong_to_no_series_are_counted() -> None:
    """By reason."""
    binner = Binner()
    binner.add(EventBatch.concat([at(math.nan), EventBatch.of(2, ("",), time=START)]))

    assert binner.skipped == {"no time": 1, "no upstream": 2}
    assert binner.finish().length == 0


def test_open_bins_survive_a_restart() -> None:
    """As JSON."""
    one, two = Binner(late_s=60), Binner(late_s=60)
    one.add(muddle(300))
    one.close(minute(60))
    two.load(json.loads(json.dumps(one.dump())))
    left, right = one.finish(), two.finish()

    assert (left.first, left.length, left.keys) == (right.first, right.length, right.keys)
    assert np.array_equal(left.counts, right.counts)
    assert np.array_equal(left.latency, right.latency)


@pytest.mark.parametrize("damage", [{"bin_s": 300}, {"counts": None}, {"bin": [1]}, {"keys": 3}])
def test_a_damaged_state_is_named(damage: dict[str, object]) -> None:
    """Instead of being taken up in part."""
    binner = Binner()
    binner.add(at(0, 1))

    with pytest.raises(ArtifactError, match="carried"):
        Binner().load(binner.dump() | damage)


def test_bins_that_were_counted_elsewhere_join_the_events() -> None:
    """What is closed already is late."""
    binner = Binner()
    binner.add(at(0, 2))
    binner.close(minute(1))
    binner.put(rollup(at(0, 1, 2)))

    assert binner.finish().column("ok").tolist() == [1.0, 2.0]
    assert binner.skipped == {"late": 1}


def test_bins_of_another_width_are_refused() -> None:
    """They would be nonsense."""
    with pytest.raises(ValueError, match="300 s"):
        Binner(60).put(rollup(at(0), 300))


def test_the_mark_never_falls() -> None:
    """Old events do not turn it back."""
    mark = Watermark()
    seen = [mark.observe(np.array([time])).all() and mark.time for time in (100.0, 50.0, 200.0, 120.0)]

    assert seen == [100.0, 100.0, 200.0, 200.0]


def test_an_event_that_is_a_little_late_counts_in_the_oldest_open_bin() -> None:
    """A CI log that is sent when its job ends still tells; what is much later does not."""
    binner = Binner(60, carry_s=300.0)
    binner.add(at(0, 1, 2))
    binner.close(minute(10))

    binner.add(at(6, 1))
    bins = binner.close(minute(11))

    assert bins.column("events").tolist() == [1.0]
    assert binner.skipped["late"] == 1
