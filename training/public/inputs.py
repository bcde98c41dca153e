"""All inputs of a public history side by side: (series, row, feature), with their names.

What depends on labels is learned from rows before ``until`` alone, so that a fold of the validation sees exactly
what a model that was fitted on that day would have seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.public import clock
from training.public.neighbours import group_of, neighbours, others
from training.public.recurrence import onsets, recurrence
from training.public.task import Grid, Mask, PublicTask, windows
from training.public.telemetry import telemetry

PSEUDO_PERIODS = 2.0  # periods of belief in the mean, for one series
SHARED_PSEUDO = 8.0  # onsets of belief in the mean, for profiles of the fleet and of mates


@dataclass(frozen=True)
class Inputs:
    """Names (F) and values (N, G, F) float32."""

    names: tuple[str, ...]
    values: npt.NDArray[np.float32]


def fixed(task: PublicTask) -> dict[str, Grid]:
    """Inputs that use the measurements and the past alone, whatever is labelled."""
    training_s = float(np.median(task.split)) - task.start
    names = list(clock.periods(task.step, task.horizon, training_s))
    shape = task.have.shape
    out = {name: np.broadcast_to(row, shape) for name, row in clock.phases(task.seconds, names).items()}
    if task.observed:
        down = task.down()
        rate = base_rate(task)
        out |= recurrence(down, task.have, task.step, rate)
        out |= neighbours(onsets(down), down, task.ids, task.step)
        out |= {f"x_{k}": task.values[:, :, k] for k in range(task.values.shape[2]) if k != task.state_col}
        out |= _profiles(task, _observed_starts(task, down), task.have & ~down, past_only=True)
    else:
        out |= telemetry(task)
    return out


def learned(task: PublicTask, until: npt.NDArray[np.int64]) -> dict[str, Grid]:
    """Inputs learned from the incidents before ``until`` (seconds per series)."""
    if task.observed:
        return {}
    incidents = task.incidents[task.incidents[:, 1] < until[task.incidents[:, 0]]]
    starts, busy = windows(task, task.horizon, incidents)
    known = task.have & ~busy & (task.seconds[None, :] + task.horizon < until[:, None])
    seen = np.maximum(known.sum(axis=1, keepdims=True), 1)
    rate = max(base_rate(task), 1e-9) * task.horizon / task.step
    own = ((starts & known).sum(axis=1, keepdims=True) + 50 * rate) / (seen + 50)
    out = {"own_rate": np.broadcast_to(np.log(own / rate).astype(np.float32), task.have.shape)}
    return out | _profiles(task, starts, known, past_only=False)


def build(task: PublicTask, until: npt.NDArray[np.int64], ready: dict[str, Grid] | None = None) -> Inputs:
    """All inputs; ``ready`` is :func:`fixed` of the task, so that folds need not compute it again."""
    columns = (fixed(task) if ready is None else ready) | learned(task, until)
    values = np.stack([np.asarray(column, dtype=np.float32) for column in columns.values()], axis=-1)
    return Inputs(tuple(columns), values)


def base_rate(task: PublicTask) -> float:
    """Onsets per row of the training part; half an onset where there was none."""
    rows = int((task.have & (task.seconds[None, :] < task.split[:, None])).sum())
    return (len(task.incidents) + 0.5) / max(rows, 1)


def _observed_starts(task: PublicTask, down: Mask) -> Mask:
    """Whether an onset is seen in (t, t + horizon], from the state column alone."""
    ahead = task.horizon // task.step
    total = np.cumsum(onsets(down) & task.have, axis=1)
    later = np.concatenate([total[:, ahead:], np.repeat(total[:, -1:], ahead, axis=1)], axis=1)
    return np.asarray(later[:, : total.shape[1]] > total)


def _profiles(task: PublicTask, starts: Mask, known: Mask, *, past_only: bool) -> dict[str, Grid]:
    rate = max(base_rate(task), 1e-9) * task.horizon / task.step
    groups = [group_of(name) for name in task.ids]
    out: dict[str, Grid] = {}
    training_s = float(np.median(task.split)) - task.start
    for name, period in clock.periods(task.step, task.horizon, training_s).items():
        reach = max(0, min(3, 300 // task.step))
        hits, seen = clock.profile(starts, known, period, past_only=past_only, reach=0)
        near, near_seen = clock.profile(starts, known, period, past_only=past_only, reach=2 * reach + 1)
        fleet, mates = others(hits, groups)
        fleet_seen, mates_seen = others(seen, groups)
        level = (seen.sum(axis=0).mean() * rate + 1) / (seen.sum(axis=0).mean() + 1 / rate)
        out[f"{name}_own"] = clock.log_share(hits, seen, level, PSEUDO_PERIODS)
        out[f"{name}_own_near"] = clock.log_share(near, near_seen, level, PSEUDO_PERIODS)
        out[f"{name}_fleet"] = clock.log_share(fleet, fleet_seen, level, SHARED_PSEUDO / level)
        out[f"{name}_mates"] = clock.log_share(mates, mates_seen, level, SHARED_PSEUDO / level / 4)
    return out
