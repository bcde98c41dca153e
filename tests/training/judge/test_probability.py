"""Scores of probabilities, against slow or independent ones."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss

from training.judge.probability import average_precision, brier, reliability, skill


@pytest.mark.parametrize("seed", range(5))
def test_area_and_brier_agree_with_scikit_learn(seed: int) -> None:
    """Ties included."""
    rng = np.random.default_rng(seed)
    risk = np.round(rng.random(400), 1)
    label = (rng.random(400) < risk / 2).astype(float)

    assert average_precision(label, risk) == pytest.approx(average_precision_score(label, risk))
    assert brier(label, risk) == pytest.approx(brier_score_loss(label, risk))


def test_skill_is_zero_for_the_reference_and_one_for_the_truth() -> None:
    """And negative for worse than the reference."""
    label = np.array([0.0, 0, 0, 1])

    assert skill(label, np.full(4, 0.25), 0.25) == pytest.approx(0.0)
    assert skill(label, label, 0.25) == 1.0
    assert skill(label, 1 - label, 0.25) < 0


def test_a_calibrated_forecast_has_a_small_error_and_a_boastful_one_a_large() -> None:
    """Same ranking, other numbers."""
    rng = np.random.default_rng(0)
    risk = rng.random(50_000)
    label = (rng.random(50_000) < risk).astype(float)

    assert reliability(label, risk).ece < 0.02
    assert reliability(label, np.sqrt(risk)).ece > 0.1
    assert reliability(label, risk).rows.sum() == 50_000
