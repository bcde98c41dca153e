"""Labels say what began when, and what nobody can know; humans correct them."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from predictor.journals.verdicts import Verdict
from training.dataset.label import Event, Hidden, Why, correct, joined, label

ENDS = np.arange(1, 121) * 60.0
OUTAGE = Event(3600.0, 4200.0, "errors_ramp", "http_5xx", onset=3000.0)


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
    labels, why = label(ENDS, [], [Hidden(3000.0, 3300.0)])

    touched = (ENDS + 900 > 3000) & (ENDS < 3300)
    assert np.isnan(labels[touched, 1]).all()
    assert (why[touched, 1] == Why.CENSORED).all()
    assert (labels[~touched & (ENDS < 6000), 1] == 0).all()


def test_an_outage_that_came_in_spite_of_a_remedy_is_known() -> None:
    labels, _ = label(ENDS, [OUTAGE], [Hidden(3000.0, 3300.0)])

    assert labels[ENDS == 3540.0, 0] == 1


def test_a_rejected_outage_is_none() -> None:
    assert correct([OUTAGE], [Verdict(3500.0, 4300.0, confirmed=False)]) == []


def test_a_confirmed_outage_takes_the_times_of_the_human_and_keeps_what_is_known() -> None:
    mended = correct([OUTAGE], [Verdict(3540.0, 4300.0, confirmed=True)])

    assert [(event.start, event.end, event.cause) for event in mended] == [(3540.0, 4300.0, "http_5xx")]


def test_a_missed_outage_can_be_added() -> None:
    mended = correct([OUTAGE], [Verdict(6000.0, 6600.0, confirmed=True)])

    assert [event.start for event in mended] == [3600.0, 6000.0]


@pytest.mark.parametrize("order", [1, -1])
def test_where_a_remedy_acted_in_a_silence_the_remedy_is_named(order: int) -> None:
    hidden = [Hidden(3000.0, 3300.0), Hidden(2400.0, 4000.0, Why.UNWATCHED)][::order]

    _, why = label(ENDS, [], hidden)

    assert why[ENDS == 3000.0, 0] == Why.CENSORED
    assert why[ENDS == 2400.0, 0] == Why.UNWATCHED


WHOLE = Verdict(3540.0, 4300.0, confirmed=True, exact=False)


def test_a_plain_yes_keeps_the_times_of_the_definition() -> None:
    assert correct([OUTAGE], [WHOLE]) == [OUTAGE]


def test_a_plain_yes_to_what_never_ended_and_nobody_saw_adds_nothing() -> None:
    assert correct([OUTAGE], [replace(WHOLE, start=5000.0, end=inf)]) == [OUTAGE]


def test_the_last_verdict_on_a_time_counts() -> None:
    no = Verdict(3500.0, 4300.0, confirmed=False)

    assert correct([OUTAGE], [WHOLE, no]) == []
    assert correct([OUTAGE], [no, WHOLE]) == [OUTAGE]


def test_one_outage_can_be_told_apart_into_two() -> None:
    parts = [Verdict(3600.0, 3700.0, confirmed=True), Verdict(4000.0, 4200.0, confirmed=True)]

    mended = correct([OUTAGE], parts)

    assert [(event.start, event.end, event.cause) for event in mended] == [
        (3600.0, 3700.0, "http_5xx"),
        (4000.0, 4200.0, "http_5xx"),
    ]


def test_a_short_recovery_is_a_pause_of_one_outage() -> None:
    """A warning of the second would reach back into the first."""
    events = [Event(100.0, 160.0, "first", shown=40.0), Event(1900.0, 1960.0), Event(160.0 + 4000.0, 5000.0)]

    assert joined(reversed(events)) == [replace(events[0], end=1960.0), events[2]]
