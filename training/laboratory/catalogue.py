"""The catalogue: which scenarios there are, and how a seed turns (kind, shape) into one.

A kind is written ``KIND[:OP,OP][+KIND...]``: ``http_500:zip`` hits only zips, ``http_503+latency`` is two faults that
overlap. Besides the fault, the seed draws what differs between installations: topology of the mirror, field names of
its log, load, times. Benign scenarios look like trouble and are none: no build breaks for an infrastructure cause.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from predictor.errors import InputError
from training.laboratory.dialects import DIALECTS
from training.laboratory.faults import CONTENT_OPS, KINDS, SHAPES, Fault, bursts
from training.laboratory.mirror import TOPOLOGIES
from training.laboratory.origin import Capacity
from training.laboratory.scenarios import Burst, Scenario

BENIGN: dict[str, str] = {
    "quiet": "a normal day",
    "load_spike": "four times the jobs for ten minutes, and the origin copes",
    "cold_cache": "the mirror's cache is emptied",
    "deploy_blip": "the mirror reloads and the origin answers slowly for two minutes",
    "bad_module": "one project requires a module that no proxy has: a storm of 404",
    "user_errors": "people ask for versions that do not exist",
    "nightly_batch": "a batch job downloads everything at once",
    "slow_but_fine": "latency rises to some seconds and comes back",
    "log_gap": "the log shipper loses ten minutes",
    "small_errors": "a small share of 5xx comes and goes, the mirror's retry hides it",
}
RETRIED_LOW, RETRIED_HIGH = 0.008, 0.8  # shares per try when the mirror tries twice
PLAIN_LOW, PLAIN_HIGH = 0.0008, 0.4
LOAD_FACTOR = 4.0  # times the usual rate of jobs
LOAD = "load"  # nothing breaks, the load outgrows the slots
_NEEDED: dict[str, dict[str, Any]] = {  # by where a fault acts, or by its kind
    "dns": {"dns": True},
    "vcs": {"private": True},
    "disk": {"tmpfs_mb": 24},
    "slots": {"capacity": Capacity(slots=12, queue=60, service_s=0.04)},
}
_TWOFOLD: dict[str, dict[str, Any]] = {"replicas": {"replicas": 2}, "pools": {"pools": 2}}
OVERLAP_MIN = 8.0  # a further fault of the same scenario begins this much later


def scenario(kind: str, shape: str = "ramp", seed: int = 1, topology: str = "") -> Scenario:
    """The scenario of fault kinds or of one benign kind; ``topology`` overrides what the seed draws.

    Raises:
        InputError: the kind, op, shape or topology does not exist.
    """
    _check(topology or TOPOLOGIES[0], TOPOLOGIES, "topology")
    if kind in BENIGN:
        return _benign(kind, seed, topology)
    _check(shape, SHAPES, "shape")
    rng = random.Random(f"{kind} {shape} {seed}")
    if kind == LOAD:
        return _exhausted_by_load(_plan(kind, shape, seed, rng, topology or rng.choice(_topologies(kind))), rng)
    parts = [_parse(part) for part in kind.split("+")]
    plan = _plan(kind, shape, seed, rng, topology or rng.choice(_topologies(parts[0][0])))
    for name, ops in parts:
        plan = replace(plan, **_needs(name, ops))
    return replace(plan, faults=tuple(_fault(plan, *part, number, rng) for number, part in enumerate(parts)))


def _check(word: str, known: Sequence[str], field: str) -> None:
    if word not in known:
        raise InputError(f"no such {field}: {word}; one of {', '.join(known)}", field=field)


def _needs(name: str, ops: tuple[str, ...]) -> dict[str, Any]:
    """What a laboratory must have for a fault to act."""
    kind = KINDS[name]
    asks_sumdb = {"unsummed": 0.8} if "sumdb" in (ops or kind.ops) else {}
    return {**_NEEDED.get(kind.where, {}), **_NEEDED.get(name, {}), **asks_sumdb}


def _parse(part: str) -> tuple[str, tuple[str, ...]]:
    """(kind, ops) of ``KIND[:OP,OP]``."""
    name, _, text = part.partition(":")
    ops = tuple(op for op in text.split(",") if op)
    if name not in KINDS:
        raise InputError(f"no such kind of fault: {name}; see --list", field="kind")
    if unknown := set(ops) - set(CONTENT_OPS):
        raise InputError(f"no such op: {', '.join(sorted(unknown))}; one of {', '.join(CONTENT_OPS)}", field="kind")
    return name, ops


def _plan(kind: str, shape: str, seed: int, rng: random.Random, topology: str) -> Scenario:
    """Times, load and looks of a recording with a fault."""
    onset = rng.uniform(44.0, 56.0)
    length = {"ramp": rng.uniform(52.0, 70.0), "step": rng.uniform(16.0, 24.0), "flap": rng.uniform(40.0, 50.0)}[shape]
    return Scenario(
        kind,
        shape,
        seed,
        benign=False,
        minutes=onset + length + 14.0,
        onset=onset,
        end=onset + length,
        topology=topology,
        rate=rng.uniform(1.3, 1.6),
        dialect=rng.randrange(len(DIALECTS)),
        combined=rng.random() < 0.25,
        ttl_min=rng.uniform(8.0, 20.0),
        **_TWOFOLD.get(topology, {}),
    )


def _fault(plan: Scenario, name: str, ops: tuple[str, ...], number: int, rng: random.Random) -> Fault:
    """The ``number``-th fault of a scenario."""
    low, high = _strengths(name, plan.topology)
    onset = plan.onset + number * OVERLAP_MIN
    rise = 0.72 * (plan.end - onset) if plan.shape == "ramp" else 0.0
    fault = Fault(
        name,
        plan.shape,
        onset,
        plan.end,
        rise,
        low,
        high,
        ops or KINDS[name].ops,
        side=1 if plan.topology in {"replicas", "pools"} else -1,
    )
    return replace(fault, bursts=bursts(rng, onset, plan.end)) if plan.shape == "flap" else fault


def _topologies(kind: str) -> tuple[str, ...]:
    """Mirrors that make sense for a kind: a retry would hide nothing of some and all of others."""
    if kind in {"http_500", "http_502", "http_503", "http_429", "reset"}:
        return ("cache", "pass", "retry", "retry", "stale")
    return ("cache",) if kind == "disk_full" else ("cache", "pass")


def _strengths(kind: str, topology: str) -> tuple[float, float]:
    """(low, high) of a ramp of this kind behind this mirror."""
    row = KINDS[kind]
    if row.unit != "share" or row.where != "origin":
        return row.low, row.high
    return (RETRIED_LOW, RETRIED_HIGH) if topology in {"retry", "stale", "replicas"} else (PLAIN_LOW, PLAIN_HIGH)


def _exhausted_by_load(plan: Scenario, rng: random.Random) -> Scenario:
    """Nothing breaks: the load outgrows the origin's slots and comes back."""
    loads: tuple[Burst, ...] = (Burst(plan.onset, plan.end, LOAD_FACTOR),)
    if plan.shape == "ramp":
        top = plan.end - 10.0
        loads = (Burst(plan.onset, top, LOAD_FACTOR, ramp=True), Burst(top, plan.end, LOAD_FACTOR))
    elif plan.shape == "flap":
        loads = tuple(Burst(start, stop, LOAD_FACTOR) for start, stop in bursts(rng, plan.onset, plan.end))
    topology = "pass" if plan.topology == "cache" else plan.topology
    return replace(plan, capacity=Capacity(slots=6, queue=60, service_s=0.04), rate=0.8, loads=loads, topology=topology)


