"""Which warning met which outage."""

from __future__ import annotations

import numpy as np
import pytest

from tests.training.judge.histories import history
from training.judge.matching import Match, match, starts_of


def judged(warned: list[tuple[int, int]], outages: list[tuple[int, int]], bins: int = 200) -> Match:
    """Match warnings at bins [begin, end) with outages."""
    record = history("a", bins, outages)
    warning = np.zeros(bins, np.bool_)
    for begin, end in warned:
        warning[begin:end] = True
    return match(record.ends, warning, record.state == 1, record.events)


@pytest.mark.parametrize(
    ("begin", "lead_min", "false", "late"),
    [(60, np.nan, 1, 0), (69, 30, 0, 0), (84, 15, 0, 0), (97, 2, 0, 0), (98, np.nan, 0, 1), (110, np.nan, 0, 1)],
)
def test_a_warning_counts_by_when_it_starts(begin: int, lead_min: float, false: int, late: int) -> None:
    """30 to 2 minutes before the outage at minute 100 is a catch; earlier is false, later is late."""
    found = judged([(begin, 120)], [(100, 120)])

    assert found.catches[0].lead_s / 60 == pytest.approx(lead_min, nan_ok=True)
    assert (len(found.false_starts), found.late) == (false, late)


def test_one_warning_claims_one_outage() -> None:
    """A warning that stays on does not foresee the next outage too."""
    found = judged([(90, 150)], [(100, 105), (115, 120)])

    assert [np.isfinite(catch.lead_s) for catch in found.catches] == [True, False]


def test_a_second_warning_of_the_same_outage_is_no_false_alarm() -> None:
    """It was right."""
    found = judged([(80, 84), (90, 100)], [(100, 120)])

    assert (found.catches[0].lead_s / 60, found.false_starts) == (19, ())


def test_warnings_without_an_outage_are_false() -> None:
    """Each of them."""
    assert len(judged([(20, 30), (60, 61)], []).false_starts) == 2


def test_the_state_of_a_hard_cut_is_timed() -> None:
    """From its start to the end of the first bin in state outage."""
    assert judged([], [(100, 120)]).catches[0].seen_s == 60.0


def test_episodes_are_counted_like_a_slow_loop_counts_them() -> None:
    """Oracle: walk the bins one by one."""
    rng = np.random.default_rng(3)
    warning, ends = rng.random(500) < 0.3, 60.0 * np.arange(1, 501)
    slow = [ends[i] for i in range(500) if warning[i] and (i == 0 or not warning[i - 1])]

    assert starts_of(warning, ends).tolist() == slow
