"""Bins of event time: sparse rows, one per (bin, series) that was heard of.

A bin in which nothing of the whole vantage was heard is *missing*; a bin in which the vantage was alive and the
series was not heard of is *zero traffic*. ``frame`` tells them apart, nothing else has to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from predictor.events import EventBatch
from predictor.protocols import FloatArray, Key
from predictor.series.columns import BUCKETS, COLUMNS, INDEX, bucket, contributions, timed

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Frame:
    """One bin of all n series, dense."""

    end: float  # end of the bin, UTC seconds
    counts: FloatArray  # (n, C), columns of ``COLUMNS``
    latency: FloatArray  # (n, BUCKETS)
    missing: npt.NDArray[np.bool_]  # (n,): nothing was heard of the series' vantage


@dataclass(frozen=True, slots=True)
class Bins:
    """``length`` consecutive bins from bin number ``first``; rows are sorted by (bin, series) and unique.

    Bin number b covers ``b * bin_s <= time < (b + 1) * bin_s`` in UTC seconds.
    """

    bin_s: int
    first: int
    length: int
    keys: tuple[Key, ...]
    bin: Integers  # (m,): bin number of the row
    series: npt.NDArray[np.int64]  # (m,): index into ``keys``
    counts: FloatArray  # (m, C)
    latency: FloatArray  # (m, BUCKETS)

    def __len__(self) -> int:
        return self.length

    def end(self, position: int) -> float:
        """End of the bin at ``position`` (0 is the first), UTC seconds."""
        return float((self.first + position + 1) * self.bin_s)

    def column(self, name: str) -> FloatArray:
        """One column of all rows, (m,)."""
        return self.counts[:, INDEX[name]]

    def frames(self, keys: Sequence[Key] | None = None) -> Iterator[Frame]:
        """The bins one by one, dense over ``keys`` (default: the own keys; rows of other keys are left out)."""
        names = self.keys if keys is None else tuple(keys)
        slots = {key: slot for slot, key in enumerate(names)}
        slot_of = np.array([slots.get(key, -1) for key in self.keys], dtype=np.int64)
        vantages = {vantage: number for number, vantage in enumerate(sorted({key[0] for key in (*names, *self.keys)}))}
        of_slot = np.array([vantages[key[0]] for key in names], dtype=np.int64)
        of_key = np.array([vantages[key[0]] for key in self.keys], dtype=np.int64)
        edges = np.searchsorted(self.bin, np.arange(self.first, self.first + self.length + 1))
        for position in range(self.length):
            rows = slice(edges[position], edges[position + 1])
            series = self.series[rows]
            alive = np.zeros(len(vantages), dtype=bool)
            alive[of_key[series]] = True
            slot = slot_of[series]
            kept = slot >= 0
            counts = np.zeros((len(names), len(COLUMNS)), dtype=np.float32)
            latency = np.zeros((len(names), BUCKETS), dtype=np.float32)
            counts[slot[kept]] = self.counts[rows][kept]
            latency[slot[kept]] = self.latency[rows][kept]
            yield Frame(self.end(position), counts, latency, ~alive[of_slot])

    def dense(self) -> tuple[FloatArray, FloatArray, npt.NDArray[np.bool_]]:
        """Counts (T, n, C), latency (T, n, BUCKETS) and missing (T, n) at once: for short histories."""
        frames = list(self.frames())
        shape = (0, len(self.keys))
        if not frames:
            empty = np.zeros((*shape, len(COLUMNS)), np.float32)
            return empty, np.zeros((*shape, BUCKETS), np.float32), np.zeros(shape, bool)
        counts = np.stack([frame.counts for frame in frames])
        return counts, np.stack([f.latency for f in frames]), np.stack([f.missing for f in frames])

    def slice(self, first: int, length: int) -> Bins:
        """The bins ``first .. first + length - 1`` by bin number; those outside are empty."""
        rows = slice(*np.searchsorted(self.bin, (first, first + length)).tolist())
        taken = (self.bin[rows], self.series[rows], self.counts[rows], self.latency[rows])
        return Bins(self.bin_s, first, length, self.keys, *taken)


def empty(bin_s: int, first: int = 0, length: int = 0, keys: Sequence[Key] = ()) -> Bins:
    """Bins in which nothing was heard."""
    none = np.zeros(0, dtype=np.int64)
    counts, latency = np.zeros((0, len(COLUMNS)), np.float32), np.zeros((0, BUCKETS), np.float32)
    return Bins(bin_s, first, length, tuple(keys), none, none, counts, latency)


def usable(batch: EventBatch) -> npt.NDArray[np.bool_]:
    """Rows that belong to a series: their time and their upstream are known."""
    return np.isfinite(batch.time) & (batch.upstream > 0)


def rollup(batch: EventBatch, bin_s: int = 60) -> Bins:
    """All events of a history as bins, vectorised; rows without time or upstream are left out.

    An event without vantage belongs to the vantage ``default``. The order of the events does not matter.
    """
    batch = batch.take(usable(batch))
    if not len(batch):
        return empty(bin_s)
    pairs = batch.vantage.astype(np.int64) * len(batch.strings) + batch.upstream
    found, series = np.unique(pairs, return_inverse=True)
    keys = tuple(
        (batch.strings[p // len(batch.strings)] or "default", batch.strings[p % len(batch.strings)]) for p in found
    )
    number = np.floor(batch.time / bin_s).astype(np.int64)
    first, last = int(number.min()), int(number.max())
    cells, row = np.unique((number - first) * len(keys) + series, return_inverse=True)
    counts = np.zeros((len(cells), len(COLUMNS)), dtype=np.float32)
    for name, mask, weights in contributions(batch):
        if mask.any():
            chosen = None if weights is None else weights[mask]
            counts[:, INDEX[name]] = np.bincount(row[mask], chosen, minlength=len(cells))
    clocked = timed(batch)
    place = row[clocked] * BUCKETS + bucket(batch.latency_s[clocked])
    latency = np.bincount(place, minlength=len(cells) * BUCKETS).reshape(-1, BUCKETS).astype(np.float32)
    rows = Bins(bin_s, first, last - first + 1, keys, first + cells // len(keys), cells % len(keys), counts, latency)
    return rows if len(set(keys)) == len(keys) else merge([rows])


def merge(parts: Sequence[Bins]) -> Bins:
    """The sum of several bins of the same width, over all their keys and from the first to the last bin.

    Raises:
        ValueError: the widths differ, or there is no part.
    """
    width = _width(parts)
    slots: dict[Key, int] = {}
    renamed = [np.array([slots.setdefault(key, len(slots)) for key in part.keys], dtype=np.int64) for part in parts]
    filled = [part for part in parts if part.length]
    if not filled:
        return empty(width, keys=tuple(slots))
    first = min(part.first for part in filled)
    last = max(part.first + part.length for part in filled)
    size = max(len(slots), 1)
    places = [(part.bin - first) * size + names[part.series] for names, part in zip(renamed, parts, strict=True)]
    cells, row = np.unique(np.concatenate(places), return_inverse=True)
    counts = _added(map(attrgetter("counts"), parts), row, (len(cells), len(COLUMNS)))
    latency = _added(map(attrgetter("latency"), parts), row, (len(cells), BUCKETS))
    return Bins(width, first, last - first, tuple(slots), first + cells // size, cells % size, counts, latency)


def _width(parts: Sequence[Bins]) -> int:
    widths = {part.bin_s for part in parts}
    if len(widths) != 1:
        raise ValueError(f"bins of widths {sorted(widths)} do not add up")
    return widths.pop()


def _added(tables: Iterable[FloatArray], row: npt.NDArray[np.intp], shape: tuple[int, int]) -> FloatArray:
    """Rows of several tables one below the other, each added to its ``row`` of the result."""
    total = np.zeros(shape, dtype=np.float32)
    np.add.at(total, row, np.concatenate(list(tables)))
    return total
