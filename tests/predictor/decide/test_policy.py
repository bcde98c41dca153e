"""Threshold with hysteresis."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from predictor.decide.policy import Policy as Smooth

Policy = partial(Smooth, smoothing=1.0)
KEY = ("default", "proxy.golang.org")


def run(policy: Smooth, risks: list[float], states: list[str] | None = None) -> list[bool]:
    states = states or ["ok"] * len(risks)
    return [bool(policy.step([KEY], [risk], [state])[0]) for risk, state in zip(risks, states, strict=True)]


def test_a_warning_starts_at_the_threshold_and_ends_after_calm_bins() -> None:
    """Between the two levels nothing changes."""
    policy = Policy(0.5, clear_ratio=0.5, clear_bins=2)

    assert run(policy, [0.4, 0.5, 0.3, 0.2, 0.3, 0.2, 0.2, 0.4]) == [False, True, True, True, True, True, False, False]


def test_confirmation_needs_bins_in_a_row() -> None:
    """One bin under the threshold starts the count anew."""
    policy = Policy(0.5, confirm_bins=2)

    assert run(policy, [0.6, 0.4, 0.6, 0.6]) == [False, False, False, True]


def test_one_odd_bin_is_less_than_two_in_a_row() -> None:
    """Log-odds 0, 2.2, 2.2 weigh 0, 1.1, 1.6 at a half: risks 0.5, 0.75, 0.84."""
    assert run(Smooth(0.8, smoothing=0.5), [0.5, 0.9, 0.9]) == [False, False, True]
    assert run(Smooth(0.8, smoothing=0.5), [0.5, 0.9, 0.5]) == [False, False, False]


def test_a_bin_without_a_risk_leaves_those_before_it() -> None:
    assert run(Smooth(0.8, smoothing=0.5), [0.5, 0.9, float("nan"), 0.9]) == [False, False, False, True]


def test_certainty_does_not_last_for_ever() -> None:
    """A risk of 1 or 0 has no finite log-odds."""
    assert run(Smooth(0.5, clear_bins=1, smoothing=0.5), [1.0, 0.0, 0.0, 0.0])[-1] is False


def test_no_warning_starts_inside_an_outage_or_before_it_is_over() -> None:
    """An outage that nobody foresaw is not turned into a forecast afterwards."""
    policy = Policy(0.5, recover_bins=2)
    states = ["ok", "outage", "ok", "outage", "ok", "unknown", "ok", "ok"]

    assert run(policy, [0.1, *[0.9] * 7], states) == [False] * 7 + [True]


def test_a_warning_ends_with_the_outage_that_it_foresaw_and_the_next_one_is_new() -> None:
    """For one bin, at a risk that never fell: what comes then is another outage."""
    policy = Policy(0.5, recover_bins=2)
    states = ["ok", "outage", "ok", "ok", "ok"]

    assert run(policy, [0.9] * 5, states) == [True, True, True, False, True]


def test_a_warning_stays_through_the_outage_that_it_foresaw() -> None:
    """It ends when the series is calm again."""
    policy = Policy(0.5, clear_bins=1)

    assert run(policy, [0.9, 1.0, 0.1], ["ok", "outage", "ok"]) == [True, True, False]


def test_a_warning_that_did_not_come_true_lapses_and_may_start_anew() -> None:
    """For one bin, at a risk that is still over the threshold; below it the next bin starts none."""
    assert run(Policy(0.5, lapse_bins=3), [0.9] * 6) == [True, True, True, False, True, True]
    assert run(Policy(0.5, lapse_bins=3), [0.9, 0.4, 0.4, 0.4, 0.4]) == [True, True, True, False, False]
    assert all(run(Policy(0.5, lapse_bins=0), [0.9] * 100))


def test_a_warning_does_not_lapse_in_the_outage_that_it_foresaw() -> None:
    policy = Policy(0.5, clear_bins=2, lapse_bins=3)
    states = ["ok", "outage", "outage", "outage", "ok", "ok"]

    assert run(policy, [0.9, 1.0, 1.0, 1.0, 0.9, 0.9], states) == [True] * 6


def test_unknown_changes_nothing() -> None:
    """No data neither starts nor ends a warning."""
    policy = Policy(0.5, clear_bins=1)

    assert run(policy, [0.9, float("nan"), 0.0], ["ok", "unknown", "unknown"]) == [True, True, True]


def test_series_do_not_touch_one_another_and_may_come_late() -> None:
    """Rows are found by key, in any order."""
    policy = Policy(0.5)
    other = ("default", "sum.golang.org")

    policy.step([KEY], [0.9], ["ok"])

    assert policy.step([other, KEY], [0.1, 0.1], ["ok", "ok"]).tolist() == [False, True]


@pytest.mark.parametrize("cut", range(1, 39, 7))
def test_a_restart_continues_where_it_stopped(cut: int) -> None:
    """Dump and load anywhere give the same answers."""
    rng = np.random.default_rng(cut)
    risks = rng.random(40).tolist()
    states = rng.choice(["ok", "outage", "unknown"], 40, p=[0.8, 0.1, 0.1]).tolist()
    whole, first, second = (Smooth(0.6, clear_bins=2, lapse_bins=4) for _ in range(3))
    expected = run(whole, risks, states)

    got = run(first, risks[:cut], states[:cut])
    second.load(first.dump())

    assert got + run(second, risks[cut:], states[cut:]) == expected
