"""What every room of the features sees of one bin. Arrays have the series on their last axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from predictor.protocols import FloatArray
from predictor.series.columns import INDEX

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Moment:
    """One bin of n series, and what the outage tracker says at its end."""

    end: float  # UTC seconds
    minutes: float  # width of the bin
    counts: FloatArray  # (C, n)
    latency: FloatArray  # (BUCKETS, n)
    missing: Mask  # (n,): nothing was heard of the vantage, or the series was never heard of
    heard: Mask  # (n,): the series was heard of by now
    state: npt.NDArray[np.int8]  # (n,) codes of predictor.outage
    per_build: FloatArray  # (n,) uncached fetches per build

    def column(self, name: str) -> FloatArray:
        """One count of this bin, (n,)."""
        row: FloatArray = self.counts[INDEX[name]]
        return row


def decay(minutes: float, scale_min: float) -> np.float32:
    """Factor per bin of a sum that forgets with a mean age of ``scale_min`` minutes."""
    return np.float32(np.exp(-minutes / scale_min))
