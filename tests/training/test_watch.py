"""Warnings are judged by events, and start and end exactly as the service's policy lets them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from predictor.decide.policy import Policy
from predictor.outage import STATES
from tests.training.test_dataset import ENDS, OUTAGE, one
from training.watch import average_precision, brier_skill, calibration_error, choose_threshold, judge, warned

QUIET = np.full(120, 0.01)


def spikes(*minutes: int) -> np.ndarray:
    risk = QUIET.copy()
    for minute in minutes:
        risk[minute - 1 : minute + 2] = 0.9
    return risk


@pytest.mark.parametrize("seed", range(20))
def test_warnings_are_those_of_the_policy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    risk = np.abs(np.cumsum(rng.normal(0, 0.1, 400))) % 1.0
    risk[rng.random(400) < 0.03] = np.nan
    state = rng.choice(3, 400, p=[0.9, 0.05, 0.05]).astype(np.int8)
    policy = Policy(0.4)
    active = [bool(policy.step([("v", "u")], [risk[k]], [STATES[state[k]]])[0]) for k in range(400)]

    starts = [k for k in range(400) if active[k] and not (k and active[k - 1])]
    assert warned(risk, state, 0.4) == starts


@pytest.mark.parametrize(
    ("minute", "lead", "false", "late"),
    [(45, 15, 0, 0), (58, 2, 0, 0), (59, None, 0, 1), (25, None, 1, 0), (80, None, 1, 0), (100, None, 0, 0)],
)
def test_a_warning_is_true_late_or_false_by_its_lead(minute: int, lead: int | None, false: int, late: int) -> None:
    verdicts = judge([one()], [spikes(minute)], 0.5)

    (found,) = verdicts.found
    assert (found.lead_s == lead * 60) if lead else np.isnan(found.lead_s)
    assert (verdicts.false, verdicts.late) == (false, late)


def test_an_outage_that_one_of_two_series_saw_coming_was_seen_coming() -> None:
    verdicts = judge([one(), replace(one(), key=("v", "w"))], [QUIET, spikes(50)], 0.5)

    assert [each.lead_s for each in verdicts.found] == [600.0]


def test_a_young_series_does_not_warn() -> None:
    assert judge([one(events=())], [spikes(10)], 0.5).false == 0


def test_the_threshold_keeps_within_the_allowed_false_warnings() -> None:
    records = [one(str(k), ()) for k in range(40)]
    risks = [spikes(40) * (0.2 + 0.02 * k) for k in range(40)]

    threshold = choose_threshold(records, risks, per_week=0.5)

    assert judge(records, risks, threshold).false_per_week <= 0.5
    assert judge(records, risks, threshold * 0.8).false_per_week > 0.5


def test_only_a_fault_that_acts_before_the_outage_can_be_foreseen() -> None:
    sudden = replace(OUTAGE, onset=3500.0)

    flags = [judge([one(events=(event,))], [QUIET], 0.5).found[0].degrading for event in (OUTAGE, sudden)]

    assert flags == [True, False]


def test_saying_the_base_rate_has_no_skill_and_no_error() -> None:
    label = (np.arange(1000) % 10 == 0).astype(float)

    assert brier_skill(label, np.full(1000, 0.1), 0.1) == pytest.approx(0.0)
    assert calibration_error(label, np.full(1000, 0.1)) == pytest.approx(0.0)


def test_average_precision_is_that_of_scikit_learn() -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(3)
    label, risk = (rng.random(500) < 0.1).astype(float), rng.random(500)

    assert average_precision(label, risk) == pytest.approx(sklearn.average_precision_score(label, risk))


def test_ends_are_minutes() -> None:
    assert (np.diff(ENDS) == 60).all()
