"""A public history on one grid: ``input.npz`` read, checked and laid out as (series, grid row) arrays.

The file holds per series i the rows ``X{i}`` at seconds ``t{i}``; ``split`` (seconds per series) ends the
training part, ``inc_train`` lists (series, onset, end) of the training incidents, ``step`` and ``horizon`` are
seconds, ``state_col`` is the column of X that is 1 while the service is down (-1: no such column, incidents
cannot be observed), ``ids`` are names and ``pre{i}`` may hold unlabelled rows that end where ``X{i}`` begins.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from predictor.errors import InputError

Grid = npt.NDArray[np.float32]  # (N, G)
Mask = npt.NDArray[np.bool_]  # (N, G)
Arrays = dict[str, npt.NDArray[np.generic]]

NEEDED = ("split", "inc_train", "step", "horizon", "state_col", "ids")
MAX_CELLS = 400_000_000  # N * G * columns: beyond this the grid does not fit a small machine


@dataclass(frozen=True)
class PublicTask:
    """N series on G grid rows of ``step`` seconds from ``start``; what has no row is NaN and not ``have``."""

    ids: tuple[str, ...]
    step: int
    horizon: int
    start: int
    values: npt.NDArray[np.float32]  # (N, G, C)
    have: Mask  # (N, G)
    times: tuple[npt.NDArray[np.int64], ...]  # the rows as given, seconds, for the answers
    split: npt.NDArray[np.int64]  # (N,) seconds
    incidents: npt.NDArray[np.int64]  # (M, 3): series, onset, end in seconds; training part only
    state_col: int
    before: tuple[npt.NDArray[np.float32], ...]  # unlabelled rows before the first, () when there are none

    @property
    def observed(self) -> bool:
        """Whether incidents can be seen as they happen (there is a state column)."""
        return self.state_col >= 0

    @property
    def seconds(self) -> npt.NDArray[np.int64]:
        """Time of every grid row, (G,)."""
        return self.start + self.step * np.arange(self.have.shape[1], dtype=np.int64)

    @property
    def horizons(self) -> tuple[int, int, int]:
        """A third of the horizon, the horizon that is asked for, and twice it, in seconds."""
        return (max(self.step, self.horizon // 3), self.horizon, 2 * self.horizon)

    def rows(self, series: int) -> npt.NDArray[np.int64]:
        """Grid rows of the given times of one series."""
        return np.asarray(np.rint((self.times[series] - self.start) / self.step), dtype=np.int64)

    def down(self) -> Mask:
        """Whether a service is down (N, G), the last known state where a row is missing; needs ``observed``."""
        state = self.have & (self.values[:, :, self.state_col] > 0.5)
        last = np.maximum.accumulate(np.where(self.have, np.arange(state.shape[1]), 0), axis=1)
        return np.asarray(np.take_along_axis(state, last, axis=1))

    def seen(self) -> npt.NDArray[np.int64]:
        """The training incidents, and after the training part what was seen: (M, 3) as ``incidents``.

        A row of a later one is a stretch in which the service was down; needs ``observed``.
        """
        edges = np.diff(self.down().astype(np.int8), axis=1, prepend=0, append=0)
        (series, first), (_, last) = np.nonzero(edges == 1), np.nonzero(edges == -1)
        found = np.stack([series, self.seconds[first], self.seconds[last - 1]], axis=1)
        return np.concatenate([self.incidents, found[found[:, 1] >= self.split[series]]])


def load(path: Path) -> PublicTask:
    """Read ``input.npz``, given by its own path or its folder's; reads nothing else.

    Raises:
        InputError: the file is not there, is no npz, or a field is missing or contradicts another.
    """
    file = path / "input.npz" if path.is_dir() else path
    try:
        with np.load(file, allow_pickle=False) as archive:
            arrays: Arrays = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"cannot be read as npz ({error})", source=str(file)) from error
    missing = [name for name in NEEDED if name not in arrays]
    if missing:
        raise InputError(f"lacks {', '.join(missing)}", source=str(file), field=missing[0])
    return from_arrays(arrays, str(file))


def from_arrays(arrays: Arrays, source: str = "-") -> PublicTask:
    """The task of arrays named as in ``input.npz``. Raises InputError as :func:`load` does."""
    ids = tuple(str(name) for name in arrays["ids"])
    step, horizon = (int(np.asarray(arrays[name]).item()) for name in ("step", "horizon"))
    if step <= 0 or horizon < step:
        raise InputError(f"step {step} and horizon {horizon} seconds", source=source, field="step")
    _complete(arrays, len(ids), source)
    times = tuple(np.asarray(arrays[f"t{i}"], dtype=np.int64) for i in range(len(ids)))
    start, values, have = _grid(arrays, times, step, source)
    before = tuple(np.asarray(arrays[f"pre{i}"], dtype=np.float32) for i in range(len(ids)) if f"pre{i}" in arrays)
    return PublicTask(
        ids=ids,
        step=step,
        horizon=horizon,
        start=start,
        values=values,
        have=have,
        times=times,
        split=np.asarray(arrays["split"], dtype=np.int64).reshape(-1),
        incidents=np.asarray(arrays["inc_train"], dtype=np.int64).reshape(-1, 3),
        state_col=int(np.asarray(arrays["state_col"]).item()),
        before=before if len(before) == len(ids) else (),
    )


def _complete(arrays: Arrays, series: int, source: str) -> None:
    """Raises InputError: there is no series, or one lacks its times or its rows."""
    lacking = [name for i in range(series) for name in (f"t{i}", f"X{i}") if name not in arrays]
    if lacking or not series:
        raise InputError(f"lacks {(lacking or ['any series'])[0]}", source=source, field="ids")


def _grid(
    arrays: Arrays, times: tuple[npt.NDArray[np.int64], ...], step: int, source: str
) -> tuple[int, npt.NDArray[np.float32], Mask]:
    """(first second, values (N, G, C), whether there is a row (N, G)) on the common grid of all series."""
    columns = np.asarray(arrays["X0"]).shape[-1]
    seconds = np.concatenate(times)
    if not len(seconds):
        raise InputError("no series has a row", source=source, field="t0")
    start = int(seconds.min())
    length = int(np.rint((int(seconds.max()) - start) / step)) + 1
    if len(times) * length * columns > MAX_CELLS:
        raise InputError(f"{len(times)} series of {length} rows do not fit in memory", source=source, field="step")
    values = np.full((len(times), length, columns), np.nan, dtype=np.float32)
    have = np.zeros((len(times), length), dtype=bool)
    for i, t in enumerate(times):
        rows = np.asarray(arrays[f"X{i}"], dtype=np.float32)
        if rows.shape != (len(t), columns) or (np.diff(t) <= 0).any():
            raise InputError(f"X{i} {rows.shape} does not fit t{i} in order", source=source, field=f"X{i}")
        at = np.rint((t - start) / step).astype(np.int64)
        values[i, at], have[i, at] = rows, True
    return start, values, have


def windows(task: PublicTask, span: int, incidents: npt.NDArray[np.int64]) -> tuple[Mask, Mask]:
    """(starts, busy), both (N, G): an incident starts in (t, t + span]; one is under way at t."""
    seconds = task.seconds
    starts, busy = np.zeros(task.have.shape, dtype=bool), np.zeros(task.have.shape, dtype=bool)
    for i in range(len(task.ids)):
        mine = incidents[incidents[:, 0] == i]
        onset, end = np.sort(mine[:, 1]), np.sort(mine[:, 2])
        begun = np.searchsorted(onset, seconds, "right")
        starts[i] = np.searchsorted(onset, seconds + span, "right") > begun
        busy[i] = begun > np.searchsorted(end, seconds, "right")
    return starts, busy


def labels(task: PublicTask, until: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Labels (N, G, 3) that could be known at ``until`` (seconds per series); NaN: not known, busy, or no row."""
    incidents = task.incidents[task.incidents[:, 1] < until[task.incidents[:, 0]]]
    out = np.full((*task.have.shape, len(task.horizons)), np.nan, dtype=np.float32)
    for k, span in enumerate(task.horizons):
        starts, busy = windows(task, span, incidents)
        known = task.have & ~busy & (task.seconds[None, :] + span < until[:, None])
        out[known, k] = starts[known]
    return out
