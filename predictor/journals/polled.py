"""Bins that were counted elsewhere (a Prometheus server) as journal entries, one entry per answer.

A service that starts asks for the last hours again, so the same bin can stand in several entries: the newest counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.carried import pack, unpack
from predictor.errors import ArtifactError
from predictor.series import BUCKETS, COLUMNS, Bins, empty, merge

KIND = "polled"


def entry(bins: Bins) -> dict[str, Any]:
    """The journal entry of an answer; its ``time`` is the end of the last bin, UTC seconds."""
    return {
        "time": float((bins.first + bins.length) * bins.bin_s),
        "bin_s": bins.bin_s,
        "first": bins.first,
        "length": bins.length,
        "columns": list(COLUMNS),
        "keys": [list(key) for key in bins.keys],
        "bin": bins.bin.tolist(),
        "series": bins.series.tolist(),
        "counts": pack(bins.counts.T),
        "latency": pack(bins.latency.T),
    }


def bins_of(journal: Iterable[Mapping[str, Any]], bin_s: int, damaged: Callable[[str], None]) -> Bins:
    """All polled bins of width ``bin_s``; ``damaged`` is told of each entry that cannot be used."""
    parts: list[Bins] = []
    for number, each in enumerate(journal, start=1):
        try:
            part = _bins(each)
        except (KeyError, TypeError, ValueError, ArtifactError) as error:
            damaged(f"entry {number} of the polled bins is damaged: {type(error).__name__} {error}")
            continue
        if part.bin_s == bin_s:
            parts.append(part)
        else:
            damaged(f"entry {number} of the polled bins is {part.bin_s} s wide, not {bin_s} s")
    return merge(_newest(parts)) if parts else empty(bin_s)


def _bins(value: Mapping[str, Any]) -> Bins:
    if list(value["columns"]) != list(COLUMNS):
        raise ValueError("it has other columns")
    keys = tuple((str(vantage), str(upstream)) for vantage, upstream in value["keys"])
    number, series = (np.array(value[name], np.int64) for name in ("bin", "series"))
    counts = unpack(value["counts"], (len(COLUMNS),), "counts").T
    latency = unpack(value["latency"], (BUCKETS,), "latency").T
    first, length = int(value["first"]), int(value["length"])
    if not len(number) == len(series) == len(counts) == len(latency):
        raise ValueError("its columns have different lengths")
    if not _within(series, 0, len(keys)):
        raise ValueError("a row belongs to no series")
    if not _within(number, first, first + length):
        raise ValueError("a row lies outside of its bins")
    return Bins(int(value["bin_s"]), first, length, keys, number, series, counts, latency)


def _within(numbers: npt.NDArray[np.int64], low: int, high: int) -> bool:
    """Whether all lie in ``[low, high)``."""
    return bool(np.all((low <= numbers) & (numbers < high)))


def _newest(parts: list[Bins]) -> list[Bins]:
    """The same parts without the rows that a later part has again."""
    seen: set[tuple[int, tuple[str, str]]] = set()
    kept = []
    for part in reversed(parts):
        cells = [(number, part.keys[place]) for number, place in zip(part.bin.tolist(), part.series, strict=True)]
        fresh = np.array([cell not in seen for cell in cells], dtype=bool)
        seen.update(cells)
        rows = (part.bin[fresh], part.series[fresh], part.counts[fresh], part.latency[fresh])
        kept.append(replace(part, bin=rows[0], series=rows[1], counts=rows[2], latency=rows[3]))
    return kept[::-1]
