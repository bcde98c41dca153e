"""Which cause the failures of each series had of late: what a decision names as the most likely one."""

from __future__ import annotations

import math

import numpy as np

from predictor.events import Cause, EventBatch, Outcome
from predictor.protocols import Key

MEMORY_S = 900.0  # a failure counts 1/e after a quarter of an hour
MAX_SERIES = 20_000


class Blame:
    """Decayed counts of causes per series; memory is bounded by series x causes."""

    def __init__(self) -> None:
        self._weights: dict[Key, dict[int, tuple[float, float]]] = {}  # cause -> (weight, time of it)

    def add(self, batch: EventBatch) -> None:
        """Take the failed and hung events of a batch; those without a cause, time or upstream say nothing."""
        bad = (batch.outcome == Outcome.FAILED) | (batch.outcome == Outcome.HUNG)
        rows = np.flatnonzero(bad & (batch.cause != Cause.NONE) & np.isfinite(batch.time) & (batch.upstream > 0))
        for row in rows.tolist():
            key = (batch.strings[batch.vantage[row]] or "default", batch.strings[batch.upstream[row]])
            if key not in self._weights and len(self._weights) >= MAX_SERIES:
                continue
            causes = self._weights.setdefault(key, {})
            weight, then = causes.get(int(batch.cause[row]), (0.0, -math.inf))
            now = max(then, float(batch.time[row]))
            causes[int(batch.cause[row])] = (weight * math.exp(max(-700.0, (then - now) / MEMORY_S)) + 1.0, now)

    def cause(self, key: Key) -> str:
        """The heaviest cause of a series, ``none`` when it never failed."""
        causes = self._weights.get(key)
        if not causes:
            return Cause.NONE.name.lower()
        now = max(then for _, then in causes.values())
        heaviest = max(causes, key=lambda cause: causes[cause][0] * math.exp((causes[cause][1] - now) / MEMORY_S))
        return Cause(heaviest).name.lower()
