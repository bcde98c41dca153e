"""What a fit leaves behind: plain arrays by name, and the way back from them to risks.

The names are those of the artifact's ``weights.safetensors``: ``m{member}.lstm.weight_ih_l{layer}`` and so on,
with ``m{member}.head.weight`` and ``m{member}.head.bias``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import torch

from training.calibrate import DoubleArray, Knots, calibrate, fit_knots
from training.network import HazardLSTM, cumulative_risk
from training.sequences import FloatArray, Scaler, Sequences, complete

CHUNK = 1024  # rows per call of the network at inference: bounds memory, changes no value


@dataclass(frozen=True)
class FittedModel:
    """Arrays of an ensemble with its scaler, its calibrator and what it was fitted on."""

    features: tuple[str, ...]
    scaler: Scaler
    members: tuple[dict[str, FloatArray], ...]  # one dict of torch parameters per member
    layers: int
    hidden: int
    base_rate: DoubleArray  # (K,) share of positives among the rows it was fitted on
    knots: tuple[Knots, ...] = ()  # one per horizon; () is not calibrated
    history: tuple[dict[str, float], ...] = field(default=(), compare=False)  # one entry per member and epoch

    @property
    def horizons(self) -> int:
        """K, the number of horizons."""
        return len(self.base_rate)

    def weights(self) -> dict[str, FloatArray]:
        """All arrays by their name in the artifact, float32."""
        return {f"m{m}.{name}": array for m, member in enumerate(self.members) for name, array in member.items()}

    def raw(self, inputs: Sequence[FloatArray]) -> list[DoubleArray]:
        """Uncalibrated risks: series (T_i, F) in, (members, T_i, K) out, each series from an empty state."""
        networks = [self._network(m) for m in range(len(self.members))]
        return [np.stack([_run(network, self.scaler.apply(rows)) for network in networks]) for rows in inputs]

    def predict(self, inputs: Sequence[FloatArray]) -> list[DoubleArray]:
        """Risks: series (T_i, F) in, (T_i, K) out: mean over members, calibrated, non-decreasing along the row."""
        means = [risks.mean(axis=0) for risks in self.raw(inputs)]
        return [calibrate(mean, self.knots) if self.knots else mean for mean in means]

    def calibrated(self, held_out: Sequences, events: Sequence[int] | None = None) -> FittedModel:
        """This model with a calibrator fitted on series that it has not seen.

        Args:
            held_out: the unseen series with their labels.
            events: independent outages behind the positives of each horizon; None counts rows.
        """
        risks = np.concatenate([block.mean(axis=0) for block in self.raw(held_out.inputs)])
        labels = np.concatenate([complete(block) for block in held_out.labels])
        knots = [
            fit_knots(risks[:, k], labels[:, k], None if events is None else events[k]) for k in range(self.horizons)
        ]
        return replace(self, knots=tuple(knots))

    def _network(self, member: int) -> HazardLSTM:
        network = HazardLSTM(len(self.features), self.hidden, self.layers, self.horizons)
        network.load_state_dict({name: torch.from_numpy(array) for name, array in self.members[member].items()})
        return network.eval()


def _run(network: HazardLSTM, rows: FloatArray) -> npt.NDArray[np.float64]:
    state, parts = None, []
    with torch.no_grad():
        for start in range(0, len(rows), CHUNK):
            logits, state = network(torch.from_numpy(rows[None, start : start + CHUNK]), state)
            parts.append(cumulative_risk(logits[0].double()).numpy())
    return np.concatenate(parts) if parts else np.zeros((0, network.head.out_features))
