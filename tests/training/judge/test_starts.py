"""Warnings start exactly as the service's policy lets them, and the frozen threshold keeps its budget."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from predictor.decide.policy import Policy
from predictor.outage import STATES
from tests.training.judge.histories import history
from training.dataset.records import Record
from training.judge.matching import match
from training.judge.starts import frozen_threshold, warning_starts


def walk(rng: np.random.Generator, name: str, bins: int) -> tuple[Record, np.ndarray]:
    """A series whose risk wanders, with bins without a risk, outages and unknown states."""
    risk = np.abs(np.cumsum(rng.normal(0, 0.1, bins))) % 1.0
    risk[rng.random(bins) < 0.05] = np.nan
    state = rng.choice(3, bins, p=[0.9, 0.05, 0.05]).astype(np.int8)
    return replace(history(name, bins, []), state=state), risk


def by_policy(record: Record, risk: np.ndarray, threshold: float) -> list[float]:
    """Oracle: the policy itself, one series, one bin after the other."""
    policy, before, starts = Policy(threshold), False, []
    for end, value, code in zip(record.ends, risk, record.state, strict=True):
        said = value if end - record.ends[0] >= 1200 else np.nan
        (now,) = policy.step([("v", "u")], [said], [STATES[code]])
        if now and not before:
            starts.append(float(end))
        before = bool(now)
    return starts


@pytest.mark.parametrize("seed", range(8))
def test_starts_are_those_of_the_policy(seed: int) -> None:
    """For series of unequal length and several thresholds at once."""
    rng = np.random.default_rng(seed)
    pairs = [walk(rng, str(bins), bins) for bins in (400, 90, 130, 30, 400)]
    thresholds = [0.9, 0.4, 0.1]

    found = warning_starts([record for record, _ in pairs], [risk for _, risk in pairs], thresholds)

    assert [[times.tolist() for times in row] for row in found] == [
        [by_policy(record, risk, threshold) for record, risk in pairs] for threshold in thresholds
    ]


def noisy(count: int) -> tuple[list[Record], list[np.ndarray]]:
    """Quiet histories, each with one false peak of its own height."""
    records = [history(str(k), 150, []) for k in range(count)]
    risks = [np.full(150, 0.01) for _ in records]
    for k, risk in enumerate(risks):
        risk[60] = 0.1 + 0.8 * k / count
    return records, risks


def rate(records: list[Record], risks: list[np.ndarray], threshold: float) -> float:
    """False warnings per natural week."""
    (starts,) = warning_starts(records, risks, [threshold])
    found = match(records, starts)
    return sum(each.false for each in found) * 7 / sum(each.natural_days for each in found)


@pytest.mark.parametrize("budget", [0.1, 0.2, 0.7])
def test_the_frozen_threshold_is_the_lowest_within_the_budget(budget: float) -> None:
    records, risks = noisy(40)

    threshold = frozen_threshold(records, risks, budget)

    assert rate(records, risks, threshold) <= budget
    assert rate(records, risks, threshold * 0.9) > budget


def test_a_method_that_says_nothing_never_warns() -> None:
    records, _ = noisy(3)

    assert rate(records, [np.zeros(150)] * 3, frozen_threshold(records, [np.zeros(150)] * 3)) == 0


def test_a_search_over_many_histories_takes_seconds() -> None:
    records, risks = noisy(2000)
    began = time.process_time()

    frozen_threshold(records, risks)

    assert time.process_time() - began < 10


def test_the_frozen_threshold_lies_just_above_what_breaks_the_budget() -> None:
    """A hundredth lower would be a false warning too many: the search does not stop at its coarse steps."""
    records, risks = noisy(400)

    threshold = frozen_threshold(records, risks, 0.3)

    assert rate(records, risks, threshold) <= 0.3 < rate(records, risks, threshold * 0.985)
