"""The forecaster with its carried state."""

from __future__ import annotations

import json

import numpy as np
import pytest

from predictor.errors import ArtifactError
from predictor.features import FEATURES
from predictor.forecast.artifact import Artifact
from predictor.forecast.lstm import RECENT, LstmForecaster
from predictor.protocols import FloatArray, Key
from tests.predictor.forecast.conftest import MakeModel

KEYS: list[Key] = [("default", name) for name in "abc"]


def rows(seed: int, series: int = 3) -> FloatArray:
    return np.random.default_rng(seed).normal(size=(series, len(FEATURES))).astype(np.float32)


def test_risks_are_probabilities_that_rise_with_the_horizon(make_model: MakeModel) -> None:
    """Calibrated ones too; the spread is that of the members."""
    forecaster = LstmForecaster(make_model(members=3, calibrated=True))
    risk, spread = forecaster.step(KEYS, rows(0))

    assert risk.shape == (3, 3)
    assert ((risk >= 0) & (risk <= 1)).all()
    assert (np.diff(risk, axis=1) >= 0).all()
    assert (spread > 0).all()


def test_one_member_has_no_spread(make_model: MakeModel) -> None:
    """There is nobody to disagree with."""
    assert LstmForecaster(make_model()).step(KEYS, rows(0))[1].tolist() == [0, 0, 0]


def test_the_order_of_series_in_a_call_does_not_matter(make_model: MakeModel) -> None:
    """Each keeps its own state, also when it is left out for a step."""
    one, two = LstmForecaster(make_model()), LstmForecaster(make_model())
    for seed in range(4):
        one.step(KEYS, rows(seed))
        two.step(KEYS[::-1], rows(seed)[::-1])
    one.step(KEYS[:2], rows(9)[:2])
    two.step([KEYS[1], KEYS[0]], rows(9)[[1, 0]])

    assert np.allclose(one.step(KEYS, rows(10))[0], two.step(KEYS, rows(10))[0], atol=1e-6)


def test_a_new_series_begins_without_a_past(make_model: MakeModel) -> None:
    """Whatever the others went through."""
    old, new = LstmForecaster(make_model()), LstmForecaster(make_model())
    for seed in range(5):
        old.step(KEYS[:1], rows(seed)[:1])
    late = old.step(KEYS[:2], rows(9)[:2])[0][1]

    assert np.allclose(late, new.step(KEYS[1:2], rows(9)[1:2])[0][0], atol=1e-6)


def test_a_restart_continues(make_model: MakeModel) -> None:
    """Through JSON, with the same risks."""
    artifact = make_model(layers=2, members=2)
    one, two = LstmForecaster(artifact), LstmForecaster(artifact)
    for seed in range(5):
        one.step(KEYS, rows(seed))
    two.load(json.loads(json.dumps(one.dump())))

    assert np.array_equal(one.step(KEYS, rows(7))[0], two.step(KEYS, rows(7))[0])


def test_state_of_another_model_is_refused(make_model: MakeModel) -> None:
    """And named."""
    one = LstmForecaster(make_model())
    one.step(KEYS, rows(0))
    state = one.dump()

    with pytest.raises(ArtifactError, match="of model 'other'"):
        LstmForecaster(make_model()).load(state | {"model": "other"})
    with pytest.raises(ArtifactError, match=r"2 series|3 series"):
        LstmForecaster(make_model()).load(state | {"keys": [["default", "a"]]})


def with_head(artifact: Artifact, feature: str, weight: float) -> Artifact:
    """The model whose risk depends on one feature alone."""
    weights = {name: np.zeros_like(array) for name, array in artifact.weights.items()}
    weights["m0.head.weight"][:, artifact.manifest.hidden + FEATURES.index(feature)] = weight
    weights["m0.head.bias"][:] = -4
    return Artifact(artifact.manifest, weights)


def test_the_explanation_names_the_signal_that_drives_the_risk(make_model: MakeModel) -> None:
    """By deletion: without it the risk falls by what is said."""
    artifact = with_head(make_model(), "lat90_5", 1.0)
    forecaster = LstmForecaster(artifact)
    mean, std = (
        np.array(values, np.float32) for values in (artifact.manifest.scaler.mean, artifact.manifest.scaler.std)
    )
    quiet = forecaster.step(KEYS[:1], mean[None])[0][0, 1]
    high = mean + 3 * std
    risky = forecaster.step(KEYS[:1], high[None])[0][0, 1]

    assert [name for name, _ in forecaster.explain(KEYS[0])] == ["latency"]
    assert forecaster.explain(KEYS[0])[0][1] == pytest.approx(risky - quiet, abs=1e-5)


@pytest.mark.parametrize("steps", [1, RECENT, 2 * RECENT, 2 * RECENT + 3, 5 * RECENT])
def test_an_explanation_starts_from_the_risk_that_was_said(make_model: MakeModel, steps: int) -> None:
    """However many steps are carried, no fall is larger than the risk itself."""
    forecaster = LstmForecaster(make_model(layers=2, members=2, calibrated=True))
    for seed in range(steps):
        risk = forecaster.step(KEYS, rows(seed))[0]
    for slot, key in enumerate(KEYS):
        falls = [fall for _, fall in forecaster.explain(key)]
        assert falls == sorted(falls, reverse=True)
        assert all(0 < fall <= risk[slot, 1] + 1e-6 for fall in falls)


def test_an_unknown_series_has_no_explanation(make_model: MakeModel) -> None:
    """Nor has one before its first step."""
    assert LstmForecaster(make_model()).explain(KEYS[0]) == []


def test_features_of_another_shape_are_refused(make_model: MakeModel) -> None:
    """Instead of being broadcast."""
    with pytest.raises(ValueError, match="shape"):
        LstmForecaster(make_model()).step(KEYS, rows(0)[:, :5])
