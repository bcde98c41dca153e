"""A remedy is never forgotten in force: what could not be undone is told and tried again."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from predictor.clock import ManualClock
from predictor.decide.actor import Actor, Armed
from predictor.decide.owed import LONGEST_PAUSE_S, MAX_TRIES, Owed
from predictor.errors import RemedyError
from predictor.protocols import Decision, Store
from predictor.stores.memory import MemoryStore
from tests.predictor.decide.remedies import FAULTS, FileSwitch

WARN = Decision(60.0, ("default", "proxy.golang.org"), "warn", 0.8, "http_5xx", episode="e1")
CLEAR = replace(WARN, action="clear")


def audit(store: Store) -> list[str]:
    return [entry["what"] for entry in store.read("audit")]


@pytest.fixture
def switch(tmp_path: Path) -> FileSwitch:
    return FileSwitch(tmp_path / "switched")


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_be_verified_is_reverted(switch: FileSwitch, fault: str) -> None:
    """Nothing is left in force, and the reason is kept."""
    store, switch.broken = MemoryStore(), {"verify": FAULTS[fault]()}

    Actor([Armed(switch, "on")], store, ManualClock(60.0)).on(WARN)

    assert not switch.on
    assert audit(store) == ["planned", "applied", "not verified", "reverted", "stopped"]


def test_a_defect_half_way_is_reverted(switch: FileSwitch) -> None:
    """Only a remedy that says that it failed left things as they were."""
    store, switch.broken = MemoryStore(), {"apply": FAULTS["a defect"]()}

    Actor([Armed(switch, "on")], store, ManualClock(60.0)).on(WARN)

    assert not switch.on
    assert audit(store) == ["planned", "failed", "reverted", "stopped"]


def test_a_plan_that_cannot_be_made_touches_nothing(switch: FileSwitch) -> None:
    store, switch.broken = MemoryStore(), {"plan": FAULTS["a defect"](), "revert": FAULTS["a defect"]()}

    Actor([Armed(switch, "on")], store, ManualClock(60.0)).on(WARN)

    assert audit(store) == ["failed", "stopped"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_revert_that_fails_is_tried_again_after_a_restart(switch: FileSwitch, fault: str) -> None:
    """The new process finds it in the store and waits until it is due."""
    store, clock = MemoryStore(), ManualClock(60.0)
    before = Actor([Armed(switch, "on")], store, clock)
    before.on(WARN)
    switch.broken = {"revert": FAULTS[fault]()}
    before.on(CLEAR)
    after, switch.broken = Actor([Armed(switch, "on")], store, clock), {}

    seen = []
    for now in (61.0, 89.0, 90.0, 300.0):
        clock.set(now)
        after.retry()
        seen.append(switch.on)

    assert seen == [True, True, False, False]
    assert audit(store)[-2:] == ["revert failed", "reverted"]


def test_a_revert_is_tried_a_bounded_number_of_times_with_growing_pauses(switch: FileSwitch) -> None:
    store, clock = MemoryStore(), ManualClock(60.0)
    actor = Actor([Armed(switch, "on")], store, clock)
    actor.on(WARN)
    switch.broken = {"revert": RemedyError("no")}
    actor.on(CLEAR)
    for second in range(60, 86_400, 30):
        clock.set(float(second))
        actor.retry()

    times = [entry["time"] for entry in store.read("audit") if entry["what"] in ("revert failed", "given up")]

    pauses = [after - before for before, after in pairwise(times)]
    assert pauses[:4] == [30.0, 60.0, 120.0, 240.0]
    assert (len(times), max(pauses), audit(store)[-1]) == (MAX_TRIES, LONGEST_PAUSE_S, "given up")


def test_the_owner_is_told_once_an_episode(switch: FileSwitch) -> None:
    told: list[Decision] = []
    clock = ManualClock(60.0)
    actor = Actor([Armed(switch, "on")], MemoryStore(), clock, told.append)
    actor.on(WARN)
    switch.broken = {"revert": RemedyError("no")}
    actor.on(CLEAR)
    clock.set(1000.0)

    actor.retry()

    assert told == [replace(WARN, action="stuck", remedy="switch")]


def test_after_it_was_given_up_the_next_end_tries_anew(switch: FileSwitch) -> None:
    store, clock = MemoryStore(), ManualClock(60.0)
    actor = Actor([Armed(switch, "on")], store, clock)
    actor.on(WARN)
    switch.broken = {"revert": RemedyError("no")}
    actor.on(CLEAR)
    clock.set(86_400.0)
    switch.broken = {}

    actor.on(replace(CLEAR, action="recovered", episode="e2"))

    assert (switch.on, audit(store)[-1]) == (False, "reverted")


def test_nothing_is_built_on_a_remedy_that_is_half_undone(switch: FileSwitch, tmp_path: Path) -> None:
    """What did not verify and cannot be undone counts as failed at the outage, too."""
    store, second = MemoryStore(), FileSwitch(tmp_path / "second", name="second")
    switch.good, switch.broken = False, {"revert": RemedyError("no")}
    actor = Actor([Armed(switch, "on"), Armed(second, "on")], store, ManualClock(60.0))

    actor.on(WARN)
    actor.on(replace(WARN, action="outage"))

    assert (switch.on, second.on) == (True, False)


def test_a_remedy_that_is_configured_no_more_is_named(switch: FileSwitch) -> None:
    """Its act stays known, so that the owner can undo it by hand."""
    store, clock = MemoryStore(), ManualClock(60.0)
    actor = Actor([Armed(switch, "on")], store, clock)
    actor.on(WARN)
    switch.broken = {"revert": RemedyError("no")}
    actor.on(CLEAR)
    clock.set(90.0)

    Actor([], store, clock).retry()

    assert "no remedy of this name" in [*store.read("audit")][-1]["detail"]


def test_two_remedies_of_one_kind_both_act(tmp_path: Path) -> None:
    both = [FileSwitch(tmp_path / name) for name in ("one", "two")]
    store = MemoryStore()
    actor = Actor([Armed(each, "on") for each in both], store, ManualClock(60.0))

    actor.on(WARN)

    assert [each.on for each in both] == [True, True]
    assert {entry["remedy"] for entry in store.read("audit")} == {"switch", "switch-2"}


def test_pauses_stay_within_their_bound_for_ever() -> None:
    owed = Owed("switch", WARN, tries=10_000)

    assert owed.tried(1000.0).due == 1000.0 + LONGEST_PAUSE_S
