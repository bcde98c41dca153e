"""The upstream: a first-come queue in front of finite slots, and the faults that act on it.

A request is one step of the Kiefer-Wolfowitz recursion for a queue with c servers (1955): it starts when the
earliest slot is free. Asked in order of time, that is exact and costs one heap operation, so years fit in minutes.
Nothing is told to look sick: latency, 503 and 504 come from the queue when slots, speed or load change.
"""

from __future__ import annotations

import heapq
import random
from typing import NamedTuple

import numpy as np

from predictor.events import Cause
from training.simulator.shapes import wander
from training.simulator.world import TICK_S, Acts, Fault, Upstream, World

_TABLE = 1 << 14
_OP_SIZE = {5: 1.6, 7: 4.0}  # a zip and a git call cost the server more than a small text
_STALLS = (Cause.PROXY_HANG, Cause.TCP_TIMEOUT)  # nothing comes back until the asker loses patience


class Answer(NamedTuple):
    """How the upstream ended a request: at ``end`` with ``cause`` (``Cause.NONE``: served)."""

    end: float
    cause: int


class Server:
    """An upstream that is being asked. ``ask`` must be called in order of time."""

    def __init__(self, world: World, rng: np.random.Generator) -> None:
        spec: Upstream = world.upstream
        self._spec = spec
        self._free = [0.0] * spec.slots
        self._random = random.Random(int(rng.integers(1 << 62)))
        self._draws = (spec.service_s * np.exp(spec.spread * rng.standard_normal(_TABLE))).tolist()
        self._draw = 0
        pace = wander(world.ticks, spec.wander, rng)
        self._slots = np.full(world.ticks, float(spec.slots))
        self._active: list[tuple[Fault, list[float]]] = []
        for fault in world.faults:
            own = not fault.ops and not fault.pools
            if fault.acts is Acts.SLOTS:
                self._slots *= np.clip(1.0 - fault.severity * fault.strength, 0.001, 1.0)
            elif fault.acts is Acts.LATENCY and own:
                pace *= 1.0 + fault.severity * fault.strength
            elif fault.acts in (Acts.SHARE, Acts.CUT, Acts.QUOTA, Acts.LATENCY):
                self._active.append((fault, fault.severity.tolist()))
        whole = np.maximum(1, np.round(self._slots))
        self._pace = (pace * np.maximum(1.0, whole / self._slots)).tolist()  # less than one slot: a slower one
        self._whole = whole.astype(int).tolist()
        self._tick = -1
        self._now: list[tuple[Fault, float]] = []
        self._minute, self._taken = -1, 0

    def ask(self, now: float, op: int, pool: int, patience: float) -> Answer:
        """Serve one request that arrives at ``now`` and whose asker waits until ``patience`` (both seconds)."""
        tick = int(now / TICK_S)
        if tick != self._tick:
            self._turn(tick, now)
        slower = 1.0
        if self._now:
            hit, slower = self._faults(now, op, pool)
            if hit in _STALLS:
                return self._stall(now, patience, hit)
            if hit:
                return Answer(now + 0.5 * self._draws[self._draw], hit)
        elif self._random.random() < self._spec.noise:
            return Answer(now + self._draws[self._draw], Cause.HTTP_5XX)
        return self._serve(now, op, slower, patience)

    def _serve(self, now: float, op: int, slower: float, patience: float) -> Answer:
        free = self._free
        start = free[0] if free[0] > now else now
        if start > patience:
            return Answer(patience, Cause.PROXY_HANG)
        self._draw = (self._draw + 1) % _TABLE
        service = self._draws[self._draw] * self._pace[self._tick] * slower * _OP_SIZE.get(op, 1.0)
        if (start - now) * len(free) > self._spec.backlog * service:
            return Answer(now + 0.001, Cause.HTTP_5XX)  # the queue is full: 503 at once
        end = start + service
        heapq.heapreplace(free, end)
        return Answer(end, Cause.NONE) if end <= patience else Answer(patience, Cause.PROXY_HANG)

    def _stall(self, now: float, patience: float, cause: int) -> Answer:
        """A request that is never answered keeps its slot as long as the asker waits."""
        if self._free[0] <= now and patience - now < 3600.0:
            heapq.heapreplace(self._free, patience)
        return Answer(patience, cause)

    def _turn(self, tick: int, now: float) -> None:
        """Enter a new tick: slots come or go, and the faults that act in it are looked up once."""
        self._tick = min(tick, len(self._whole) - 1)
        want = self._whole[self._tick]
        while len(self._free) > want:
            heapq.heappop(self._free)
        while len(self._free) < want:
            heapq.heappush(self._free, now)
        self._now = [(fault, line[self._tick]) for fault, line in self._active if line[self._tick] > 0]

    def _faults(self, now: float, op: int, pool: int) -> tuple[int, float]:
        """What the faults of this tick do to one request: (cause or 0, factor of its service time)."""
        slower = 1.0
        for fault, level in self._now:
            if not fault.concerns(op, pool):
                continue
            if fault.acts is Acts.LATENCY:
                slower *= 1.0 + level * fault.strength
            elif self._strikes(fault, level, now):
                return fault.cause, slower
        if self._random.random() < self._spec.noise:
            return Cause.HTTP_5XX, slower
        return Cause.NONE, slower

    def _strikes(self, fault: Fault, level: float, now: float) -> bool:
        """Whether a fault of this level breaks one request that it concerns."""
        if fault.acts is Acts.CUT:
            return True
        if fault.acts is Acts.QUOTA:
            return self._over(now, level, fault.strength)
        return self._random.random() < level * fault.strength

    def _over(self, now: float, level: float, quota: float) -> bool:
        """Whether this minute's quota is used up; it shrinks from four times ``quota`` to ``quota``."""
        minute = int(now / 60.0)
        if minute != self._minute:
            self._minute, self._taken = minute, 0
        self._taken += 1
        return self._taken > quota * (1.0 + 3.0 * (1.0 - level))
