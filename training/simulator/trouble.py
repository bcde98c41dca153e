"""Which disturbances a world meets, drawn with a strength that fits it: at the limit of that world, not beyond measure.

How often which kind comes, how steep ramps are and how many break nothing is the spread's to say. Of the outages of
narrow worlds a tenth come at once, of wide ones a fifth; the rest degrade, and over half of all show in the logs ten
minutes before. A third of all worlds meets only benign trouble that looks like the first half of a real one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from predictor.events import Cause, Op
from training.simulator.shapes import bump, severity
from training.simulator.spread import Spread
from training.simulator.world import TICK_S, Acts, Fault

#: kind -> (where it acts, cause as the upstream's peer sees it)
DEGRADING: dict[str, tuple[Acts, Cause]] = {
    "latency_ramp": (Acts.LATENCY, Cause.PROXY_HANG),
    "capacity_loss": (Acts.SLOTS, Cause.PROXY_HANG),
    "load_growth": (Acts.LOAD, Cause.PROXY_HANG),
    "errors_ramp": (Acts.SHARE, Cause.HTTP_5XX),
    "throttling": (Acts.QUOTA, Cause.HTTP_429),
    "resets": (Acts.SHARE, Cause.TCP_RESET),
    "truncation": (Acts.SHARE, Cause.TRUNCATED_BODY),
    "hang_share": (Acts.SHARE, Cause.PROXY_HANG),
    "dns_flaky": (Acts.SHARE, Cause.DNS),
    "refused_share": (Acts.SHARE, Cause.TCP_REFUSED),
    "auth_share": (Acts.SHARE, Cause.HTTP_403_401_AUTH),
    "lost_share": (Acts.SHARE, Cause.VERSION_UNKNOWN),
    "corrupt_share": (Acts.SHARE, Cause.CHECKSUM_MISMATCH),
}
HARD: dict[str, tuple[Acts, Cause]] = {
    "refused": (Acts.CUT, Cause.TCP_REFUSED),
    "tls_expired": (Acts.CUT, Cause.TLS),
    "hang": (Acts.CUT, Cause.PROXY_HANG),
    "dns_dead": (Acts.CUT, Cause.DNS),
    "errors_cut": (Acts.CUT, Cause.HTTP_5XX),
    "corrupt": (Acts.CUT, Cause.CHECKSUM_MISMATCH),
    "disk_full": (Acts.DISK, Cause.DISK),
}
BENIGN = (
    "load_spike",
    "cold_cache",
    "deploy_blip",
    "bad_module_storm",
    "user_error_storm",
    "nightly_batch",
    "slow_but_fine",
    "latency_wobble",
    "errors_wobble",
    "log_gap",
)
MOST_LOAD = 25.0  # times the ordinary load
ONE_SLOT = 0.7  # slots in use on an ordinary day below which the last one left is enough


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a fault must be measured against, for one world."""

    ticks: int
    unit: float  # real seconds per log second of a dilated recording, 1 otherwise: lengths of blips scale with it
    rho: float  # share of the upstream's slots in use on an ordinary day
    slots: int
    per_min: float  # requests per minute that reach the upstream
    misses: float  # requests of one job that reach the upstream
    tries: int  # ... each so often before the job hears of it
    slow: float  # factor of the service time at which fetches time out or CI kills the jobs
    pools: int
    sumdb: bool
    ops: tuple[Op, ...]


def outage_fault(
    sizes: Sizes, start: float, room: float, spread: Spread, rng: np.random.Generator, *, hard: bool
) -> Fault:
    """A fault meant to break builds, from ``start`` for at most ``room`` seconds. Whether it does, the run decides."""
    if hard:
        kind = str(rng.choice(list(HARD)))
        acts, cause = HARD[kind]
        line = severity("step", sizes.ticks, start, 0.0, float(rng.uniform(0.3, 1.0) * room), rng)
        return _scoped(Fault(kind, acts, start, 1.0, line, cause, hard=True), sizes, rng)
    weights = np.array(spread.weights)
    kind = str(rng.choice(list(DEGRADING), p=weights / weights.sum()))
    if kind == "load_growth" and 1.5 / sizes.rho > MOST_LOAD:
        kind = "capacity_loss"  # no crowd is large enough for this upstream
    if kind == "capacity_loss" and sizes.rho * sizes.slots < ONE_SLOT:
        kind = "latency_ramp"  # the last slot alone would carry it
    acts, cause = DEGRADING[kind]
    rise = float(np.clip(np.exp(rng.uniform(*np.log(spread.rise_min))) * 60.0, 300.0, 0.8 * room))
    shape = str(rng.choice(spread.shapes))
    hold = float(rng.uniform(0.2, 1.0) * (room - rise))
    line = severity(shape, sizes.ticks, start, rise, hold, rng, spread)
    fault = Fault(kind, acts, start, _strength(acts, cause, sizes, spread, rng), line, cause)
    return fault if acts in (Acts.SLOTS, Acts.LOAD) else _scoped(fault, sizes, rng)


