"""The event loop: jobs go through go's own fetch phases against a proxy and an upstream, request by request.

One heap of (time, request) drives it. A process library spends 20 times as much on each event, and vectorised bins
lose what matters here: that a slow answer delays the next request of the same stream, that retries come back as
load, and that waiting is what fills the queue. What go does is in the phases: .mod with GOMAXPROCS streams, .info one
by one, .zip with GOMAXPROCS streams; no retry, no timeout, errors counted only when the phase is over.
"""

from __future__ import annotations

import heapq
import random
from array import array
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from predictor.events import Cache, Cause, Op
from training.simulator.jobs import Job, Request, plan_jobs
from training.simulator.upstream import Server
from training.simulator.world import TICK_S, Acts, Proxy, World

#: Columns of a fetch record, all float64: what the simulator knows, before any log says it. ``first`` is the cause of
#: the newest try that failed, also when a later one went well.
FETCH = ("start", "end", "job", "pool", "op", "module", "cache", "cause", "tries", "killed", "first")
#: Columns of a job record. ``cause`` is 0 for success; ``hung`` 1 when CI killed it; ``own`` 1: the user's own error.
JOB = ("start", "end", "job", "pool", "cause", "hung", "own", "fetches")

_RETRIED = frozenset({Cause.HTTP_5XX, Cause.HTTP_429, Cause.TCP_REFUSED, Cause.DNS, Cause.TCP_RESET, Cause.TLS})
_AT_ONCE = _RETRIED | {Cause.PROXY_HANG}  # what nginx's proxy_next_upstream can be told to try again
_SERVED_BAD = frozenset({Cause.CHECKSUM_MISMATCH})  # looks whole to a proxy, which keeps it


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything that happened: ``fetches`` (n, len(FETCH)) and ``jobs`` (m, len(JOB)), each in order of end."""

    world: World
    fetches: npt.NDArray[np.float64]
    jobs: npt.NDArray[np.float64]

    def fetch(self, name: str) -> npt.NDArray[np.float64]:
        """One column of the fetch records."""
        return self.fetches[:, FETCH.index(name)]

    def job(self, name: str) -> npt.NDArray[np.float64]:
        """One column of the job records."""
        return self.jobs[:, JOB.index(name)]


def play(world: World) -> Trace:
    """Run ``world`` from its seed to its end; the same world gives the same trace."""
    rng = np.random.default_rng(world.seed)
    return _Play(world, rng).run(plan_jobs(world, rng))


class _Play:
    def __init__(self, world: World, rng: np.random.Generator) -> None:
        self._world, self._proxy = world, world.proxy
        self._server = Server(world, rng)
        self._random = random.Random(int(rng.integers(1 << 62)))
        self._heap: list[tuple[float, int, Job, Request | None]] = []
        self._count = 0
        self._fetches, self._jobs = array("d"), array("d")
        self._fresh: dict[int, float] = {}
        self._bad: set[int] = set()
        self._busy = 0
        self._waiting: deque[tuple[Job, Request]] = deque()
        self._disk = _ticks(world, Acts.DISK)
        self._cold = sorted(fault.start for fault in world.faults if fault.acts is Acts.COLD)

    def run(self, jobs: list[Job]) -> Trace:
        self._prefill(jobs)
        for job in jobs:
            self._push(job.start, job, None)
        heap = self._heap
        while heap:
            now, _, job, request = heapq.heappop(heap)
            if request is None:
                self._next_phase(now, job)
            elif request.ended:
                self._ended(now, job, request)
            else:
                self._ask(now, job, request)
        fetches = np.frombuffer(self._fetches, dtype=np.float64).reshape(-1, len(FETCH))
        runs = np.frombuffer(self._jobs, dtype=np.float64).reshape(-1, len(JOB))
        return Trace(self._world, _by_end(fetches), _by_end(runs))

    def _push(self, time: float, job: Job, request: Request | None) -> None:
        self._count += 1
        heapq.heappush(self._heap, (time, self._count, job, request))

    def _prefill(self, jobs: list[Job]) -> None:
        """Put the cache into its steady state: a key asked every T seconds is fresh with share ttl / (ttl + T)."""
        if self._proxy is None or self._proxy.ttl <= 0:
            return
        asked: dict[int, int] = {}
        for job in jobs:
            for op, todo in job.phases:
                for module in todo:
                    asked[_key(op, module)] = asked.get(_key(op, module), 0) + 1
        for key, times in asked.items():
            gap = self._world.duration / times
            if self._random.random() < self._proxy.ttl / (self._proxy.ttl + gap):
                self._fresh[key] = self._random.uniform(0.0, self._proxy.ttl)

    # --- a job's way through its phases

    def _next_phase(self, now: float, job: Job) -> None:
        if job.cause or job.phase + 1 >= len(job.phases):
            self._finish(now, job)
            return
        job.phase += 1
        op, todo = job.phases[job.phase]
        job.index = 0
        width = 1 if op == Op.INFO else job.width
        job.open = min(width, len(todo))
        if job.open == 0:
            self._next_phase(now, job)
        for _ in range(job.open):
            self._issue(now, job)

    def _issue(self, now: float, job: Job) -> None:
        op, todo = job.phases[job.phase]
        if job.index >= len(todo) or now >= job.deadline:
            job.open -= 1
            if job.open == 0:
                self._next_phase(now, job)
            return
        request = Request(now, op, todo[job.index])
        job.index += 1
        self._send(now, job, request)

    def _finish(self, now: float, job: Job) -> None:
        hung = now >= job.deadline
        own = job.own and not job.cause
        end = now if job.cause or hung else min(now + job.build_s, job.deadline)
        self._jobs.extend((job.start, end, job.number, job.pool, job.cause, hung and not own, own, job.fetches))

    # --- a request's way through the proxy

    def _send(self, now: float, job: Job, request: Request) -> None:
        proxy = self._proxy
        if request.module < 0:  # a module that nobody has: an authoritative 404
            self._close(now + self._world.upstream.service_s, job, request, Cause.HTTP_404_410_MISSING)
            return
        if proxy is None:
            self._ask(now, job, request)
            return
        if self._has(now, proxy, request):
            request.cache = Cache.HIT
            bad = Cause.CHECKSUM_MISMATCH if _key(request.op, request.module) in self._bad else Cause.NONE
            self._close(now + proxy.hit_s * self._random.uniform(0.5, 2.0), job, request, bad)
            return
        request.cache = Cache.MISS if proxy.ttl > 0 else Cache.NONE
        if self._busy < proxy.slots:
            self._busy += 1
            request.holds = True
            self._ask(now, job, request)
        elif len(self._waiting) < proxy.backlog:
            self._waiting.append((job, request))
        else:
            self._close(now + 0.001, job, request, Cause.HTTP_5XX)

    def _has(self, now: float, proxy: Proxy, request: Request) -> bool:
        """Whether the cache answers it; what was emptied meanwhile is forgotten first."""
        if proxy.ttl <= 0 or request.op in (Op.LIST, Op.SUMDB):
            return False
        while self._cold and self._cold[0] <= now:
            self._cold.pop(0)
            self._fresh.clear()
        return self._fresh.get(_key(request.op, request.module), -1.0) > now

    def _ask(self, now: float, job: Job, request: Request) -> None:
        proxy = self._proxy
        patience = job.deadline if proxy is None else min(now + proxy.timeout, job.deadline)
        request.tries += 1
        end, cause = self._server.ask(now, request.op, job.pool, patience)
        if proxy is not None:
            request.first = cause or request.first
            if request.tries < proxy.tries and cause in (_AT_ONCE if proxy.tries == 2 else _RETRIED):
                pause = 0.0 if proxy.tries == 2 else min(1.0, 0.1 * 2.0**request.tries)
                again = end + self._random.uniform(0.0, pause)
                if again < job.deadline:
                    self._push(again, job, request)
                    return
            cause = self._keep(now, request, cause)
        self._close(end, job, request, cause)

    def _keep(self, now: float, request: Request, cause: int) -> int:
        """What the proxy makes of the upstream's answer: store it, or serve what it still has."""
        proxy = self._proxy
        if proxy is None:
            return cause
        key = _key(request.op, request.module)
        if cause == Cause.NONE or cause in _SERVED_BAD:
            if self._disk is not None and self._disk[min(int(now / TICK_S), len(self._disk) - 1)]:
                return Cause.TRUNCATED_BODY
            if proxy.ttl > 0:
                self._fresh[key] = now + proxy.ttl
                (self._bad.add if cause else self._bad.discard)(key)
        elif proxy.stale and key in self._fresh:
            request.cache = Cache.STALE
            return Cause.NONE
        return cause

    def _close(self, end: float, job: Job, request: Request, cause: int) -> None:
        """The answer is known: it arrives at ``end``, or CI kills the job before."""
        request.ended = True
        if end >= job.deadline:
            request.cause, request.killed = Cause.PROXY_HANG, True
            end = max(job.deadline, request.start)
        else:
            request.cause = cause
        self._push(end, job, request)

    def _ended(self, now: float, job: Job, request: Request) -> None:
        if request.holds:
            self._release(now)
        job.fetches += 1
        missing = request.cause == Cause.HTTP_404_410_MISSING
        if request.cause and not job.cause and (not missing or job.own):
            job.cause = 0 if missing else request.cause
        record = (request.start, now, job.number, job.pool, request.op, request.module)
        self._fetches.extend((*record, request.cache, request.cause, request.tries, request.killed, request.first))
        self._issue(now, job)

    def _release(self, now: float) -> None:
        """A slot of the proxy is free: the first that waits takes it."""
        self._busy -= 1
        while self._waiting:
            job, request = self._waiting.popleft()
            if now >= job.deadline:
                self._close(now, job, request, Cause.PROXY_HANG)
                continue
            self._busy += 1
            request.holds = True
            self._ask(now, job, request)
            return


def _key(op: int, module: int) -> int:
    return module * 16 + op


def _ticks(world: World, acts: Acts) -> list[bool] | None:
    lines = [fault.severity > 0 for fault in world.faults if fault.acts is acts]
    return np.logical_or.reduce(lines).tolist() if lines else None


def _by_end(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return rows[np.argsort(rows[:, 1], kind="stable")]
