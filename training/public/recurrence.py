"""What a series' own past incidents say: decayed onset rates, time since the last one, time in the state.

Only for histories whose incidents can be seen as they happen. Everything at a row uses that row and earlier
ones. Rates are posterior means: before anything was seen they equal the rate of the whole fleet, so a new series
begins at the base rate.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from training.public.task import Grid, Mask

HALF_LIVES_H = (1.0, 6.0, 24.0, 96.0)
WINDOWS_H = (0.5, 2.0)
CAP_H = 14 * 24.0  # a last onset longer ago than this is as good as none
PSEUDO_ONSETS = 0.5  # strength of the fleet's rate in a series' own rate


def onsets(down: Mask) -> Mask:
    """Rows (N, G) at which a service goes down; its first row tells nothing."""
    begun = np.zeros_like(down)
    begun[:, 1:] = down[:, 1:] & ~down[:, :-1]
    return begun


def decayed(events: npt.NDArray[np.generic], half_life_rows: float) -> npt.NDArray[np.float64]:
    """Sum of the events (N, G) so far, each halved every ``half_life_rows``."""
    keep = 0.5 ** (1 / half_life_rows)
    out = np.empty(events.shape, dtype=np.float64)
    level = np.zeros(events.shape[0])
    for row in range(events.shape[1]):
        level = keep * level + events[:, row]
        out[:, row] = level
    return out


def rows_since(events: Mask, never: float) -> npt.NDArray[np.float64]:
    """Rows since the last event (N, G), at most ``never``, which also stands for none at all."""
    at = np.arange(events.shape[1], dtype=np.float64)
    last = np.maximum.accumulate(np.where(events, at, -np.inf), axis=1)
    return np.asarray(np.minimum(at - last, never))


def log_rate(events: npt.NDArray[np.generic], exposed: Mask, half_life_rows: float, rate: float) -> Grid:
    """Log of the posterior rate over ``rate``, events and exposure both decayed; 0 where nothing is known."""
    pseudo = PSEUDO_ONSETS / max(rate, 1e-9)
    level, seen = decayed(events, half_life_rows), decayed(exposed, half_life_rows)
    return np.asarray(np.log((level + PSEUDO_ONSETS) / (seen + pseudo) / max(rate, 1e-9)), dtype=np.float32)


def recurrence(down: Mask, have: Mask, step: int, rate: float) -> dict[str, Grid]:
    """Features by name, each (N, G).

    Args:
        down: whether the service is down.
        have: whether there is a row.
        step: seconds per row.
        rate: onsets per row of the fleet in the training part.
    """
    hour = 3600 / step
    begun = onsets(down) & have
    ended = onsets(~down) & have
    out: dict[str, Grid] = {"own_down": down.astype(np.float32)}
    for half in HALF_LIVES_H:
        out[f"own_rate_{half:g}h"] = log_rate(begun, have & ~down, half * hour, rate)
        out[f"own_down_{half:g}h"] = np.asarray(
            decayed(down, half * hour) / np.maximum(decayed(have, half * hour), 1), dtype=np.float32
        )
    for span in WINDOWS_H:
        width = max(1, round(span * hour))
        so_far = np.cumsum(begun, axis=1, dtype=np.float64)
        total = so_far.copy()
        total[:, width:] -= so_far[:, :-width]
        out[f"own_onsets_{span:g}h"] = np.log1p(total).astype(np.float32)
    for name, event in (("onset", begun), ("end", ended)):
        since = rows_since(event, CAP_H * hour)
        out[f"own_since_{name}"] = np.log1p(since / hour * 12).astype(np.float32)
        out[f"own_ever_{name}"] = (since < CAP_H * hour).astype(np.float32)
    return out
