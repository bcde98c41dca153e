"""Records of simulated worlds say which of their logs were kept."""

from __future__ import annotations

import pytest

from training.dataset.simulated import build, records_of
from training.simulator.draw import draw_world
from training.simulator.engine import play

BOTH, PROXY, JOBS = 200602, 200600, 200601


def kept(seed: int) -> tuple[str, ...]:
    logged = draw_world(seed).logged
    return tuple(kind for kind, is_kept in (("jobs", logged.jobs), ("proxy", logged.proxy)) if is_kept)


def test_the_worlds_of_these_tests_keep_what_they_are_named_for() -> None:
    assert [kept(seed) for seed in (BOTH, PROXY, JOBS)] == [("jobs", "proxy"), ("proxy",), ("jobs",)]


@pytest.mark.parametrize("seed", [BOTH, PROXY, JOBS])
def test_every_series_of_a_world_says_which_logs_were_kept(seed: int) -> None:
    records = list(records_of(play(draw_world(seed))))

    assert records
    assert {record.logs for record in records} == {kept(seed)}


def test_a_dataset_of_worlds_tells_of_each_when_it_is_done() -> None:
    done: list[str] = []
    data = build([BOTH, JOBS], [], 0.0, lambda world: done.append(world.name))

    assert done == [f"short-{BOTH}", f"short-{JOBS}"]
    assert {record.group for record in data} == set(done)
