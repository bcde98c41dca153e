"""The clock as an input: phases of the hour, the day and the week, and how often incidents began at this phase.

A profile is the share of earlier periods in which an incident began within the horizon at the same phase, drawn
to the mean while few periods are known. Where incidents can be seen as they happen it uses the past alone, all
the way; where they cannot, it is learned from the labelled rows, and a labelled row never sees its own period,
or it would see its own answer.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from training.public.task import Grid, Mask

PERIODS = {"hour": 3600, "day": 86400, "week": 604800}
HARMONICS = {"hour": 3, "day": 1, "week": 1}  # few labelled days cannot bear finer waves; profiles see those
MIN_ROWS = 4  # a period of fewer rows has no phases
Double = npt.NDArray[np.float64]


def periods(step: int, horizon: int, training_s: float) -> dict[str, int]:
    """Name -> rows of every period that fits the grid, exceeds the horizon, and was seen at least twice."""
    return {
        name: span // step
        for name, span in PERIODS.items()
        if span % step == 0 and span // step >= MIN_ROWS and span >= 2 * horizon and training_s >= 2 * span
    }


def phases(seconds: npt.NDArray[np.int64], names: list[str]) -> dict[str, npt.NDArray[np.float32]]:
    """Sine and cosine (G,) of the first harmonics of the named periods."""
    out = {}
    for name in names:
        turn = 2 * np.pi * (seconds % PERIODS[name]) / PERIODS[name]
        for k in range(1, HARMONICS[name] + 1):
            out[f"{name}_sin{k}"] = np.sin(k * turn).astype(np.float32)
            out[f"{name}_cos{k}"] = np.cos(k * turn).astype(np.float32)
    return out


def past_sums(hits: Double, period: int) -> Double:
    """Sum (N, G) of the values one, two, three, ... periods before each row."""
    laps = _laps(hits, period)
    return (np.cumsum(laps, axis=1) - laps).reshape(len(hits), -1)[:, : hits.shape[1]]


def other_sums(hits: Double, period: int) -> Double:
    """Sum (N, G) of the values at the same phase of all other periods, before and after."""
    laps = _laps(hits, period)
    return np.asarray((laps.sum(axis=1, keepdims=True) - laps).reshape(len(hits), -1)[:, : hits.shape[1]])


def _laps(hits: Double, period: int) -> Double:
    """The rows cut into periods (N, turns, period), the last one filled up with zeros."""
    rows, length = hits.shape
    turns = -(-length // period)
    padded = np.zeros((rows, turns * period))
    padded[:, :length] = hits
    return padded.reshape(rows, turns, period)


def smooth(values: Double, reach: int) -> Double:
    """Triangular mean along the rows over +-``reach`` rows, the ends padded with zeros."""
    if reach == 0:
        return values
    kernel = 1 - np.abs(np.arange(-reach, reach + 1)) / (reach + 1)
    kernel /= kernel.sum()
    padded = np.pad(values, ((0, 0), (reach, reach)))
    return np.asarray(sum(weight * padded[:, k : k + values.shape[1]] for k, weight in enumerate(kernel)))


def log_share(hits: Double, seen: Double, rate: Double | float, pseudo: float) -> Grid:
    """Log of the shrunk share (hits + pseudo * rate) / (seen + pseudo) over ``rate``."""
    return np.asarray(np.log((hits + pseudo * rate) / (seen + pseudo) / rate), dtype=np.float32)


def profile(starts: Mask, known: Mask, period: int, *, past_only: bool, reach: int = 0) -> tuple[Double, Double]:
    """(hits, seen), both (N, G): at the same phase of other periods, how often it began, out of how many.

    With ``past_only`` a row of the answer at distance of one period must be settled: the caller gives periods
    that exceed horizon and reach.
    """
    sums = past_sums if past_only else other_sums
    hits = smooth(np.where(known & starts, 1.0, 0.0), reach)
    seen = smooth(known.astype(np.float64), reach)
    return sums(hits, period), sums(seen, period)
