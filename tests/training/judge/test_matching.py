"""Which warning met which outage."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.training.judge.histories import START, history
from training.dataset.label import Event
from training.dataset.precursor import WARNABLE_S
from training.dataset.records import Record
from training.judge.matching import History, episodes, match

BEGIN = 100


def at(*minutes: float) -> np.ndarray:
    return np.array([START + 60.0 * minute for minute in minutes])


def judged(minutes: list[float], outages: list[tuple[int, int]]) -> History:
    (found,) = match([history("a", 240, outages)], [at(*minutes)])
    return found


@pytest.mark.parametrize(
    ("minute", "lead_min", "false", "late"),
    [(69, np.nan, 1, 0), (70, 30, 0, 0), (85, 15, 0, 0), (98, 2, 0, 0), (99, np.nan, 0, 1), (110, np.nan, 0, 1)],
)
def test_a_warning_counts_by_when_it_starts(minute: int, lead_min: float, false: int, late: int) -> None:
    """30 to 2 minutes before the outage is a catch; earlier is false, later is late."""
    found = judged([minute], [(BEGIN, 120)])

    assert found.catches[0].lead_s / 60 == pytest.approx(lead_min, nan_ok=True)
    assert (found.false, found.late) == (false, late)


def test_a_warning_foresees_the_next_outage_only() -> None:
    found = judged([90], [(100, 105), (115, 120)])

    assert [np.isfinite(catch.lead_s) for catch in found.catches] == [True, False]


def test_a_second_warning_of_the_same_outage_is_no_false_one() -> None:
    found = judged([81, 95], [(100, 120)])

    assert (found.catches[0].lead_s / 60, found.true, found.false) == (19, 2, 0)


def test_what_the_last_half_hour_would_have_told_is_not_judged() -> None:
    assert judged([209.5, 211, 239], []).false == 1


def test_an_outage_that_two_series_show_counts_once_with_the_best_lead() -> None:
    one = history("a", 240, [(BEGIN, 120)])
    two = replace(one, key=("default", "other"))

    (found,) = match([one, two], [at(95), at(30, 90)])

    assert [catch.lead_s for catch in found.catches] == [600.0]
    assert (found.true, found.false) == (2, 1)


def test_histories_with_the_same_name_in_two_worlds_stay_apart() -> None:
    one = history("a", 240, [(BEGIN, 120)])

    assert len(match([one, replace(one, world="recordings")], [at(), at()])) == 2


def test_a_short_history_stands_for_five_days_and_a_long_one_for_itself() -> None:
    short, long = history("a", 240, []), history("b", 3 * 1440 + 1, [])

    found = match([short, long], [at(), at()])

    assert [each.natural_days for each in found] == [5.0, 3.0]
    assert found[0].days == pytest.approx(239 / 1440)


@pytest.mark.parametrize(("late_s", "hard", "degrading"), [(0, False, True), (1, False, False), (-300, True, False)])
def test_only_what_logs_show_long_enough_before_is_degrading(late_s: int, hard: bool, degrading: bool) -> None:
    record = history("a", 240, [(BEGIN, 120)])
    shown = record.events[0].start - WARNABLE_S + late_s
    event = replace(record.events[0], hard=hard, shown=shown)

    (found,) = match([replace(record, events=(event,))], [at()])

    assert found.catches[0].degrading is degrading
    assert found.catches[0].unannounced is (not degrading and not hard)


def test_an_outage_of_a_young_series_is_not_asked_for() -> None:
    assert judged([], [(21, 40)]).catches == ()


def test_the_state_of_a_hard_cut_is_timed() -> None:
    """From its start to the end of the first bin in state outage."""
    assert judged([], [(BEGIN, 120)]).catches[0].seen_s == 60.0


def test_benign_is_trouble_without_any_outage() -> None:
    records = [history("a", 240, [], kind="benign_spike"), history("b", 240, [(BEGIN, 120)], kind="benign_spike")]

    assert [each.benign for each in match(records, [at(), at()])] == [True, False]


def slow(record: Record, minutes: list[float]) -> tuple[list[float], int, int]:
    """Oracle: leads, false and late, by asking every warning about every outage."""
    leads: dict[Event, list[float]] = {event: [] for event in record.events}
    false = late = 0
    for start in at(*minutes).tolist():
        ahead = [event for event in record.events if event.end >= start]
        lead = min(ahead, key=lambda event: event.start).start - start if ahead else None
        if lead is None:
            false += start <= record.ends[-1] - 1800
        elif lead > 1800:
            false += 1
        elif lead < 120:
            late += 1
        else:
            leads[min(ahead, key=lambda event: event.start)].append(lead)
    return [max(found, default=float("nan")) for found in leads.values()], false, late


@pytest.mark.parametrize("seed", range(20))
def test_matching_agrees_with_the_slow_oracle(seed: int) -> None:
    rng = np.random.default_rng(seed)
    begins = np.sort(rng.choice(np.arange(30, 220, 12), 4, replace=False)).tolist()
    record = history("a", 240, [(begin, begin + int(rng.integers(1, 12))) for begin in begins])
    minutes = np.sort(rng.choice(np.arange(20, 240), 12, replace=False)).tolist()

    found = episodes(record, at(*minutes))

    leads, false, late = slow(record, minutes)
    np.testing.assert_array_equal(found.leads, leads)
    assert (found.false, found.late) == (false, late)