def _benign(kind: str, seed: int, topology: str) -> Scenario:
    rng = random.Random(f"{kind} {seed}")
    onset = rng.uniform(44.0, 60.0)
    length = rng.uniform(10.0, 16.0)
    plan = Scenario(
        kind,
        "none",
        seed,
        benign=True,
        minutes=120.0,
        onset=onset,
        end=onset + length,
        topology=topology or rng.choice(("cache", "pass", "retry")),
        rate=rng.uniform(1.0, 1.3),
        dialect=rng.randrange(len(DIALECTS)),
        combined=rng.random() < 0.25,
        ttl_min=rng.uniform(8.0, 20.0),
    )
    return _benign_turn(plan, rng)


def _benign_turn(plan: Scenario, rng: random.Random) -> Scenario:
    """What happens on the day of a benign recording."""
    onset, end = plan.onset, plan.end
    slow = Fault("latency", "ramp", onset, onset + 26.0, 18.0, 0.1, rng.uniform(2.0, 5.0))
    blip = Fault("latency", "step", onset, onset + 2.0, high=2.0)
    few = Fault("http_503", "ramp", onset, onset + 24.0, 16.0, 0.002, 0.03)
    turns: dict[str, Scenario] = {
        "quiet": plan,
        "load_spike": replace(plan, loads=(Burst(onset, end, 3.5),), rate=0.9),
        "cold_cache": replace(plan, topology="cache", ttl_min=60.0, purge=(onset,)),
        "deploy_blip": replace(plan, faults=(blip,), reload=(onset,)),
        "bad_module": replace(plan, loads=(Burst(onset, end + 10.0, 2.2, "bad_module"),), rate=0.9),
        "user_errors": replace(plan, loads=(Burst(onset, end + 10.0, 2.2, "user_error"),), rate=0.9),
        "nightly_batch": replace(plan, loads=(Burst(onset, onset + 6.0, 6.0),), rate=0.9),
        "slow_but_fine": replace(plan, faults=(slow,), end=onset + 26.0),
        "log_gap": replace(plan, gap=(onset, end)),
        "small_errors": replace(plan, topology="retry", faults=(few,), end=onset + 24.0),
    }
    return turns[plan.kind]
