"""Calibrators: they repair a known distortion, never turn order round, and stay away from few positives."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from training.calibrate import Knots, calibrate, expit, fit_knots, logit, platt, platt_line


def drawn(rows: int, seed: int, centre: float = -3.0) -> tuple[np.ndarray, np.ndarray]:
    """True risks and the labels that they gave."""
    rng = np.random.default_rng(seed)
    risk = expit(rng.normal(centre, 1.5, rows))
    return risk, (rng.random(rows) < risk).astype(float)


@pytest.mark.parametrize(("rows", "events"), [(6000, 100), (60_000, None)], ids=["Platt", "isotonic"])
def test_a_distorted_risk_is_repaired(rows: int, events: int | None) -> None:
    """Risks that are too sure, and shifted, come back to what they should say."""
    risk, label = drawn(rows, 0)
    distorted = expit(2 * logit(risk) + 1.5)

    repaired = fit_knots(distorted, label, events).apply(distorted)

    assert np.abs(repaired - risk).mean() < 0.25 * np.abs(distorted - risk).mean()


@pytest.mark.parametrize("rows", [600, 60_000])
def test_a_calibrator_never_turns_order_round(rows: int) -> None:
    """A higher raw risk never gives a lower calibrated one."""
    knots = fit_knots(*drawn(rows, 1))

    mapped = knots.apply(np.linspace(0, 1, 1001))

    assert (np.diff(mapped) >= 0).all()
    assert 0 <= mapped[0] <= mapped[-1] <= 1
    assert len(knots.x) <= 66


def test_few_positives_calibrate_nothing() -> None:
    """Seven positives, or no negative, leave the identity; NaN labels do not count."""
    risk = np.linspace(0.01, 0.2, 100)
    label = np.where(np.arange(100) < 7, 1.0, np.where(np.arange(100) < 50, 0.0, np.nan))

    assert fit_knots(risk, label).apply(risk) == pytest.approx(risk, abs=1e-9)
    assert fit_knots(risk, np.ones(100)).apply(risk) == pytest.approx(risk, abs=1e-9)


def test_noise_is_flattened_to_the_base_rate() -> None:
    """A risk that says nothing ends near the share of positives."""
    rng = np.random.default_rng(2)
    label = (rng.random(20_000) < 0.02).astype(float)

    flat = fit_knots(expit(rng.normal(-4, 2, 20_000)), label, events=100).apply(np.array([0.001, 0.3]))

    assert flat == pytest.approx([0.02, 0.02], abs=0.01)


def test_platt_without_a_prior_is_a_logistic_regression() -> None:
    """Slope and offset equal scikit-learn's."""
    risk, label = drawn(3000, 3)
    x = logit(risk)

    oracle = LogisticRegression(C=np.inf, tol=1e-9).fit(x[:, None], label)

    assert platt_line(x, label, prior=0.0) == pytest.approx((oracle.coef_[0, 0], oracle.intercept_[0]), abs=1e-3)


def test_a_risk_that_points_the_wrong_way_is_silenced() -> None:
    """A negative slope would turn order round; the line becomes flat instead."""
    risk, label = drawn(3000, 4)

    assert platt_line(-logit(risk), label)[0] == 0.0


def test_horizons_stay_in_order_after_calibration() -> None:
    """Maps that cross are made non-decreasing along the horizons."""
    low = Knots(np.array([-16.0, 16.0]), np.array([-20.0, 12.0]))

    mapped = calibrate(np.array([[0.1, 0.2, 0.3]]), [Knots.identity(), low, Knots.identity()])

    assert mapped[0] == pytest.approx([0.1, 0.1, 0.3])


@pytest.mark.parametrize("far", [-8.0, -14.0, 5.0])
def test_platts_line_finds_the_mean_from_far_away(far: float) -> None:
    """At the optimum the risks add up to what happened, even when raw logits are far off and mostly at the edge."""
    rng = np.random.default_rng(0)
    label = (rng.random(20_000) < 0.05).astype(float)
    raw = expit(np.where(rng.random(20_000) < 0.9, far, far + 6.0) + 2.0 * label)

    assert platt(logit(raw), label).apply(raw).mean() == pytest.approx(label.mean(), rel=1e-3)
