"""The runtime: replay at the start, time by the machine or by the logs, an end that closes everything."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from predictor.clock import ManualClock
from predictor.errors import StoreError, UnknownFormatError
from predictor.journals.accepted import KIND
from predictor.protocols import Source
from predictor.stores.memory import MemoryStore
from serve.journal import Journal
from serve.runtime import Runtime
from tests.serve.scripted import ScriptedLoop, line
from tests.serve.story import START


def until(true: Callable[[], bool]) -> bool:
    """Whether it becomes true within 5 s."""
    end = time.monotonic() + 5
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


class UnclosedStore(MemoryStore):
    """A store that outlives the runtime, as a disk does."""

    def close(self) -> None:
        """Stay open."""


def test_a_second_start_knows_what_the_first_accepted() -> None:
    store = UnclosedStore()
    first = Runtime(ScriptedLoop(), store, ManualClock(100.0))
    first.take(line("a") + line("b"), Source("x", vantage="eu"), "auto", final=True)
    loop = ScriptedLoop()
    second = Runtime(loop, store, ManualClock(200.0))
    second.start()
    second.stop()

    assert [(s.vantage, s.upstream) for s in loop.statuses()] == [("eu", "a"), ("eu", "b")]


def test_what_was_refused_does_not_stop_a_start() -> None:
    store, loop = UnclosedStore(), ScriptedLoop()
    first = Runtime(ScriptedLoop(), store, ManualClock(100.0))
    with pytest.raises(UnknownFormatError):
        first.take(line("a"), Source("x"), "nonsense", final=True)
    first.take(line("b"), Source("x"), "auto", final=True)
    second = Runtime(loop, store, ManualClock(200.0))
    second.start()
    second.stop()

    assert [s.upstream for s in loop.statuses()] == ["b"]


def test_a_replay_moves_the_loop_as_time_did_then() -> None:
    store, clock, loop = UnclosedStore(), ManualClock(100.0), ScriptedLoop()
    first = Runtime(ScriptedLoop(), store, clock)
    for now in (100.0, 160.0, 220.0):
        clock.set(now)
        first.take(line("a"), Source("x"), "auto", final=True)
    second = Runtime(loop, store, clock, tick_s=60.0)
    second.start()
    second.stop()

    assert loop.moved_to == [100.0, 160.0, 220.0]


def test_only_the_last_hours_are_replayed() -> None:
    store, clock, loop = UnclosedStore(), ManualClock(100.0), ScriptedLoop()
    first = Runtime(ScriptedLoop(), store, clock)
    for now, name in ((100.0, "old"), (5000.0, "new")):
        clock.set(now)
        first.take(line(name), Source("x"), "auto", final=True)
    second = Runtime(loop, store, clock, keep_s=600.0)
    second.start()
    second.stop()

    assert [s.upstream for s in loop.statuses()] == ["new"]


def test_time_moves_without_any_log() -> None:
    clock, loop = ManualClock(START), ScriptedLoop()
    runtime = Runtime(loop, MemoryStore(), clock, tick_s=0.01)
    runtime.start()
    clock.set(START + 60)
    moved = until(lambda: START + 60 in loop.moved_to)
    runtime.stop()

    assert moved


def test_in_event_time_a_body_moves_the_loop_at_once() -> None:
    loop = ScriptedLoop()
    runtime = Runtime(loop, MemoryStore(), ManualClock(1.0), event_clock=ManualClock(), tick_s=60.0)
    runtime.take(line("a", time=START) + line("a", time=START + 60), Source("x"), "auto", final=True)

    assert runtime.now == START + 60
    assert loop.moved_to == [START + 60]


def test_event_time_never_goes_back() -> None:
    runtime = Runtime(ScriptedLoop(), MemoryStore(), ManualClock(1.0), event_clock=ManualClock())
    for moment in (START, START - 600):
        runtime.take(line("a", time=moment), Source("x"), "auto", final=True)

    assert runtime.now == START


def test_a_fault_is_told_and_counted_until_the_loop_moves_again() -> None:
    loop = ScriptedLoop()
    runtime = Runtime(loop, MemoryStore(), ManualClock(1.0), tick_s=0.01)
    loop.broken = "no weights"
    runtime.start()
    told = until(lambda: runtime.fault == "no weights" and runtime.faults > 1)
    loop.broken = ""
    healed = until(lambda: runtime.fault == "")
    runtime.stop()

    assert told
    assert healed


def test_one_damaged_body_costs_itself_and_no_start() -> None:
    store, loop, rotten = UnclosedStore(), ScriptedLoop(), MemoryStore()
    first = Runtime(ScriptedLoop(), store, ManualClock(100.0))
    for name in "abc":
        first.take(line(name), Source(name), "auto", final=True)
    kept = list(store.read(KIND))
    rotten.append(KIND, [kept[0], {**kept[1], "data": "AAAA"}, kept[2]])
    second = Runtime(loop, rotten, ManualClock(200.0))
    with capture_logs() as said:
        second.start()
    second.stop()

    assert [s.upstream for s in loop.statuses()] == ["a", "c"]
    assert [entry["damaged"] for entry in said if entry["event"] == "journal replayed"] == [1]


def test_what_cannot_be_kept_does_not_reach_the_loop() -> None:
    store, loop = MemoryStore(), ScriptedLoop()
    store.close()
    with pytest.raises(StoreError):
        Runtime(loop, store, ManualClock(1.0)).take(line("a"), Source("x"), "auto", final=True)

    assert loop.statuses() == []


def test_stop_closes_loop_and_store_and_may_be_called_twice() -> None:
    store, loop = MemoryStore(), ScriptedLoop()
    runtime = Runtime(loop, store, ManualClock(1.0))
    runtime.start()
    runtime.stop()
    runtime.stop()

    assert loop.closed
    assert not runtime.running
    with pytest.raises(StoreError):
        list(Journal(store).records(0, list[str]().append))
