"""Latency quantiles against the series' own slow histogram, in doublings.

The baseline forgets over four hours and learns slowly from bins that are already slower than it, so that a ramp
does not become the new normal while it is climbing.
"""

from __future__ import annotations

import numpy as np

from predictor.carried import Carried
from predictor.features.moment import Moment, decay
from predictor.protocols import FloatArray
from predictor.series.columns import BUCKETS, PER_OCTAVE

SCALES_MIN = (1.0, 5.0, 30.0, 240.0)  # the bin itself, two windows, the baseline
BASE = 3
BUSY = 50.0  # fetches of one bin that count fully in the baseline: a burst is no longer history
ENOUGH = 0.5  # decayed fetches without which a quantile is not known
QUANTILES = (0.5, 0.9, 0.99)
FLUSH_EVERY = 64


def quantiles(histograms: FloatArray, shares: tuple[float, ...] = QUANTILES) -> FloatArray:
    """Quantiles (len(shares), S, n) of histograms (S, BUCKETS, n) in doublings of 1 ms; NaN where nearly empty.

    Interpolated linearly within the bucket, which is 1/3 of a doubling wide.
    """
    cumulated = np.cumsum(histograms, axis=1, dtype=np.float32)
    total = cumulated[:, -1]
    found = np.empty((len(shares), *total.shape), np.float32)
    for row, share in enumerate(shares):
        wanted = total * np.float32(share)
        place = (cumulated < wanted[:, None]).sum(axis=1)
        at = np.minimum(place, BUCKETS - 1)[:, None]
        inside = np.take_along_axis(histograms, at, axis=1)[:, 0]
        before = np.take_along_axis(cumulated, at, axis=1)[:, 0] - inside
        part = np.clip((wanted - before) / np.maximum(inside, 1e-9), 0.0, 1.0)
        found[row] = (at[:, 0] + part) / PER_OCTAVE
    found[:, total < ENOUGH] = np.nan
    return found


class Latency:
    """Features from the latency histograms; NaN where nothing is known, which ``lat_known`` says."""

    names: tuple[str, ...] = (
        "lat50_1",
        "lat50_5",
        "lat50_30",
        "lat90_5",
        "lat90_30",
        "lat99_5",
        "lat_slope",
        "lat_spread",
        "lat_timed",
        "lat_known",
        "lat_base_age",
    )

    def __init__(self, minutes: float) -> None:
        self.carried = Carried({"sums": (len(SCALES_MIN), BUCKETS), "learned": ()})
        factors = [0.0] + [float(decay(minutes, scale)) for scale in SCALES_MIN[1:]]
        self._decay = np.array(factors, np.float32)[:, None, None]
        self._minutes = minutes
        self._steps = 0

    def step(self, moment: Moment) -> FloatArray:
        """Features (F, n) of one bin."""
        sums = self.carried["sums"]
        sums[:BASE] *= self._decay[:BASE]
        sums[:BASE] += moment.latency
        self._steps += 1
        if self._steps % FLUSH_EVERY == 0:
            sums[sums < 1e-12] = 0.0
        found = quantiles(sums)
        median, high, highest = found
        known = ~np.isnan(median[BASE]) & ~np.isnan(median[1])
        rows = [
            median[0] - median[BASE],
            median[1] - median[BASE],
            median[2] - median[BASE],
            high[1] - high[BASE],
            high[2] - high[BASE],
            highest[1] - highest[BASE],
            median[1] - median[2],
            (high[1] - median[1]) - (high[BASE] - median[BASE]),
            np.log1p(sums[1].sum(axis=0)),
            known.astype(np.float32),
            np.log1p(self.carried["learned"]),
        ]
        self._learn(moment, np.nan_to_num(median[1] - median[BASE]))
        return np.stack(rows)

    def _learn(self, moment: Moment, slower: FloatArray) -> None:
        """Let the baseline learn this bin, the less the slower the series has become (in doublings)."""
        total = moment.latency.sum(axis=0)
        trust = 1.0 / (1.0 + 4.0 * np.square(np.maximum(slower, 0.0)))
        weight = trust * np.minimum(1.0, BUSY / np.maximum(total, 1.0))
        base = self.carried["sums"][BASE]
        base *= self._decay[BASE]
        base += moment.latency * weight.astype(np.float32)
        learned = self.carried["learned"]
        learned += (total > 0) * np.float32(self._minutes)