def _strength(acts: Acts, cause: Cause, sizes: Sizes, spread: Spread, rng: np.random.Generator) -> float:
    below, just = spread.reach
    reaches = [rng.uniform(0.4, 0.9), rng.uniform(1.5, 3.0), rng.uniform(3.0, 6.0)]
    reach = float(rng.choice(reaches, p=[below, just, 1.0 - below - just]))
    if acts is Acts.LATENCY:
        return max(0.5, 2.0 * min(sizes.slow, 1.0 / sizes.rho) * reach - 1.0)
    if acts is Acts.SLOTS:
        return 1.0 - min(0.95, sizes.rho / reach)
    if acts is Acts.LOAD:
        return float(np.clip(reach / sizes.rho - 1.0, 1.0, MOST_LOAD))
    if acts is Acts.QUOTA:
        return max(1.0, sizes.per_min * float(rng.uniform(*spread.quota)))
    half = _half(sizes)
    worst = min(1.0, half * float(np.exp(rng.uniform(np.log(1.5), np.log(6.0)))))
    return min(worst, 0.3) if cause == Cause.PROXY_HANG else worst


def _half(sizes: Sizes) -> float:
    """The share of bad tries at which every second job breaks."""
    return float((1.0 - 0.5 ** (1.0 / max(2.0, sizes.misses))) ** (1.0 / sizes.tries))


def _scoped(fault: Fault, sizes: Sizes, rng: np.random.Generator) -> Fault:
    """The same fault on some operations or one vantage only, in a third of the cases."""
    ops: frozenset[int] = frozenset()
    pools: frozenset[int] = frozenset()
    draw = rng.random()
    if draw < 0.2 and len(sizes.ops) > 1:
        ops = frozenset({int(rng.choice([Op.ZIP, Op.ZIP, Op.MOD, Op.INFO]))})
    elif draw < 0.27 and sizes.sumdb:
        ops = frozenset({int(Op.SUMDB)})
    elif draw < 0.36 and sizes.pools > 1:
        pools = frozenset({int(rng.integers(sizes.pools))})
    parts = {name: getattr(fault, name) for name in ("kind", "acts", "start", "strength", "severity", "cause", "hard")}
    return Fault(**parts, ops=ops, pools=pools)


def benign_fault(sizes: Sizes, start: float, room: float, rng: np.random.Generator) -> Fault:
    """Trouble that builds survive, or that is not the upstream's: see :data:`BENIGN`."""
    kind = str(rng.choice(BENIGN))
    ticks = sizes.ticks
    rise = float(min(rng.uniform(1.0, 15.0) * 60.0, room / 3))
    line = bump(ticks, start, rise, float(rng.uniform(0.1, 0.5) * room), rng)
    flat = severity("step", ticks, start, 0.0, float(min(rng.uniform(5.0, 40.0) * 60.0, room)), rng)
    below = float(rng.uniform(0.1, 0.6))  # how near to the limit it comes
    acts, strength, curve, cause = _benign(kind, sizes, below, line, flat, rng)
    if kind == "deploy_blip":  # the old process is gone before the new one listens, or the new one starts cold and slow
        slow = rng.random() < 0.5
        curve = severity(
            "step", ticks, start, 0.0, float(rng.uniform(60.0, 240.0) if slow else rng.uniform(5.0, 30.0)), rng
        )
        acts, strength = (Acts.LATENCY, float(rng.uniform(2.0, 8.0))) if slow else (acts, strength)
    return Fault(kind, acts, start, strength, curve, cause, benign=True)


def _benign(
    kind: str,
    sizes: Sizes,
    below: float,
    line: npt.NDArray[np.float64],
    flat: npt.NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[Acts, float, npt.NDArray[np.float64], Cause]:
    limit = min(sizes.slow, 1.0 / sizes.rho)
    half = _half(sizes)
    table: dict[str, tuple[Acts, float, npt.NDArray[np.float64], Cause]] = {
        "load_spike": (Acts.LOAD, min(rng.uniform(1.0, 8.0), max(0.5, limit * below)), line, Cause.NONE),
        "nightly_batch": (Acts.LOAD, min(rng.uniform(2.0, 10.0), max(0.5, limit * below)), flat, Cause.NONE),
        "cold_cache": (Acts.COLD, 1.0, flat, Cause.NONE),
        "deploy_blip": (Acts.CUT, 1.0, flat, Cause(rng.choice([Cause.TCP_REFUSED, Cause.HTTP_5XX]))),
        "bad_module_storm": (Acts.BAD_MODULE, rng.uniform(0.1, 0.9), line, Cause.NONE),
        "user_error_storm": (Acts.USER, rng.uniform(0.2, 1.0), flat, Cause.NONE),
        "slow_but_fine": (Acts.LATENCY, max(0.3, min(limit * below, 60.0) - 1.0), flat, Cause.NONE),
        "latency_wobble": (Acts.LATENCY, max(0.3, min(limit * below, 60.0) - 1.0), line, Cause.NONE),
        "errors_wobble": (
            Acts.SHARE,
            min(0.005 if sizes.tries == 1 else 0.05, 0.7 * half * below),
            line,
            Cause.HTTP_5XX,
        ),
        "log_gap": (Acts.GAP, 1.0, flat, Cause.NONE),
    }
    return table[kind]


def quiet_start(duration: float, spread: Spread, rng: np.random.Generator) -> float:
    """When trouble begins in a short world: after at least 30 bins, on a tick."""
    earliest = min(max(1800.0, 0.3 * duration), 3600.0)
    return float(np.floor(rng.uniform(earliest, max(earliest + TICK_S, spread.latest * duration)) / TICK_S) * TICK_S)
