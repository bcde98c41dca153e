"""What goes on beside a series: trouble at its neighbours is often the first half of its own.

Neighbours are the same upstream at other vantages, the other upstreams of the same vantage, the hosts of the same
domain, and the upstreams that the configured topology says it depends on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from predictor.protocols import FloatArray, Key

Codes = npt.NDArray[np.int64]
SIGNALS = ("break", "slow", "out")  # derived build failures, latency in doublings, outage under way


class Group:
    """Series that share something; sums and maxima over the others in one pass."""

    def __init__(self, labels: Sequence[str]) -> None:
        numbers = {label: number for number, label in enumerate(dict.fromkeys(labels))}
        self._of = np.array([numbers[label] for label in labels], np.int64)
        self._order: Codes = np.argsort(self._of, kind="stable")
        self._starts: Codes = np.searchsorted(self._of[self._order], np.arange(len(numbers)))
        self._alone = np.bincount(self._of, minlength=len(numbers))[self._of] < 2

    def highest(self, values: FloatArray) -> FloatArray:
        """Maximum (V, n) over the others of each series' group, 0 for a series alone."""
        if not len(self._of):
            return values
        top = np.maximum.reduceat(values[:, self._order], self._starts, axis=1)[:, self._of]
        is_top = values == top
        tied = np.add.reduceat(is_top[:, self._order].astype(np.int32), self._starts, axis=1)[:, self._of] > 1
        rest = np.where(is_top, np.float32(-np.inf), values)
        second = np.maximum.reduceat(rest[:, self._order], self._starts, axis=1)[:, self._of]
        best = np.where(is_top & ~tied, second, top)
        return np.where(self._alone, 0.0, best).astype(np.float32)

    def total(self, values: FloatArray) -> FloatArray:
        """Sum (V, n) over the others of each series' group."""
        if not len(self._of):
            return values
        whole = np.add.reduceat(values[:, self._order], self._starts, axis=1)[:, self._of]
        return (whole - values).astype(np.float32)


class Neighbours:
    """Features from the neighbours' signals; all 0 where there is no neighbour or all are quiet."""

    names: tuple[str, ...] = (
        *(f"{group}_{signal}" for group in ("same_upstream", "same_vantage", "same_domain") for signal in SIGNALS),
        *(f"fleet_{signal}" for signal in SIGNALS),
        *(f"behind_{signal}" for signal in SIGNALS),
        "neighbours",
    )

    def __init__(self, depends: Mapping[str, Sequence[str]] | None = None) -> None:
        self._depends = {upstream: tuple(behind) for upstream, behind in (depends or {}).items()}
        self._groups: list[Group] = []
        self._edges = np.zeros((2, 0), np.int64)

    def grow(self, keys: Sequence[Key]) -> None:
        """Learn who stands beside whom."""
        upstreams, vantages = [key[1] for key in keys], [key[0] for key in keys]
        self._groups = [Group(upstreams), Group(vantages), Group([domain(upstream) for upstream in upstreams])]
        places: dict[str, list[int]] = {}
        for place, upstream in enumerate(upstreams):
            places.setdefault(upstream, []).append(place)
        edges = [(place, back) for place, name in enumerate(upstreams) for back in self._behind(name, places)]
        self._edges = np.array(edges, np.int64).reshape(-1, 2).T

    def step(self, signals: FloatArray, heard: npt.NDArray[np.bool_]) -> FloatArray:
        """Features (F, n) from the signals (3, n) of one bin; NaN signals and unheard series count as quiet."""
        signals = np.where(heard, np.nan_to_num(signals), 0.0).astype(np.float32)
        behind = np.zeros_like(signals)
        for row, values in enumerate(signals):
            np.maximum.at(behind[row], self._edges[0], values[self._edges[1]])
        rows = [group.highest(np.maximum(signals, 0.0)) for group in self._groups]
        totals = self._groups[1].total(np.concatenate([signals, heard[None].astype(np.float32)]))
        mean, others = totals[:-1] / np.maximum(totals[-1], 1.0), totals[-1:]
        return np.concatenate([*rows, mean, behind, np.log1p(others)]).astype(np.float32)

    def _behind(self, upstream: str, places: Mapping[str, list[int]]) -> list[int]:
        return [place for name in self._depends.get(upstream, ()) for place in places.get(name, ())]


def domain(upstream: str) -> str:
    """The last two labels of a host without its port; an address or a single label is its own domain."""
    host = upstream.rsplit(":", 1)[0] if upstream.count(":") == 1 else upstream
    labels = host.split(".")
    if len(labels) < 3 or labels[-1].isdigit():
        return host
    return ".".join(labels[-2:])
