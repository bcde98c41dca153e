"""From raw risks to risks that come true as often as they say: knots of a piecewise-linear map in logit space.

Many positives carry an isotonic regression, a free monotone curve; a few carry only the two numbers of Platt's
line; none at all carry nothing and the map stays the identity. Everything is saved as two arrays of knots per
horizon, applied with ``np.interp`` to logits, so that inference needs no library.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DoubleArray = npt.NDArray[np.float64]

EDGE = 16.0  # logits beyond this are rounded to it: p of 1e-7
ISOTONIC_FROM = 200  # positives that carry a free curve (Niculescu-Mizil and Caruana 2005: isotonic needs many)
PLATT_FROM = 8
SLOPE_PRIOR = 4.0  # strength of the belief that the slope is 1, in units of pseudo-observations
MAX_KNOTS = 64


@dataclass(frozen=True)
class Knots:
    """One horizon's map: logit of the raw risk -> logit of the calibrated risk, flat beyond the ends."""

    x: DoubleArray
    y: DoubleArray

    @classmethod
    def identity(cls) -> Knots:
        """The map that changes nothing."""
        ends = np.array([-EDGE, EDGE])
        return cls(ends, ends.copy())

    def apply(self, risk: npt.ArrayLike) -> DoubleArray:
        """Calibrated risks of raw risks, any shape."""
        return expit(np.interp(logit(np.asarray(risk, dtype=np.float64)), self.x, self.y))


def logit(risk: DoubleArray) -> DoubleArray:
    """ln(p / (1 - p)), cut to +-EDGE."""
    tiny = 1 / (1 + np.exp(EDGE))
    inside = np.clip(risk, tiny, 1 - tiny)
    return np.asarray(np.clip(np.log(inside / (1 - inside)), -EDGE, EDGE))


def expit(value: DoubleArray) -> DoubleArray:
    """1 / (1 + exp(-value))."""
    return np.asarray(0.5 * (1 + np.tanh(value / 2)))


def fit_knots(risk: npt.ArrayLike, label: npt.ArrayLike, events: int | None = None) -> Knots:
    """The map of one horizon from raw risks (n,) and labels (n,) in {0, 1, NaN}.

    Args:
        risk: raw risks on rows that the model was not fitted on.
        label: what happened; NaN rows are left out.
        events: how many independent outages the positives stand for (rows before one outage are not
            independent); None counts every positive row as one.
    """
    known = np.isfinite(np.asarray(label, dtype=np.float64))
    x, y = logit(np.asarray(risk, dtype=np.float64))[known], np.asarray(label, dtype=np.float64)[known]
    count = int(y.sum()) if events is None else events
    if count < PLATT_FROM or len(x) == int(y.sum()):
        return Knots.identity()
    if count >= ISOTONIC_FROM:
        return _isotonic(x, y)
    return platt(x, y, prior=SLOPE_PRIOR * max(1.0, float(y.sum()) / count))


def platt(x: DoubleArray, y: DoubleArray, prior: float = SLOPE_PRIOR) -> Knots:
    """Platt's line over raw logits ``x`` and labels ``y`` as a map; see :func:`platt_line`."""
    slope, offset = platt_line(x, y, prior)
    ends = np.array([-EDGE, EDGE])
    return Knots(ends, np.clip(slope * ends + offset, -4 * EDGE, 4 * EDGE))


def platt_line(x: DoubleArray, y: DoubleArray, prior: float = SLOPE_PRIOR) -> tuple[float, float]:
    """Slope >= 0 and offset of Platt's line on logits by Newton steps, the slope drawn to 1 by a Gaussian prior."""
    slope, offset = 1.0, 0.0
    for _ in range(100):
        p = expit(slope * x + offset)
        bend = p * (1 - p)
        gradient = np.array([np.sum((p - y) * x) + prior * (slope - 1), np.sum(p - y)])
        hessian = np.array([[np.sum(bend * x * x) + prior, np.sum(bend * x)], [np.sum(bend * x), np.sum(bend) + 1e-9]])
        step = np.linalg.solve(hessian, gradient)
        loss = _platt_loss(x, y, (slope, offset), prior)
        for _ in range(60):  # far from the optimum a whole step can overshoot and never come back
            if _platt_loss(x, y, (slope - step[0], offset - step[1]), prior) <= loss:
                break
            step = step / 2
        slope, offset = float(slope - step[0]), float(offset - step[1])
        if np.abs(step).max() < 1e-9:
            break
    if slope >= 0:
        return slope, offset
    return 0.0, float(logit(np.asarray(y.mean())))


def _platt_loss(x: DoubleArray, y: DoubleArray, line: tuple[float, float], prior: float) -> float:
    """Negative log-likelihood of Platt's line (slope, offset), with the prior of the slope."""
    z = line[0] * x + line[1]
    return float(np.sum(np.logaddexp(0.0, z) - y * z) + prior / 2 * (line[0] - 1) ** 2)


def _isotonic(x: DoubleArray, y: DoubleArray) -> Knots:
    from sklearn.isotonic import IsotonicRegression

    curve = IsotonicRegression(out_of_bounds="clip").fit(x, y)
    at = np.asarray(curve.X_thresholds_, dtype=np.float64)
    value = np.asarray(curve.y_thresholds_, dtype=np.float64)
    if len(at) > MAX_KNOTS:
        # Equal shares of the rows would put nearly all knots where nothing happens; equal steps of risk do not.
        keep = np.unique(np.searchsorted(logit(value), np.linspace(logit(value)[0], logit(value)[-1], MAX_KNOTS - 1)))
        keep = np.unique(np.r_[0, np.minimum(keep, len(at) - 1), len(at) - 1])
        at, value = at[keep], value[keep]
    floor, roof = 0.5 / len(y), 1 - 0.5 / max(y.sum(), 1)
    return Knots(at, logit(np.clip(value, floor, roof)))


def calibrate(risk: npt.ArrayLike, knots: Sequence[Knots]) -> DoubleArray:
    """Calibrated risks (..., K) of raw risks (..., K), made non-decreasing along the horizons."""
    raw = np.asarray(risk, dtype=np.float64)
    mapped = np.stack([curve.apply(raw[..., k]) for k, curve in enumerate(knots)], axis=-1)
    return np.asarray(np.maximum.accumulate(mapped, axis=-1))
