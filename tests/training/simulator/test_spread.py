"""Narrow worlds are drawn as the recordings were made; wide ones from everything that may be."""

from __future__ import annotations

import pytest

from training.dataset.simulated import build
from training.simulator.draw import draw_world
from training.simulator.spread import NARROW, SPREADS, WIDE, Spread
from training.simulator.trouble import DEGRADING, HARD

SEEDS = range(300)


def test_narrow_worlds_are_seen_as_recordings_are() -> None:
    """One vantage behind a proxy with tries that nginx has, both logs, request times, no words of a gateway's own."""
    for world in (draw_world(seed, spread=NARROW) for seed in SEEDS):
        logged = world.logged
        assert len(world.pools) == 1
        assert world.proxy is not None
        assert world.proxy.tries <= 2
        assert (logged.proxy, logged.jobs, logged.latency, logged.strange) == (True, True, True, ())


def test_wide_worlds_have_what_narrow_ones_lack() -> None:
    worlds = [draw_world(seed) for seed in SEEDS]

    assert {len(world.pools) for world in worlds} == {1, 2, 3}
    assert any(world.proxy is None for world in worlds)
    assert any(not world.logged.jobs for world in worlds)
    assert any(world.logged.strange for world in worlds)


@pytest.mark.parametrize("spread", SPREADS.values(), ids=SPREADS)
def test_as_many_worlds_meet_trouble_as_the_spread_says(spread: Spread) -> None:
    faults = [draw_world(seed, spread=spread).faults for seed in SEEDS]

    harmful = sum(any(not fault.benign for fault in each) for each in faults) / len(SEEDS)
    benign = sum(bool(each) and all(fault.benign for fault in each) for each in faults) / len(SEEDS)
    assert harmful == pytest.approx(spread.faulty, abs=0.1)
    assert benign == pytest.approx(spread.benign, abs=0.1)


@pytest.mark.parametrize("spread", SPREADS.values(), ids=SPREADS)
def test_every_kind_that_degrades_has_a_weight(spread: Spread) -> None:
    assert len(spread.weights) == len(DEGRADING)


def test_trouble_of_a_narrow_world_leaves_room_for_its_course() -> None:
    """What is recorded is recorded to its end."""
    for world in (draw_world(seed, spread=NARROW) for seed in SEEDS):
        assert all(fault.start <= max(3600.0, 0.45 * world.duration) for fault in world.faults if fault.kind in HARD)


def test_records_belong_to_the_world_of_their_spread() -> None:
    seed = next(seed for seed in SEEDS if draw_world(seed).logged.jobs)

    made = [build([seed], [], 0.0, spread=spread) for spread in (NARROW, WIDE)]

    assert [set(data.worlds()) for data in made] == [{"simulation"}, {"simulation-wide"}]
    assert {record.group for record in made[0]} == {f"narrow-{seed}"}
