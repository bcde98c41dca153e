"""Random worlds. Everything is drawn, so that what a model learns is the mechanism and not one installation.

Two regimes: ``short`` looks like recordings of faults (one to three hours, dense, often in dilated time), ``long``
like production (days, with nights and weekends, small and large fleets).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from predictor.events import Op
from training.simulator.trouble import Sizes, benign_fault, outage_fault, quiet_start
from training.simulator.world import Fault, Logged, Pool, Proxy, Upstream, World

EPOCH = 1_767_225_600.0  # 2026-01-01T00:00:00Z, a Thursday; worlds lie in the year after it
DAY = 86_400.0
_HOSTS = ("proxy.golang.org", "goproxy.cn", "goproxy.io", "athens.corp:3000", "mirror.lan:8081", "10.0.4.17:443")


def draw_world(seed: int, days: float = 0.0) -> World:
    """A random world: ``days`` long, or short (70 to 180 minutes) when 0."""
    rng = np.random.default_rng([seed, int(days * 1000)])
    long = days > 0
    duration = days * DAY if long else float(rng.integers(65, 180)) * 60.0
    dilation = float(rng.choice([1.0, 1.0, 20.0, 40.0, 60.0, 60.0, 60.0])) if not long else 1.0
    proxied = rng.random() < 0.75
    vcs = not proxied and rng.random() < 0.3
    ops = _ops(vcs, rng)
    spread = float(rng.uniform(0.15, 0.8))
    service = dilation * float(np.exp(rng.uniform(np.log(0.003), np.log(0.05 if dilation > 1 else 0.8))))
    pools = _patient(_pools(long, dilation, ops, rng), ops, service)
    proxy = _proxy(service * float(np.exp(2.5 * spread)), dilation, pools, rng) if proxied else None
    per_job = float(np.mean([_fetches(pool, ops) for pool in pools]))
    through = _miss_share(proxy, pools, rng)
    per_min = sum(pool.jobs_per_min for pool in pools) * per_job * through
    busy = per_min / 60.0 * service * (4.0 if vcs else 1.25) * float(np.exp(spread**2 / 2))  # slots in use, on average
    burst = pools[0].width * rng.uniform(0.4, 2.0)  # one job alone asks so much at once
    slots = int(np.clip(np.ceil(max(burst, busy / np.exp(rng.uniform(np.log(0.03), np.log(0.6))))), 2, 400))
    host = "github.com" if vcs else str(rng.choice(_HOSTS))
    wander = float(rng.choice([0.05, 0.15, 0.3]))
    noise = float(rng.choice([0.0, 0.0, 1e-5, 5e-5, 2e-4]))
    backlog = int(rng.choice([200, 1000, 100_000]))
    upstream = Upstream(host, slots, service, spread, backlog, noise, wander)
    world = World(
        name=f"{'long' if long else 'short'}-{seed}",
        seed=seed,
        epoch=EPOCH + float(rng.integers(0, 364)) * DAY + (0.0 if long else float(rng.integers(0, 1440)) * 60.0),
        duration=duration,
        pools=pools,
        upstream=upstream,
        proxy=proxy,
        logged=_logged(proxy, dilation, ops, rng),
        daily=float(rng.uniform(0.3, 0.95)) if long else 0.0,
        ops=ops,
    )
    sizes = Sizes(
        ticks=world.ticks,
        unit=dilation,
        rho=float(np.clip(busy / slots, 0.003, 0.95)),
        per_min=per_min,
        misses=per_job * through,
        tries=min(2, proxy.tries) if proxy is not None else 1,
        slow=_slow(proxy, pools[0], ops, service, spread),
        pools=len(pools),
        sumdb=pools[0].sumdb > 0.5,
        ops=ops,
    )
    return replace(world, faults=_long_faults(sizes, duration, rng) if long else _short_faults(sizes, duration, rng))


def _ops(vcs: bool, rng: np.random.Generator) -> tuple[Op, ...]:
    if vcs:
        return (Op.VCS,)
    return (Op.MOD, Op.INFO, Op.ZIP) if rng.random() < 0.7 else (Op.MOD, Op.ZIP)


def _fetches(pool: Pool, ops: tuple[Op, ...]) -> float:
    size = float(np.mean([len(project) for project in pool.projects])) * (1.0 - pool.warm)
    return max(1.0, size * (len(ops) + pool.sumdb + 0.25 * pool.lists))


def _pools(long: bool, dilation: float, ops: tuple[Op, ...], rng: np.random.Generator) -> tuple[Pool, ...]:
    count = int(rng.choice([1, 1, 1, 2, 3]))
    per_min = float(np.exp(rng.uniform(np.log(8.0), np.log(90.0 if long else 220.0))))
    jobs_per_min = float(rng.uniform(0.5, 2.2)) if dilation > 1 else 0.0  # a laboratory runs so many; else by fetches
    universe = 400
    weights = np.arange(1, universe + 1, dtype=np.float64) ** -rng.uniform(0.4, 1.1)
    weights /= weights.sum()
    most = max(6.0, per_min / (len(ops) * 0.25))  # a job every four minutes at least
    median = float(
        rng.uniform(8.0, 45.0) if dilation > 1 else np.exp(rng.uniform(np.log(5.0), np.log(min(60.0, most))))
    )
    warm = float(rng.choice([0.0, 0.0, 0.3, 0.8])) if dilation == 1.0 else 0.0
    sumdb, lists = float(rng.choice([0.0, 0.0, 0.2, 1.0])), float(rng.choice([0.0, 0.1, 0.3]))
    width = int(rng.choice([2, 2, 4, 8, 16]))
    deadline = dilation * float(rng.uniform(8.0, 40.0)) if dilation > 1 else float(rng.choice([300.0, 900.0, 1800.0]))
    build = float(rng.choice([0.0, 0.0, 20.0, 120.0])) if dilation == 1.0 else 0.0
    names = ("default",) if count == 1 else ("eu", "us", "ap")[:count]
    shares = rng.dirichlet(np.full(count, 4.0))
    pools = []
    for name, share in zip(names, shares, strict=True):
        sizes = np.clip(median * np.exp(0.6 * rng.standard_normal(int(rng.integers(3, 12)))), 2, 300).astype(int)
        projects = tuple(_project(int(size), weights, rng) for size in sizes)
        pool = Pool(name, 1.0, width, deadline, projects, warm, sumdb if Op.VCS not in ops else 0.0, lists, build)
        rate = (jobs_per_min or per_min / _fetches(pool, ops)) * float(share)
        pools.append(replace(pool, jobs_per_min=max(0.02, rate)))
    return tuple(pools)


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


def _proxy(tail_s: float, dilation: float, pools: tuple[Pool, ...], rng: np.random.Generator) -> Proxy:
    rate = sum(pool.jobs_per_min for pool in pools) / 60.0
    turn = 1.0 / max(1e-4, rate / 4.0)  # seconds between two asks for a module of middling popularity
    ttl = 0.0 if rng.random() < 0.35 else float(turn * np.exp(rng.uniform(np.log(0.2), np.log(30.0))))
    timeout = dilation * float(rng.choice([1.0, 2.0, 5.0])) if dilation > 1 else float(rng.choice([5.0, 15.0, 60.0]))
    return Proxy(
        ttl=ttl,
        slots=max(int(rng.choice([32, 64, 512])), 4 * pools[0].width),
        backlog=int(rng.choice([200, 1000, 10_000])),
        timeout=max(timeout, 2.0 * tail_s),
        tries=int(rng.choice([1, 2, 10], p=[0.5, 0.4, 0.1])),
        stale=bool(rng.random() < 0.3),
        hit_s=dilation * float(rng.uniform(0.0003, 0.004)),
    )


def _miss_share(proxy: Proxy | None, pools: tuple[Pool, ...], rng: np.random.Generator) -> float:
    """Rough share of requests that reach the upstream; only to size it."""
    if proxy is None or proxy.ttl <= 0:
        return 1.0
    rate = sum(pool.jobs_per_min for pool in pools) / 60.0 / 4.0
    return float(np.clip(1.0 / (1.0 + rate * proxy.ttl), 0.05, 1.0) * rng.uniform(0.8, 1.2))


def _slow(proxy: Proxy | None, pool: Pool, ops: tuple[Op, ...], service: float, spread: float) -> float:
    by_deadline = pool.deadline / max(1e-6, _job_s(pool, ops, service))
    by_timeout = by_deadline if proxy is None else proxy.timeout / (service * float(np.exp(2.3 * spread)))
    return max(1.5, min(by_deadline, by_timeout))


def _logged(proxy: Proxy | None, dilation: float, ops: tuple[Op, ...], rng: np.random.Generator) -> Logged:
    mode = "jobs"
    if proxy is not None and proxy.tries < 10:
        mode = str(rng.choice(["both", "both", "both", "proxy", "proxy", "jobs"]))
    return Logged(
        proxy=mode != "jobs",
        jobs=mode != "proxy",
        trace=float(rng.choice([0.0, 0.3, 0.5, 1.0, 1.0])) if Op.VCS not in ops else 0.0,
        announced=float(rng.choice([0.0, 0.5, 1.0])),
        cache=bool(rng.random() < 0.75),
        latency=bool(rng.random() < 0.9),
        signs=bool(rng.random() < 0.4),
        one_name=bool(rng.random() < 0.6),
        latency_scale=float(rng.choice([1.0, 1.0 / dilation])),
        lost=float(rng.choice([0.0, 0.0, 0.0, 0.05])),
    )


def _short_faults(sizes: Sizes, duration: float, rng: np.random.Generator) -> tuple[Fault, ...]:
    start = quiet_start(duration, rng)
    room = duration - start
    draw = rng.random()
    faults: list[Fault] = []
    if draw < 0.56:
        faults.append(outage_fault(sizes, start, room, rng, hard=bool(rng.random() < 0.3)))
        if rng.random() < 0.12:
            faults.append(outage_fault(sizes, start + rng.uniform(0, 0.3) * room, 0.7 * room, rng, hard=False))
        if rng.random() < 0.25:
            faults.append(benign_fault(sizes, rng.uniform(300.0, start), min(start, 1500.0), rng))
    elif draw < 0.9:
        faults.append(benign_fault(sizes, start, room, rng))
        if rng.random() < 0.3:
            faults.append(benign_fault(sizes, rng.uniform(600.0, 0.8 * duration), 0.2 * duration, rng))
    return tuple(faults)


def _long_faults(sizes: Sizes, duration: float, rng: np.random.Generator) -> tuple[Fault, ...]:
    """A trouble in about five days, two thirds of them benign, at any hour, never on top of one another."""
    faults: list[Fault] = []
    clock = float(rng.exponential(3.0 * DAY)) + 3600.0
    while clock < duration - 3 * 3600.0:
        room = float(rng.uniform(0.5, 3.0)) * 3600.0
        start = float(np.floor(clock / 10.0) * 10.0)
        if rng.random() < 0.3:
            faults.append(outage_fault(sizes, start, room, rng, hard=bool(rng.random() < 0.3)))
        else:
            faults.append(benign_fault(sizes, start, room, rng))
        clock += room + float(rng.exponential(5.0 * DAY))
    return tuple(faults)
