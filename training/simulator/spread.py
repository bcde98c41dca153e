"""How far worlds differ: as the recordings do, or as far as installations may.

``NARROW`` is the simulator as it is calibrated: one vantage, both logs, the kinds of faults in the shares in which they
were recorded, strong enough to break builds (``fetchcast simulate --compare`` prints the fit). ``WIDE`` is for learning
and for a harsher judgement: several vantages with few builds each, logs that are missing or say little, proxies that
retry ten times, gateways with words of their own, faults that come to rest below the limit.
"""

from __future__ import annotations

from dataclasses import dataclass

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Spread:
    """What worlds are drawn from. Where values repeat, each is as likely as it is often."""

    world: str  # the world that its records belong to
    about: str  # in words, for reports
    short: str  # how the names of its short worlds begin
    dilations: tuple[float, ...]  # log seconds per real second; 1 is production, more a laboratory
    minutes: tuple[int, int]  # length of short worlds
    latest: float  # share of a short world by which its trouble has begun
    pools: tuple[int, ...]  # vantages
    jobs_per_min: Range  # of a laboratory
    proxied: float  # share of worlds with a proxy
    uncached: float  # ... of these without a cache
    tries: tuple[float, float, float]  # ... that ask the upstream once, twice, ten times
    stale: float  # ... that serve expired answers
    logs: tuple[str, ...]  # of a world with a proxy that writes a log: both, proxy or jobs
    timed: float  # share of access logs that say how long requests took
    lost: tuple[float, ...]  # share of lines that never arrive
    gateways: bool  # whether some tell failures in words of their own
    faulty: float  # share of worlds with a fault that is meant to break builds
    benign: float  # ... with benign trouble alone
    hard: float  # share of faults that are cuts; more outages come at once: some ramps are steep
    overlapping: float  # share of faulty worlds in which a second fault follows
    before: float  # ... in which benign trouble comes first
    weights: tuple[float, ...]  # of the kinds that degrade, in the order of ``trouble.DEGRADING``
    shapes: tuple[str, ...]
    rise_min: Range  # minutes in which a ramp reaches its height
    geometric: float  # share of the ramps that grow by the same factor every minute
    growth: Range  # ... and the end of such a ramp over its beginning
    reach: Range  # share of the faults that end below the limit, and of those that go to three times it at most
    quota: Range  # what is left of the demand when throttling is worst


WIDE = Spread(
    world="simulation-wide",
    about="Worlds that differ further than the recordings do: up to three vantages with few builds each, logs that are "
    "missing or say little, gateways with words of their own, faults that come to rest.",
    short="short",
    dilations=(1.0, 1.0, 20.0, 40.0, 60.0, 60.0, 60.0),
    minutes=(80, 220),
    latest=0.7,
    pools=(1, 1, 1, 2, 3),
    jobs_per_min=(0.5, 2.2),
    proxied=0.8,
    uncached=0.35,
    tries=(0.45, 0.45, 0.1),
    stale=0.1,
    logs=("both", "both", "both", "both", "proxy", "proxy", "jobs"),
    timed=0.9,
    lost=(0.0, 0.0, 0.0, 0.05),
    gateways=True,
    faulty=0.56,
    benign=0.34,
    hard=0.09,
    overlapping=0.12,
    before=0.25,
    weights=(6.0, 2.5, 3.0, 5.0, 2.0, 1.2, 1.2, 2.0, 1.5, 0.7, 0.7, 0.4, 0.4),
    shapes=("ramp", "ramp", "ramp", "ramp", "flap"),
    rise_min=(25.0, 95.0),
    growth=(10.0, 150.0),
    geometric=0.9,
    reach=(0.1, 0.4),
    quota=(0.05, 0.7),
)
NARROW = Spread(
    world="simulation",
    about="Worlds drawn as the recordings were made: one vantage, both logs, the same kinds as often and as strong.",
    short="narrow",
    dilations=(20.0, 40.0, 60.0, 60.0, 60.0),
    minutes=(105, 180),
    latest=0.45,
    pools=(1,),
    jobs_per_min=(0.9, 1.7),
    proxied=1.0,
    uncached=0.35,
    tries=(0.75, 0.25, 0.0),
    stale=0.05,
    logs=("both",),
    timed=1.0,
    lost=(0.0,),
    gateways=False,
    faulty=0.64,
    benign=0.34,
    hard=0.04,
    overlapping=0.04,
    before=0.0,
    weights=(15.0, 6.0, 8.0, 26.0, 7.0, 12.0, 16.0, 17.0, 21.0, 2.0, 6.0, 4.0, 7.0),  # as often as recorded
    shapes=("ramp",) * 15 + ("flap",),
    rise_min=(28.0, 60.0),
    growth=(40.0, 500.0),
    geometric=1.0,
    reach=(0.0, 0.2),
    quota=(0.4, 0.8),
)
SPREADS = {"narrow": NARROW, "wide": WIDE}
ABOUT = {spread.world: spread.about for spread in SPREADS.values()}
