"""Outages are read from the jobs by the house's definition, also where no log shows the jobs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from predictor.events import Cause
from tests.training.simulator.test_engine import WORLD, fault
from training.simulator import play
from training.simulator.draw import draw_world
from training.simulator.truth import ALL, describe, episodes
from training.simulator.world import Acts, Logged

BUSY = replace(WORLD, pools=(replace(WORLD.pools[0], jobs_per_min=3.0),))
CUT = replace(BUSY, faults=(fault(Acts.CUT, Cause.TCP_REFUSED),))


def test_a_cut_gives_one_outage_that_begins_with_it() -> None:
    (episode,) = episodes(play(CUT))[ALL]

    assert 0 <= episode.start - 3600.0 <= 120.0
    assert episode.fault is CUT.faults[0]


def test_a_world_without_trouble_has_no_outage() -> None:
    assert episodes(play(BUSY)) == {ALL: [], "default": []}


def test_what_is_logged_does_not_change_the_truth() -> None:
    shown = [play(replace(CUT, logged=Logged(jobs=jobs))) for jobs in (True, False)]

    assert episodes(shown[0]) == episodes(shown[1])


@pytest.mark.parametrize(("lead", "hard"), [(60.0, True), (1800.0, False)])
def test_what_breaks_builds_within_minutes_announced_nothing(lead: float, hard: bool) -> None:
    (episode,) = episodes(play(CUT))[ALL]

    assert replace(episode, fault=replace(CUT.faults[0], hard=False), onset=episode.start - lead).hard is hard


def test_a_mistake_of_the_user_is_no_outage() -> None:
    world = replace(BUSY, faults=(fault(Acts.USER, Cause.NONE), fault(Acts.BAD_MODULE, Cause.NONE)))

    assert episodes(play(world))[ALL] == []


def test_the_description_is_in_utc_and_in_order() -> None:
    told = describe(play(draw_world(3)))

    times = [outage[end] for outage in told["outages"] for end in ("start", "end")]
    assert times == sorted(times)
    assert all(time.endswith("Z") for time in times)


def test_one_fault_in_ten_is_a_cut_without_a_precursor() -> None:
    """Of the outages that come of them it is more: many ramps break nothing."""
    faults = [fault for seed in range(400) for fault in draw_world(seed).faults if not fault.benign]

    assert 0.05 < np.mean([fault.hard for fault in faults]) < 0.15


def test_a_good_share_of_worlds_meets_benign_trouble_only() -> None:
    worlds = [draw_world(seed) for seed in range(400)]

    benign = np.mean([bool(world.faults) and all(fault.benign for fault in world.faults) for world in worlds])
    assert 0.25 < benign < 0.45
