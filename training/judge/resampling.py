"""Intervals by bootstrap over whole histories: the rows and warnings of one history are not independent.

Everything is a ratio of sums over histories, or the area under the precision-recall curve with a weight per
history, so that a draw is one vector of counts and no data are copied. Two methods are compared on the same draws.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from training.judge.probability import Ranking

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
BOOTSTRAP = 400
RANGE = [2.5, 97.5]


def draws(histories: int, seed: int, times: int = BOOTSTRAP) -> Counts:
    """How often (times, histories) each history is in each draw."""
    rng = np.random.default_rng(seed)
    even = np.full(max(1, histories), 1 / max(1, histories))
    return np.asarray(rng.multinomial(histories, even, size=times)[:, :histories], np.int64)


def interval(values: Floats) -> list[float]:
    """95 % interval [low, high] of resampled values; NaN when none is finite."""
    finite = values[np.isfinite(values)]
    return [float(each) for each in np.percentile(finite, RANGE)] if len(finite) else [float("nan")] * 2


def ratio_draws(drawn: Counts, over: Sequence[float], under: Sequence[float]) -> Floats:
    """sum(over) / sum(under) of every draw; NaN where the lower sum is 0."""
    top, bottom = drawn @ np.asarray(over, np.float64), drawn @ np.asarray(under, np.float64)
    return np.asarray(np.divide(top, bottom, out=np.full(len(drawn), np.nan), where=bottom > 0), np.float64)


def area_draws(drawn: Counts, label: Floats, risk: Floats, history: Counts) -> Floats:
    """Area under the precision-recall curve of every draw; ``history`` (n,) says which one a row belongs to."""
    ranking = Ranking.of(label, risk)
    place = history[ranking.order]
    return np.array([ranking.area(counts[place].astype(np.float64)) for counts in drawn])
