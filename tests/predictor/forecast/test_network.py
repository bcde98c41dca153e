"""The network in NumPy against torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from predictor.forecast.artifact import Artifact
from predictor.forecast.lstm import LstmForecaster
from predictor.forecast.network import BLOCK, Network, cumulative_risk
from predictor.protocols import FloatArray
from tests.predictor.forecast.conftest import MakeModel

torch = pytest.importorskip("torch", reason="torch comes with the extra 'train'")
NAMES = tuple(f"f{i}" for i in range(7))


def torch_risks(artifact: Artifact, inputs: FloatArray) -> Any:
    """Risks (T, n, 3) of inputs (T, n, F) by torch itself, mean over members, not calibrated."""
    manifest, found = artifact.manifest, []
    scaler = manifest.scaler
    scaled = (inputs - np.array(scaler.mean, np.float32)) / np.array(scaler.std, np.float32)
    scaled = torch.from_numpy(np.clip(np.where(np.isfinite(scaled), scaled, 0), -scaler.clip, scaler.clip))
    for member in range(manifest.members):
        lstm = torch.nn.LSTM(len(manifest.features), manifest.hidden, manifest.layers)
        head = torch.nn.Linear(manifest.hidden + len(manifest.features), 3)
        for name, module in (("lstm", lstm), ("head", head)):
            start = f"m{member}.{name}."
            weights = {k.removeprefix(start): torch.from_numpy(v) for k, v in artifact.weights.items() if start in k}
            module.load_state_dict(weights)
        with torch.no_grad():
            logits = head(torch.cat([lstm(scaled.float())[0], scaled.float()], dim=-1)).double()
        found.append(-torch.expm1(-torch.cumsum(torch.nn.functional.softplus(logits), dim=-1)))
    return torch.stack(found).mean(dim=0).numpy()


@pytest.mark.parametrize(("layers", "members", "series"), [(1, 1, 1), (1, 3, 20), (2, 2, 20), (1, 1, BLOCK + 3)])
def test_streaming_equals_torch_over_the_whole_sequence(
    make_model: MakeModel, layers: int, members: int, series: int
) -> None:
    """Within 1e-5, step by step, with values that are missing and values that are cut."""
    artifact = make_model(layers, 16, members, NAMES)
    inputs = np.random.default_rng(0).normal(0, 4, (40, series, len(NAMES))).astype(np.float32)
    inputs[3, 0, 2], inputs[4, 0, 3], inputs[5, 0, 4] = np.nan, np.inf, 1e6
    forecaster, keys = LstmForecaster(artifact), [("default", str(i)) for i in range(series)]
    found = np.stack([forecaster.step(keys, rows)[0] for rows in inputs])

    assert np.abs(found - torch_risks(artifact, inputs)).max() < 1e-5


def test_carried_state_equals_recomputing_the_whole_history(make_model: MakeModel) -> None:
    """A step does not depend on how long ago the history began."""
    network = Network(make_model(2, 8, 2, NAMES))
    inputs = np.random.default_rng(1).normal(size=(30, 5, len(NAMES))).astype(np.float32)
    state, after = np.zeros(network.shape(5), np.float32), np.zeros(network.shape(5), np.float32)
    streamed = []
    for rows in inputs:
        streamed.append(network.step(network.scale(rows), state, after))
        state, after = after, state
    fresh, spare = np.zeros(network.shape(5), np.float32), np.zeros(network.shape(5), np.float32)
    for rows in inputs[:20]:
        again = network.step(network.scale(rows), fresh, spare)
        fresh, spare = spare, fresh

    assert np.abs(again - streamed[19]).max() < 1e-6


def test_scaling_within_the_step_is_the_same(make_model: MakeModel) -> None:
    """And leaves the scaled inputs where they were asked for."""
    network = Network(make_model(features=NAMES))
    raw = np.random.default_rng(2).normal(0, 9, (BLOCK + 9, len(NAMES))).astype(np.float32)
    raw[0, 0] = np.nan
    state, scaled = np.zeros(network.shape(len(raw)), np.float32), np.empty_like(raw)
    one = network.step(network.scale(raw), state, state.copy())
    two = network.step(scaled, state, state.copy(), raw)

    assert np.array_equal(one, two)
    assert np.array_equal(scaled, network.scale(raw))


def test_risks_never_fall_with_the_horizon() -> None:
    """They are sums of hazards."""
    risks = cumulative_risk(np.random.default_rng(3).normal(0, 20, (1000, 3)).astype(np.float32))

    assert (np.diff(risks, axis=-1) >= 0).all()
    assert risks.min() >= 0
    assert risks.max() <= 1
