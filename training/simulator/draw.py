"""Random worlds. Everything is drawn, so that what a model learns is the mechanism and not one installation.

Two regimes: ``short`` looks like recordings of faults (one to three hours, dense, often in dilated time), ``long``
like production (days, with nights and weekends, small and large fleets).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from predictor.events import Op
from training.simulator import wording
from training.simulator.spread import WIDE, Spread
from training.simulator.trouble import Sizes, benign_fault, outage_fault, quiet_start
from training.simulator.world import UNIVERSE, Fault, Logged, Pool, Proxy, Upstream, World

EPOCH = 1_767_225_600.0  # 2026-01-01T00:00:00Z, a Thursday; worlds lie in the year after it
DAY = 86_400.0
_HOSTS = ("proxy.golang.org", "goproxy.cn", "goproxy.io", "athens.corp:3000", "mirror.lan:8081", "10.0.4.17:443")


@dataclass(frozen=True, slots=True)
class _Regime:
    """The kind of history: production, or a recording of faults in a laboratory whose clock may run faster."""

    long: bool
    duration: float
    dilation: float

    @property
    def laboratory(self) -> bool:
        """Whether its clock runs faster than real."""
        return self.dilation > 1


@dataclass(frozen=True, slots=True)
class _Demand:
    """What the runners ask of the upstream on an ordinary day."""

    per_job: float  # fetches
    through: float  # share of them that the proxy passes on
    per_min: float  # fetches that reach the upstream
    busy: float  # slots in use, on average


def draw_world(seed: int, days: float = 0.0, spread: Spread = WIDE) -> World:
    """A random world, the same for the same seed: ``days`` long, or short, as the spread says, when 0."""
    rng = np.random.default_rng([seed, int(days * 1000)])
    regime = _regime(days, spread, rng)
    proxied = rng.random() < spread.proxied
    vcs = not proxied and rng.random() < 0.3
    ops = _ops(vcs, rng)
    sigma = float(rng.uniform(0.15, 0.8))
    service = regime.dilation * float(np.exp(rng.uniform(np.log(0.003), np.log(0.05 if regime.laboratory else 0.8))))
    pools = _patient(_pools(regime, ops, spread, rng), ops, service)
    tail_s = service * float(np.exp(2.5 * sigma))
    proxy = _proxy(tail_s, regime.dilation, pools, spread, rng) if proxied else None
    through = _miss_share(proxy, pools, rng)
    demand = _demand(pools, ops, through, service, sigma)
    upstream = _upstream(demand, pools[0].width, vcs, service, sigma, rng)
    strange, share = wording.draw(seed) if spread.gateways else ((), 0.0)
    world = World(
        name=f"{'long' if regime.long else spread.short}-{seed}",
        seed=seed,
        epoch=_epoch(regime, rng),
        duration=regime.duration,
        pools=pools,
        upstream=upstream,
        proxy=proxy,
        logged=replace(_logged(proxy, regime.dilation, ops, spread, rng), strange=strange, strange_share=share),
        daily=float(rng.uniform(0.3, 0.95)) if regime.long else 0.0,
        ops=ops,
        label=spread.world,
    )
    draw_faults = _long_faults if regime.long else _short_faults
    return replace(world, faults=draw_faults(_sizes(world, regime, demand), regime.duration, spread, rng))


def _regime(days: float, spread: Spread, rng: np.random.Generator) -> _Regime:
    if days > 0:
        return _Regime(long=True, duration=days * DAY, dilation=1.0)
    duration = float(rng.integers(*spread.minutes)) * 60.0
    return _Regime(long=False, duration=duration, dilation=float(rng.choice(spread.dilations)))


def _epoch(regime: _Regime, rng: np.random.Generator) -> float:
    """Where in the year it begins: a long one at midnight."""
    day = EPOCH + float(rng.integers(0, 364)) * DAY
    return day + (0.0 if regime.long else float(rng.integers(0, 1440)) * 60.0)


def _demand(pools: tuple[Pool, ...], ops: tuple[Op, ...], through: float, service: float, sigma: float) -> _Demand:
    per_job = float(np.mean([_fetches(pool, ops) for pool in pools]))
    per_min = sum(pool.jobs_per_min for pool in pools) * per_job * through
    heavier = 4.0 if Op.VCS in ops else 1.25  # than ``service``: the mean over the operations
    busy = per_min / 60.0 * service * heavier * float(np.exp(sigma**2 / 2))
    return _Demand(per_job, through, per_min, busy)


def _upstream(
    demand: _Demand, width: int, vcs: bool, service: float, sigma: float, rng: np.random.Generator
) -> Upstream:
    burst = width * rng.uniform(0.4, 2.0)  # one job alone asks so much at once
    slots = int(np.clip(np.ceil(max(burst, demand.busy / np.exp(rng.uniform(np.log(0.03), np.log(0.6))))), 2, 400))
    host = "github.com" if vcs else str(rng.choice(_HOSTS))
    wander = float(rng.choice([0.05, 0.15, 0.3]))
    noise = float(rng.choice([0.0, 0.0, 1e-5, 5e-5, 2e-4]))
    backlog = int(rng.choice([200, 1000, 100_000]))
    return Upstream(host, slots, service, sigma, backlog, noise, wander)


def _sizes(world: World, regime: _Regime, demand: _Demand) -> Sizes:
    """What faults are measured by in this world."""
    pool, proxy, upstream = world.pools[0], world.proxy, world.upstream
    return Sizes(
        ticks=world.ticks,
        unit=regime.dilation,
        rho=float(np.clip(demand.busy / upstream.slots, 0.003, 0.95)),
        slots=upstream.slots,
        per_min=demand.per_min,
        misses=demand.per_job * demand.through,
        tries=min(2, proxy.tries) if proxy is not None else 1,
        slow=_slow(proxy, pool, world.ops, upstream.service_s, upstream.spread),
        pools=len(world.pools),
        sumdb=pool.sumdb > 0.5,
        ops=world.ops,
    )


def _ops(vcs: bool, rng: np.random.Generator) -> tuple[Op, ...]:
    if vcs:
        return (Op.VCS,)
    return (Op.MOD, Op.INFO, Op.ZIP) if rng.random() < 0.7 else (Op.MOD, Op.ZIP)


def _fetches(pool: Pool, ops: tuple[Op, ...]) -> float:
    size = float(np.mean([len(project) for project in pool.projects])) * (1.0 - pool.warm)
    return max(1.0, size * (len(ops) + pool.sumdb + 0.25 * pool.lists))


def _pools(regime: _Regime, ops: tuple[Op, ...], spread: Spread, rng: np.random.Generator) -> tuple[Pool, ...]:
    count = int(rng.choice(spread.pools))
    least, most = (8.0, 90.0) if regime.long else (15.0, 300.0)
    per_min = float(np.exp(rng.uniform(np.log(least), np.log(most))))
    # A laboratory runs so many jobs; elsewhere their number follows from the fetches.
    jobs_per_min = float(rng.uniform(*spread.jobs_per_min)) if regime.laboratory else 0.0
    weights = _popularity(rng)
    median = _project_size(regime, per_min / (len(ops) * 0.25), rng)  # a job every four minutes at least
    habits = _habits(regime, ops, rng)
    names = ("default",) if count == 1 else ("eu", "us", "ap")[:count]
    shares = rng.dirichlet(np.full(count, 4.0))
    pools = []
    for name, share in zip(names, shares, strict=True):
        sizes = np.clip(median * np.exp(0.6 * rng.standard_normal(int(rng.integers(3, 12)))), 2, 300).astype(int)
        pool = replace(habits, name=name, projects=tuple(_project(int(size), weights, rng) for size in sizes))
        rate = (jobs_per_min or per_min / _fetches(pool, ops)) * float(share)
        pools.append(replace(pool, jobs_per_min=max(0.02, rate)))
    return tuple(pools)


def _popularity(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """How often each module of the universe is required, as shares: a few are everywhere."""
    weights = np.arange(1, UNIVERSE + 1, dtype=np.float64) ** -rng.uniform(0.4, 1.1)
    weights /= weights.sum()
    return weights


def _project_size(regime: _Regime, most: float, rng: np.random.Generator) -> float:
    """Median number of modules of a project; ``most`` keeps jobs frequent where nothing else does."""
    if regime.laboratory:
        return float(rng.uniform(8.0, 45.0))
    return float(np.exp(rng.uniform(np.log(5.0), np.log(min(60.0, max(6.0, most))))))


def _habits(regime: _Regime, ops: tuple[Op, ...], rng: np.random.Generator) -> Pool:
    """What the pools of a world have in common, as a pool without projects."""
    real = regime.dilation == 1.0
    warm = float(rng.choice([0.0, 0.0, 0.3, 0.8])) if real else 0.0
    sumdb, lists = float(rng.choice([0.0, 0.0, 0.2, 1.0])), float(rng.choice([0.0, 0.1, 0.3]))
    width = int(rng.choice([2, 2, 4, 8, 16]))
    deadline = float(rng.choice([300.0, 900.0, 1800.0])) if real else regime.dilation * float(rng.uniform(8.0, 40.0))
    build = float(rng.choice([0.0, 0.0, 20.0, 120.0])) if real else 0.0
    return Pool("", 1.0, width, deadline, (), warm, sumdb if Op.VCS not in ops else 0.0, lists, build)


def _patient(pools: tuple[Pool, ...], ops: tuple[Op, ...], service: float) -> tuple[Pool, ...]:
    """Deadlines with room for an ordinary day: nobody keeps a CI limit that kills healthy jobs."""
    return tuple(replace(pool, deadline=max(pool.deadline, 5.0 * _job_s(pool, ops, service))) for pool in pools)


def _job_s(pool: Pool, ops: tuple[Op, ...], service: float) -> float:
    """Seconds that the fetches of a middling job take when all is well and nothing is cached."""
    size = float(np.max([len(project) for project in pool.projects])) * (1.0 - pool.warm)
    rounds = sum(1.0 if op is Op.INFO else 1.0 / pool.width for op in ops) + (pool.sumdb + pool.lists) / pool.width
    return 1.6 * size * service * rounds + pool.build_s


def _project(size: int, weights: npt.NDArray[np.float64], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    return rng.choice(len(weights), size=size, replace=False, p=weights).astype(np.int64)


def _proxy(tail_s: float, dilation: float, pools: tuple[Pool, ...], spread: Spread, rng: np.random.Generator) -> Proxy:
    rate = sum(pool.jobs_per_min for pool in pools) / 60.0
    turn = 1.0 / max(1e-4, rate / 4.0)  # seconds between two asks for a module of middling popularity
    ttl = 0.0 if rng.random() < spread.uncached else float(turn * np.exp(rng.uniform(np.log(0.2), np.log(30.0))))
    timeout = dilation * float(rng.choice([1.0, 2.0, 5.0])) if dilation > 1 else float(rng.choice([5.0, 15.0, 60.0]))
    return Proxy(
        ttl=ttl,
        slots=max(int(rng.choice([32, 64, 512])), 4 * pools[0].width),
        backlog=int(rng.choice([200, 1000, 10_000])),
        timeout=max(timeout, 2.0 * tail_s),
        tries=int(rng.choice([1, 2, 10], p=spread.tries)),
        stale=bool(rng.random() < spread.stale),
        hit_s=dilation * float(rng.uniform(0.0003, 0.004)),
    )


def _miss_share(proxy: Proxy | None, pools: tuple[Pool, ...], rng: np.random.Generator) -> float:
    """Rough share of requests that reach the upstream; only to size it."""
    if proxy is None or proxy.ttl <= 0:
        return 1.0
    rate = sum(pool.jobs_per_min for pool in pools) / 60.0 / 4.0
    return float(np.clip(1.0 / (1.0 + rate * proxy.ttl), 0.05, 1.0) * rng.uniform(0.8, 1.2))


def _slow(proxy: Proxy | None, pool: Pool, ops: tuple[Op, ...], service: float, sigma: float) -> float:
    by_deadline = pool.deadline / max(1e-6, _job_s(pool, ops, service))
    by_timeout = by_deadline if proxy is None else proxy.timeout / (service * float(np.exp(2.3 * sigma)))
    return max(1.5, min(by_deadline, by_timeout))


def _logged(
    proxy: Proxy | None, dilation: float, ops: tuple[Op, ...], spread: Spread, rng: np.random.Generator
) -> Logged:
    mode = "jobs"
    if proxy is not None and proxy.tries < 10:
        mode = str(rng.choice(spread.logs))
    return Logged(
        proxy=mode != "jobs",
        jobs=mode != "proxy",
        trace=float(rng.choice([0.0, 0.3, 0.5, 1.0, 1.0])) if Op.VCS not in ops else 0.0,
        announced=float(rng.choice([0.0, 0.5, 1.0])),
        cache=bool(rng.random() < 0.75),
        latency=bool(rng.random() < spread.timed),
        signs=bool(rng.random() < 0.4),
        one_name=bool(rng.random() < 0.6),
        latency_scale=float(rng.choice([1.0, 1.0 / dilation])),
        lost=float(rng.choice(spread.lost)),
    )


def _short_faults(sizes: Sizes, duration: float, spread: Spread, rng: np.random.Generator) -> tuple[Fault, ...]:
    start = quiet_start(duration, spread, rng)
    room = duration - start
    draw = rng.random()
    faults: list[Fault] = []
    if draw < spread.faulty:
        faults.append(outage_fault(sizes, start, room, spread, rng, hard=bool(rng.random() < spread.hard)))
        if rng.random() < spread.overlapping:
            later = start + rng.uniform(0, 0.3) * room
            faults.append(outage_fault(sizes, later, 0.7 * room, spread, rng, hard=False))
        if rng.random() < spread.before:
            faults.append(benign_fault(sizes, rng.uniform(300.0, start), min(start, 1500.0), rng))
    elif draw < spread.faulty + spread.benign:
        faults.append(benign_fault(sizes, start, room, rng))
        if rng.random() < 0.3:
            faults.append(benign_fault(sizes, rng.uniform(600.0, 0.8 * duration), 0.2 * duration, rng))
    return tuple(faults)


def _long_faults(sizes: Sizes, duration: float, spread: Spread, rng: np.random.Generator) -> tuple[Fault, ...]:
    """A trouble in about five days, two thirds of them benign, at any hour, never on top of one another."""
    faults: list[Fault] = []
    clock = float(rng.exponential(3.0 * DAY)) + 3600.0
    while clock < duration - 3 * 3600.0:
        room = float(rng.uniform(0.5, 3.0)) * 3600.0
        start = float(np.floor(clock / 10.0) * 10.0)
        if rng.random() < 0.3:
            faults.append(outage_fault(sizes, start, room, spread, rng, hard=bool(rng.random() < spread.hard)))
        else:
            faults.append(benign_fault(sizes, start, room, rng))
        clock += room + float(rng.exponential(5.0 * DAY))
    return tuple(faults)
