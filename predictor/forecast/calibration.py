"""Raw risks -> risks that come true as often as they say: the saved knots, applied to logits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from predictor.forecast.artifact import Knots

EDGE = 16.0  # logits beyond this are rounded to it: p of 1e-7

Doubles = npt.NDArray[np.float64]


def calibrate(risk: npt.ArrayLike, knots: Sequence[Knots]) -> Doubles:
    """Calibrated risks (..., K) of raw risks (..., K), non-decreasing along the horizons; () changes no value."""
    raw = np.asarray(risk, dtype=np.float64)
    if not knots:
        return np.asarray(np.maximum.accumulate(raw, axis=-1))
    tiny = 1 / (1 + np.exp(EDGE))
    inside = np.clip(raw, tiny, 1 - tiny)
    logits = np.log(inside / (1 - inside))
    mapped = [np.interp(logits[..., k], curve.x, curve.y) for k, curve in enumerate(knots)]
    risks = 0.5 * (1 + np.tanh(np.stack(mapped, axis=-1) / 2))
    return np.asarray(np.maximum.accumulate(risks, axis=-1))
