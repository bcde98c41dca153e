"""Series side by side, for the fit: scaled, padded to a common length, in groups that fill a batch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from training.sequences import FloatArray, Scaler, Sequences, complete


class Lanes:
    """Scaled series with completed labels and weights; ``rows`` is the weight of all rows with a known label."""

    def __init__(self, inputs: list[FloatArray], labels: list[FloatArray], weights: list[FloatArray]) -> None:
        self.inputs, self.labels, self.weights = inputs, labels, weights
        known = [np.isfinite(block).any(axis=1) for block in labels]
        self.rows = max(1.0, float(sum(weight[rows].sum() for weight, rows in zip(weights, known, strict=True))))

    @classmethod
    def of(cls, data: Sequences, scaler: Scaler) -> Lanes:
        """The series of ``data``, scaled."""
        given = data.weights or [np.ones(len(rows), np.float32) for rows in data.inputs]
        return cls(
            [scaler.apply(rows) for rows in data.inputs],
            [complete(labels) for labels in data.labels],
            [np.asarray(weights, np.float32) for weights in given],
        )

    def groups(self, lanes: int, rng: np.random.Generator | None) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Padded (B, T, F), (B, T, K), (B, T) of ``lanes`` series each; ``rng`` mixes series and group order."""
        length = np.array([len(rows) for rows in self.inputs], dtype=np.float64)
        # A little noise on the length lets neighbours change from epoch to epoch at little padding.
        order = np.argsort(length * (1 if rng is None else rng.uniform(0.8, 1.0, len(length))), kind="stable")
        cuts = [order[k : k + lanes] for k in range(0, len(order), lanes)]
        for k in range(len(cuts)) if rng is None else rng.permutation(len(cuts)):
            yield self._padded(cuts[k])

    def _padded(self, series: npt.NDArray[np.intp]) -> tuple[Tensor, Tensor, Tensor]:
        longest = max(len(self.inputs[i]) for i in series)
        inputs = torch.zeros(len(series), longest, self.inputs[0].shape[1])
        labels = torch.full((len(series), longest, self.labels[0].shape[1]), torch.nan)
        weights = torch.zeros(len(series), longest)
        for lane, i in enumerate(series):
            stop = len(self.inputs[i])
            inputs[lane, :stop] = torch.from_numpy(self.inputs[i])
            labels[lane, :stop] = torch.from_numpy(self.labels[i])
            weights[lane, :stop] = torch.from_numpy(self.weights[i])
        return inputs, labels, weights
