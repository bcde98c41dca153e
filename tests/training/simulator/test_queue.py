"""The upstream is a first-come queue with finite slots; trouble arises from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from predictor.events import Cause, Op
from training.simulator.upstream import Server
from training.simulator.world import Acts, Fault, Pool, Upstream, World

POOL = Pool("default", 1.0, 2, 600.0, (np.arange(5),), 0.0, 0.0, 0.0, 0.0)
SPEC = Upstream("origin", slots=2, service_s=1.0, spread=0.0, backlog=100, noise=0.0, wander=0.0)
WORLD = World("w", 1, 0.0, 3600.0, (POOL,), SPEC, None)


def server(world: World = WORLD) -> Server:
    return Server(world, np.random.default_rng(0))


def fault(acts: Acts, strength: float = 1.0, cause: Cause = Cause.NONE, **scope: frozenset[int]) -> Fault:
    return Fault("test", acts, 0.0, strength, np.ones(WORLD.ticks), cause, **scope)


def slow_queue(arrivals: list[float], slots: int, service: float) -> list[float]:
    """The obvious way: each request takes the slot that is free first."""
    free = [0.0] * slots
    ends = []
    for arrival in arrivals:
        place = free.index(min(free))
        free[place] = max(free[place], arrival) + service
        ends.append(free[place])
    return ends


def test_ends_are_those_of_the_obvious_queue() -> None:
    arrivals = sorted(np.random.default_rng(1).uniform(0, 60, 80).tolist())
    asked = server()

    ends = [asked.ask(now, Op.MOD, 0, 1e9).end for now in arrivals]

    assert ends == pytest.approx(slow_queue(arrivals, 2, 1.0))


def test_who_waits_longer_than_its_patience_gets_a_timeout_at_that_moment() -> None:
    asked = server()
    for _ in range(6):
        asked.ask(0.0, Op.MOD, 0, 100.0)

    answer = asked.ask(0.0, Op.MOD, 0, 2.5)

    assert (answer.end, answer.cause) == (2.5, Cause.PROXY_HANG)


def test_a_full_queue_is_answered_503_at_once() -> None:
    asked = server(replace(WORLD, upstream=replace(SPEC, backlog=3)))

    answers = [asked.ask(0.0, Op.MOD, 0, 100.0) for _ in range(12)]

    assert answers[-1].cause == Cause.HTTP_5XX
    assert answers[-1].end < 0.1


def test_lost_slots_make_others_wait() -> None:
    whole, half = server(), server(replace(WORLD, faults=(fault(Acts.SLOTS, 0.5),)))

    ends = [[asked.ask(0.0, Op.MOD, 0, 100.0).end for _ in range(4)] for asked in (whole, half)]

    assert ends == [[1, 1, 2, 2], [1, 2, 3, 4]]


def test_a_quota_refuses_what_exceeds_it_in_a_minute() -> None:
    asked = server(replace(WORLD, faults=(fault(Acts.QUOTA, 5.0, Cause.HTTP_429),)))

    causes = [asked.ask(now, Op.MOD, 0, 1e9).cause for now in np.linspace(0, 59, 9).tolist()]

    assert causes == [0] * 5 + [Cause.HTTP_429] * 4


@pytest.mark.parametrize(("op", "cause"), [(Op.ZIP, Cause.TLS), (Op.MOD, Cause.NONE)])
def test_a_fault_on_zips_leaves_other_operations_alone(op: Op, cause: Cause) -> None:
    asked = server(replace(WORLD, faults=(fault(Acts.CUT, 1.0, Cause.TLS, ops=frozenset({Op.ZIP})),)))

    assert asked.ask(0.0, op, 0, 100.0).cause == cause


@pytest.mark.parametrize(("pool", "cause"), [(1, Cause.DNS), (0, Cause.NONE)])
def test_a_fault_of_one_vantage_leaves_the_others_alone(pool: int, cause: Cause) -> None:
    asked = server(replace(WORLD, faults=(fault(Acts.CUT, 1.0, Cause.DNS, pools=frozenset({1})),)))

    assert asked.ask(0.0, Op.MOD, pool, 100.0).cause == cause


def test_a_share_of_errors_hits_about_that_share() -> None:
    asked = server(replace(WORLD, faults=(fault(Acts.SHARE, 0.2, Cause.TCP_RESET),)))

    hits = [asked.ask(now, Op.MOD, 0, 1e9).cause == Cause.TCP_RESET for now in np.linspace(0, 3000, 3000).tolist()]

    assert 0.17 < np.mean(hits) < 0.23
