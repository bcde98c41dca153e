"""What a model is fitted on: series of unequal length, their labels, and the scaler of their features.

A label is 1, 0 or NaN; NaN is the third label: unknown, because the record ends, an outage is under way, or a
remedy acted. Labels are cumulative along the horizons, so an unknown one can often be inferred: what starts
within 5 minutes starts within 15, and what does not start within 30 does not start within 15.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

CLIP = 8.0
FLAT = 1e-6  # a feature that moves less than this carries nothing; its scale is left at 1


@dataclass(frozen=True)
class Sequences:
    """Inputs (T_i, F) float32 and labels (T_i, K) in {0, 1, NaN}, one pair per series, in order of time.

    ``weights`` (T_i,) multiply the loss of a row; None is 1 everywhere.

    Raises:
        ValueError: lengths or widths do not agree, or a label is none of 0, 1 and NaN.
    """

    features: tuple[str, ...]
    inputs: Sequence[FloatArray]
    labels: Sequence[FloatArray]
    weights: Sequence[FloatArray] | None = None

    def __post_init__(self) -> None:
        if len(self.inputs) != len(self.labels) or not self.inputs:
            raise ValueError(f"{len(self.inputs)} inputs and {len(self.labels)} labels")
        for place, (rows, labels) in enumerate(zip(self.inputs, self.labels, strict=True)):
            if rows.ndim != 2 or rows.shape[1] != len(self.features):
                raise ValueError(f"series {place}: inputs {rows.shape} for {len(self.features)} features")
            if labels.shape != (len(rows), self.horizons):
                raise ValueError(f"series {place}: labels {labels.shape} for {len(rows)} rows")
            known = labels[np.isfinite(labels)]
            if ((known != 0) & (known != 1)).any():
                raise ValueError(f"series {place}: a label must be 0, 1 or NaN")

    @property
    def horizons(self) -> int:
        """K, the number of horizons."""
        return int(self.labels[0].shape[1])

    def base_rate(self) -> npt.NDArray[np.float64]:
        """Share of positives (K,) among the known labels of each horizon; 0 where none is known."""
        labels = np.concatenate([complete(block) for block in self.labels])
        known = np.isfinite(labels).sum(axis=0)
        return np.asarray(np.nansum(labels, axis=0) / np.maximum(known, 1), dtype=np.float64)


def complete(labels: FloatArray) -> FloatArray:
    """Labels (T, K) with the unknown ones filled in where the neighbouring horizons settle them."""
    full = np.array(labels, dtype=np.float32)
    for k in range(full.shape[1] - 2, -1, -1):
        full[np.isnan(full[:, k]) & (full[:, k + 1] == 0), k] = 0
    for k in range(1, full.shape[1]):
        full[np.isnan(full[:, k]) & (full[:, k - 1] == 1), k] = 1
    return full


@dataclass(frozen=True)
class Scaler:
    """Brings features to zero mean and unit deviation, cut to +-``clip``; what is not finite becomes 0."""

    mean: FloatArray  # (F,)
    std: FloatArray  # (F,)
    clip: float = CLIP

    @classmethod
    def fit(cls, inputs: Sequence[FloatArray], clip: float = CLIP) -> Scaler:
        """Mean and deviation over the finite values of all rows, summed in float64."""
        width = inputs[0].shape[1]
        count, total, square = np.zeros(width), np.zeros(width), np.zeros(width)
        for rows in inputs:
            finite = np.isfinite(rows)
            count += finite.sum(axis=0)
            total += np.where(finite, rows, 0).sum(axis=0, dtype=np.float64)
        mean = total / np.maximum(count, 1)
        for rows in inputs:
            square += np.where(np.isfinite(rows), rows - mean, 0).__pow__(2).sum(axis=0, dtype=np.float64)
        std = np.sqrt(square / np.maximum(count, 1))
        std = np.where(std > FLAT * np.maximum(1, np.abs(mean)), std, 1)
        return cls(mean.astype(np.float32), std.astype(np.float32), clip)

    def apply(self, rows: FloatArray) -> FloatArray:
        """Scaled rows (..., F) float32."""
        scaled = (np.asarray(rows, dtype=np.float32) - self.mean) / self.std
        return np.clip(np.where(np.isfinite(scaled), scaled, 0), -self.clip, self.clip).astype(np.float32)
