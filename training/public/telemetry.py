"""How unusual the measurements of a series are, and whether they were so at this phase of earlier days.

Where incidents cannot be seen as they happen, the measurements are all that a running forecaster sees. Each
column is scaled by unlabelled rows from before the record (or by its training part), so that one number means
the same on every series. Unusual minutes that come back every day are a clock of their own, which goes on being
learned after the labels end.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from training.public.clock import past_sums, smooth
from training.public.task import Grid, PublicTask

CLIP = 10.0
FLOOR = 1e-3  # deviation of a column that never moves
MEMORY_MIN = 30.0  # of the moving mean and deviation
SPANS_MIN = (5.0, 30.0)
Double = npt.NDArray[np.float64]


def scaled(task: PublicTask) -> tuple[Double, int]:
    """(N, B + G, C) scaled values with B rows from before the record in front; gaps repeat the last row."""
    before = min((len(rows) for rows in task.before), default=0)
    parts = []
    for i in range(len(task.ids)):
        own = task.values[i].astype(np.float64)
        early = task.before[i].astype(np.float64) if before else own[task.seconds < task.split[i]]
        mean, deviation = np.nanmean(early, axis=0), np.nanstd(early, axis=0) + FLOOR
        rows = np.concatenate([early[-before:], own]) if before else own
        parts.append(np.clip((rows - mean) / deviation, -CLIP, CLIP))
    values = np.nan_to_num(_carried(np.stack(parts)))
    return values, before


def _carried(values: Double) -> Double:
    """Each missing cell takes the last value before it."""
    at = np.arange(values.shape[1])[None, :, None]
    last = np.maximum.accumulate(np.where(np.isfinite(values), at, 0), axis=1)
    return np.asarray(np.take_along_axis(values, last, axis=1))


def surprise(values: Double, memory_rows: float) -> Double:
    """Largest deviation (N, T) of a row from its column's moving mean, in moving deviations."""
    weight = 2 / (memory_rows + 1)
    mean, spread = values[:, 0].copy(), np.ones_like(values[:, 0])
    out = np.zeros(values.shape[:2])
    for row in range(values.shape[1]):
        gap = values[:, row] - mean
        out[:, row] = np.max(np.abs(gap) / np.sqrt(spread + 1e-2), axis=1)
        mean += weight * gap
        spread = (1 - weight) * (spread + weight * gap * gap)
    return out


def rolling_max(values: Double, width: int) -> Double:
    """Largest of the last ``width`` values (N, T), this row included."""
    out = values.copy()
    done = 1
    while done < width:
        shift = min(done, width - done)
        out[:, shift:] = np.maximum(out[:, shift:], out[:, :-shift])
        done += shift
    return out


def telemetry(task: PublicTask) -> dict[str, Grid]:
    """Features by name, each (N, G)."""
    values, before = scaled(task)
    size = np.abs(values)
    top = np.sort(size, axis=2)[:, :, -min(3, size.shape[2]) :].mean(axis=2)
    jump = np.zeros(size.shape[:2])
    jump[:, 1:] = np.abs(np.diff(values, axis=1)).max(axis=2)
    scores = {
        "surprise": np.log1p(surprise(values, MEMORY_MIN * 60 / task.step)),
        "top": np.log1p(top),
        "mean": np.log1p(size.mean(axis=2)),
        "wide": (size > 3).mean(axis=2),
        "jump": np.log1p(jump),
    }
    out: dict[str, Double] = {}
    for name, score in scores.items():
        out[name] = score
        for span in SPANS_MIN:
            out[f"{name}_max{span:g}m"] = rolling_max(score, max(1, round(span * 60 / task.step)))
    for name in ("surprise", "jump", "top"):
        out |= {f"{name}_{key}": value for key, value in returning(scores[name], task.step, task.horizon).items()}
    return {name: value[:, before:].astype(np.float32) for name, value in out.items()}


def returning(score: Double, step: int, horizon: int, pseudo: float = 2.0) -> dict[str, Double]:
    """How far the score rose in (t, t + horizon] of earlier days above its mean: over all days, and yesterday."""
    day, ahead = 86400 // step, max(1, horizon // step)
    if 86400 % step or score.shape[1] <= day:
        return {}
    rise = np.zeros_like(score)
    coming = rolling_max(score, ahead)  # of (u - ahead, u]: at u - ahead it is what comes
    rise[:, :-ahead] = coming[:, ahead:]
    known = np.zeros_like(score)
    known[:, :-ahead] = 1
    days = past_sums(known, day)
    mean = np.cumsum(rise, axis=1) / np.arange(1, rise.shape[1] + 1)
    # The mean of what is settled by now: the newest ``ahead`` rows are not.
    settled = np.zeros_like(mean)
    settled[:, ahead:] = mean[:, :-ahead]
    back = np.zeros_like(rise)
    back[:, day:] = rise[:, :-day]
    return {
        "days": (past_sums(smooth(rise, 1), day) - days * settled) / (days + pseudo),
        "yesterday": np.where(days > 0, back - settled, 0),
    }
