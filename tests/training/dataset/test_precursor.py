"""When the logs first showed it: more trouble, or slower fetches, than at any time before."""

from __future__ import annotations

import numpy as np
import pytest

from predictor.protocols import FloatArray
from predictor.series.columns import COLUMNS, INDEX
from training.dataset.label import Event
from training.dataset.precursor import first_sign, with_signs

BINS = 120
ENDS = (np.arange(BINS) + 1) * 60.0
ONSET, START = 3600.0, 6000.0  # bins that end until 3600 are quiet; the outage starts with bin 100


def series(**columns: dict[int, float]) -> FloatArray:
    """Counts (T, C) with ten fetches of 0.1 s a bin, and what is set: column -> bin -> value."""
    counts = np.zeros((BINS, len(COLUMNS)), np.float32)
    counts[:, INDEX["timed"]], counts[:, INDEX["seconds"]] = 10.0, 1.0
    for name, values in columns.items():
        for place, value in values.items():
            counts[place, INDEX[name]] = value
    return counts


def sign(counts: FloatArray, onset: float = ONSET) -> float:
    return first_sign(counts, ENDS, onset, START)


def test_a_quiet_log_shows_nothing() -> None:
    assert np.isnan(sign(series()))


@pytest.mark.parametrize("column", ["failed", "hung", "retried", "stale", "gave_up", "jobs_failed", "signs_cut"])
def test_the_second_trouble_within_a_quarter_of_an_hour_is_a_sign(column: str) -> None:
    """One alone is no evidence."""
    assert sign(series(**{column: {70: 1, 80: 1}})) == ENDS[80]
    assert np.isnan(sign(series(**{column: {70: 1, 90: 1}})))


def test_as_much_trouble_as_before_the_fault_is_no_sign() -> None:
    assert np.isnan(sign(series(failed={20: 3, 70: 3})))
    assert sign(series(failed={20: 3, 70: 3, 71: 1})) == ENDS[71]


def test_fetches_half_again_as_slow_as_ever_are_a_sign() -> None:
    """The mean of five bins decides."""
    ramp = {place: 1.0 + 0.05 * (place - 60) for place in range(60, BINS)}
    means = [np.mean([ramp[place] for place in range(at - 4, at + 1)]) for at in range(64, 100)]

    assert sign(series(seconds=ramp)) == ENDS[64 + next(at for at, mean in enumerate(means) if mean > 1.5)]
    assert np.isnan(sign(series(seconds=dict.fromkeys(range(60, BINS), 1.4))))


def test_what_comes_after_the_outage_began_is_no_sign() -> None:
    assert np.isnan(sign(series(failed=dict.fromkeys(range(100, BINS), 9.0))))


def test_a_sign_does_not_depend_on_what_comes_later() -> None:
    quiet, loud = series(failed={70: 2}), series(failed={70: 2, **dict.fromkeys(range(90, BINS), 9.0)})

    assert sign(quiet) == sign(loud) == ENDS[70]


def test_without_a_known_onset_the_hour_before_the_outage_is_compared_with_what_was_before_it() -> None:
    assert sign(series(failed={70: 2}), onset=float("nan")) == ENDS[70]
    assert np.isnan(sign(series(failed={10: 2, 70: 2}), onset=float("nan")))


def test_too_little_before_the_fault_shows_nothing() -> None:
    """What is usual is not known."""
    assert np.isnan(sign(series(failed={70: 2}), onset=14 * 60.0))


def test_every_outage_gets_its_own_sign() -> None:
    events = [Event(START, START + 600, onset=ONSET), Event(START + 900, START + 1000, onset=START + 700)]

    assert [each.shown for each in with_signs(events, series(failed={70: 2, 113: 5}), ENDS)] == [ENDS[70], ENDS[113]]


@pytest.mark.parametrize("column", ["failed", "hung", "jobs_failed", "signs_cut"])
def test_a_log_tells_of_an_outage_from_its_first_failure_in_it_on(column: str) -> None:
    """What failed before it began, or after it was over, does not count."""
    begin = START - 1200
    event = Event(begin, begin + 600, onset=ONSET)
    first = int(np.searchsorted(ENDS, begin, "right"))

    (told,) = with_signs([event], series(**{column: {first - 1: 9, first + 2: 1}}), ENDS)
    (silent,) = with_signs([event], series(**{column: {first - 1: 9, first + 15: 1}}), ENDS)

    assert told.told == ENDS[first + 2]
    assert np.isnan(silent.told)
