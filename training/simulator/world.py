"""What a simulated world is made of, as frozen values: runner pools, a proxy, an upstream, faults, and what is logged.

Times are seconds since the beginning of the world unless said otherwise; ``World.epoch`` puts them on the calendar.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import numpy.typing as npt

from predictor.events import Cause, Op

TICK_S = 10.0  # faults change in steps of this length: far below a bin, far above a request


class Acts(Enum):
    """Where in the mechanism a fault is injected. Nothing else of the world knows about faults."""

    LATENCY = "service time times 1 + severity * strength"
    SLOTS = "share of the upstream's slots that is lost: severity * strength"
    LOAD = "job arrivals times 1 + severity * strength"
    QUOTA = "requests per minute that the upstream takes before it answers 429: falls to strength"
    SHARE = "share of requests that end with the cause: severity * strength"
    CUT = "every request ends with the cause while severity > 0"
    DISK = "the proxy cannot store: misses arrive empty while severity > 0"
    COLD = "the proxy loses its cache at the start"
    BAD_MODULE = "jobs ask for a module that is not there: share of jobs severity * strength"
    USER = "jobs fail on their own: share of jobs severity * strength"
    GAP = "the logs say nothing while severity > 0"


UNIVERSE = 400  # modules there are


@dataclass(frozen=True, slots=True)
class Fault:
    """One disturbance. ``severity`` holds 0..1 for each tick of the world."""

    kind: str
    acts: Acts
    start: float
    strength: float
    severity: npt.NDArray[np.float64]
    cause: Cause = Cause.NONE
    hard: bool = False  # a cut without any precursor
    benign: bool = False
    ops: frozenset[int] = frozenset()  # empty: all operations
    pools: frozenset[int] = frozenset()  # empty: all vantages

    def concerns(self, op: int, pool: int) -> bool:
        """Whether it touches requests of this operation from this vantage."""
        return (not self.ops or op in self.ops) and (not self.pools or pool in self.pools)


@dataclass(frozen=True, slots=True)
class Pool:
    """Runners of one vantage."""

    name: str
    jobs_per_min: float  # mean over a week
    width: int  # GOMAXPROCS
    deadline: float  # seconds after which CI kills the job
    projects: tuple[npt.NDArray[np.int64], ...]  # module numbers of each project
    warm: float  # share of modules that the runner has on its own disk
    sumdb: float  # share of jobs that ask the checksum database
    lists: float  # share of jobs that ask for version lists
    build_s: float  # median seconds of work after the fetches, 0: the job only downloads


@dataclass(frozen=True, slots=True)
class Proxy:
    """A caching proxy between runners and upstream (``None`` in World: runners ask the upstream themselves)."""

    ttl: float  # seconds that an answer stays fresh, 0: no cache
    slots: int  # requests that it keeps open to the upstream
    backlog: int  # requests that may wait for a slot, the next is answered 503
    timeout: float  # seconds it waits for the upstream
    tries: int  # 1: plain nginx, 2: nginx with proxy_next_upstream (at once), 10: goproxy (with pauses, no access log)
    stale: bool  # serves an expired answer when the upstream fails
    hit_s: float  # seconds to answer from the cache


@dataclass(frozen=True, slots=True)
class Upstream:
    """The server everything depends on: a queue in front of finite slots."""

    name: str
    slots: int
    service_s: float  # median seconds of service
    spread: float  # sigma of its log
    backlog: int  # requests that may wait, the next is answered 503
    noise: float  # share of requests that fail on an ordinary day
    wander: float  # sigma of the slow wander of its service time


@dataclass(frozen=True, slots=True)
class Logged:
    """Which logs of the world are kept and what they say: no two installations agree."""

    proxy: bool = True
    jobs: bool = True
    trace: float = 1.0  # share of jobs that run with -x
    announced: float = 1.0  # share of the others that announce their zips, as go build does and go mod download not
    cache: bool = True  # the proxy logs its cache status
    latency: bool = True  # the proxy logs request times
    signs: bool = False  # the proxy's error log is read too
    one_name: bool = True  # proxy and jobs name the upstream alike (by an alias)
    latency_scale: float = 1.0  # below 1: recordings in dilated time whose request times were not dilated
    lost: float = 0.0  # share of lines that never arrive
    strange: tuple[str, ...] = ()  # wordings of failures that no family knows
    strange_share: float = 0.0  # share of the failures that are told in them


@dataclass(frozen=True, slots=True)
class World:
    """Everything that a run depends on, with the seed."""

    name: str
    seed: int
    epoch: float  # UTC seconds of the world's beginning
    duration: float
    pools: tuple[Pool, ...]
    upstream: Upstream
    proxy: Proxy | None
    faults: tuple[Fault, ...] = ()
    logged: Logged = field(default_factory=Logged)
    universe: int = UNIVERSE
    daily: float = 0.0  # 0: flat load, 1: nights are empty
    ops: tuple[Op, ...] = (Op.MOD, Op.INFO, Op.ZIP)
    label: str = "simulation"  # the world, in the judge's sense, that its records belong to

    @property
    def ticks(self) -> int:
        """Number of ticks of the world."""
        return int(np.ceil(self.duration / TICK_S)) + 1

    def acting(self, acts: Acts, seconds: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Whether a fault that acts so is there at each moment, in seconds from the world's beginning."""
        tick = (seconds / TICK_S).astype(np.int64).clip(0, self.ticks - 1)
        found = np.zeros(len(tick), dtype=bool)
        for fault in self.faults:
            if fault.acts is acts:
                found |= fault.severity[tick] > 0
        return found
