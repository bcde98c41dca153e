"""The saved calibrator against that of training."""

from __future__ import annotations

import numpy as np
import pytest

from predictor.forecast.artifact import Knots
from predictor.forecast.calibration import calibrate


def test_no_knots_change_no_value() -> None:
    """Only the order of the horizons is kept."""
    assert calibrate([[0.1, 0.3, 0.2]], ()).tolist() == [[0.1, 0.3, 0.3]]


@pytest.mark.parametrize("risk", [0.0, 1e-9, 0.02, 0.5, 0.999, 1.0])
def test_identity_knots_keep_the_risk(risk: float) -> None:
    """Within what their ends can hold."""
    same = Knots(x=(-16.0, 16.0), y=(-16.0, 16.0))

    assert calibrate([risk], [same])[0] == pytest.approx(risk, abs=2e-7)


def test_knots_are_interpolated_in_logits() -> None:
    """Twice the odds, everywhere between the ends."""
    double = Knots(x=(-10.0, 10.0), y=(-10.0 + np.log(2), 10.0 + np.log(2)))

    assert calibrate([0.2], [double])[0] == pytest.approx(1 / 3)


def test_it_is_the_calibrator_of_training() -> None:
    """The same knots give the same risks there and here."""
    training = pytest.importorskip("training.calibrate", reason="scikit-learn comes with the extra 'train'")
    rng = np.random.default_rng(0)
    risk = rng.random((500, 3))
    curves = [training.Knots(np.sort(rng.normal(0, 4, 6)), np.sort(rng.normal(0, 4, 6))) for _ in range(3)]
    knots = [Knots(x=tuple(curve.x), y=tuple(curve.y)) for curve in curves]

    assert np.allclose(calibrate(risk, knots), training.calibrate(risk, curves), atol=1e-12)
