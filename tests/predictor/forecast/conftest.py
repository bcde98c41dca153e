"""Models with random weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from predictor.features import FEATURES, FEATURES_VERSION
from predictor.forecast.artifact import Artifact, Knots, Manifest, Scaler, shapes

MakeModel = Callable[..., Artifact]


def random_model(
    layers: int = 1,
    hidden: int = 8,
    members: int = 1,
    features: tuple[str, ...] = FEATURES,
    *,
    calibrated: bool = False,
) -> Artifact:
    """A model of this shape; weights large enough that every part of it matters."""
    rng, width = np.random.default_rng(layers + 10 * members), len(features)
    knots = tuple(Knots(x=(-16.0, 0.0, 16.0), y=(-12.0, -1.0 + k, 9.0)) for k in range(3)) if calibrated else ()
    manifest = Manifest(
        name="random",
        version="1",
        features=features,
        features_version=FEATURES_VERSION,
        scaler=Scaler(mean=tuple(rng.normal(size=width)), std=tuple(rng.uniform(0.5, 2, width)), clip=8.0),
        layers=layers,
        hidden=hidden,
        members=members,
        calibrator=knots,
        thresholds=(0.3, 0.4, 0.5),
        base_rate=(0.001, 0.003, 0.006),
    )
    weights = {name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes(manifest).items()}
    return Artifact(manifest, weights)


@pytest.fixture
def make_model() -> MakeModel:
    """See :func:`random_model`."""
    return random_model
