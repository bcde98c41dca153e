"""The thread that carries decisions out outlives whatever a decision meets."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from predictor.assembly import WorkingHands
from predictor.clock import SystemClock
from predictor.decide.actor import Actor, Armed
from predictor.decide.taken import Taken
from predictor.notify.outbox import Outbox
from predictor.protocols import Decision, Store
from predictor.stores.memory import MemoryStore
from tests.predictor.decide.remedies import FileSwitch

WARN = Decision(60.0, ("default", "proxy.golang.org"), "warn", 0.8, "http_5xx", episode="e1")
UNREADABLE = replace(WARN, key=("default",))  # type: ignore[arg-type]


class Picky:
    """A notifier that cannot stand one kind of decision, and not in the way that a notifier should say so."""

    name = "picky"

    def __init__(self) -> None:
        self.got: list[str] = []

    def wants(self, decision: Decision) -> bool:
        return True

    def send(self, decision: Decision) -> None:
        if decision.action == "warn":
            raise KeyError("warn")
        self.got.append(decision.action)


@contextmanager
def hands(switch: FileSwitch, store: Store, channel: Picky | None = None) -> Iterator[WorkingHands]:
    outbox = Outbox({"picky": channel} if channel else {}, store, SystemClock())
    actor = Actor([Armed(switch, "on")], store, SystemClock(), outbox.put)
    found = WorkingHands(actor, outbox, Taken(store, SystemClock()))
    yield found
    found.close()


def until(ready: Callable[[], bool], limit_s: float = 10.0) -> bool:
    end = time.monotonic() + limit_s
    while not ready() and time.monotonic() < end:
        time.sleep(0.01)
    return ready()


def audit(store: Store, what: str) -> list[str]:
    return [entry["detail"] for entry in store.read("audit") if entry["what"] == what]


def test_a_defect_is_written_down_and_the_next_decision_is_carried_out(tmp_path: Path) -> None:
    """A decision that makes our own code fail costs itself alone."""
    store, switch = MemoryStore(), FileSwitch(tmp_path / "switched")

    with hands(switch, store) as working:
        working.take(UNREADABLE)
        working.take(WARN)
        carried_out = until(lambda: switch.on)

    assert carried_out
    assert [detail.split(":")[0] for detail in audit(store, "failed")] == ["IndexError"]


def test_each_decision_that_fails_is_written_down(tmp_path: Path) -> None:
    store = MemoryStore()

    with hands(FileSwitch(tmp_path / "switched"), store) as working:
        working.take(UNREADABLE)
        working.take(UNREADABLE)
        both = until(lambda: len(audit(store, "failed")) == 2)

    assert both


def test_a_notifier_with_a_defect_holds_up_neither_messages_nor_remedies(tmp_path: Path) -> None:
    store, switch, channel = MemoryStore(), FileSwitch(tmp_path / "switched"), Picky()

    with hands(switch, store, channel) as working:
        working.take(WARN)
        working.take(replace(WARN, action="outage"))
        done = until(lambda: switch.on and channel.got == ["outage"])

    assert done
    assert "KeyError: 'warn'" in audit(store, "failed")


def test_a_remedy_that_cannot_be_undone_reaches_its_owner(tmp_path: Path) -> None:
    store, switch, channel = MemoryStore(), FileSwitch(tmp_path / "switched"), Picky()
    switch.broken = {"revert": OSError("no route")}

    with hands(switch, store, channel) as working:
        working.take(WARN)
        working.take(replace(WARN, action="clear"))
        told = until(lambda: "stuck" in channel.got)

    assert told
    assert switch.on


def test_what_a_killed_process_had_taken_is_carried_out_after_the_restart(tmp_path: Path) -> None:
    """The order to revert waited behind a slow remedy when the process ended."""
    store, switch = MemoryStore(), FileSwitch(tmp_path / "switched")
    Actor([Armed(switch, "on")], store, SystemClock()).on(WARN)
    Taken(store, SystemClock()).add(replace(WARN, action="clear"))

    with hands(switch, store):
        reverted = until(lambda: not switch.on)

    assert reverted


def test_what_was_carried_out_is_not_carried_out_again(tmp_path: Path) -> None:
    store, switch = MemoryStore(), FileSwitch(tmp_path / "switched", good=False)
    with hands(switch, store) as working:
        working.take(WARN)
        until(lambda: bool(audit(store, "stopped")))

    with hands(switch, store):
        pass

    assert len(audit(store, "planned")) == 1
