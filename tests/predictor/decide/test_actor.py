"""Remedies are carried out in order, audited, and reverted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from predictor.clock import ManualClock
from predictor.decide.actor import Actor, Armed
from predictor.errors import RemedyError
from predictor.protocols import Decision, Plan, Store
from predictor.stores.memory import MemoryStore

WARN = Decision(60.0, ("default", "proxy.golang.org"), "warn", 0.8, "http_5xx", episode="e1")


@dataclass
class Switch:
    """A remedy that keeps a list of what was asked of it."""

    name: str = "switch"
    good: bool = True
    broken: bool = False
    calls: list[str] = field(default_factory=list)

    def plan(self, decision: Decision) -> Plan:
        return Plan(self.name, [f"switch {decision.key[1]}"])

    def apply(self, plan: Plan) -> None:
        self.calls.append("apply")
        if self.broken:
            raise RemedyError("the disk is full")

    def verify(self, plan: Plan) -> bool:
        self.calls.append("verify")
        return self.good

    def revert(self, plan: Plan) -> None:
        self.calls.append("revert")


def audit(store: Store) -> list[str]:
    return [f"{entry['remedy']} {entry['what']}" for entry in store.read("audit")]


def test_a_remedy_only_plans_until_its_owner_turns_it_on() -> None:
    """Dry-run is the default and is written down."""
    store, switch = MemoryStore(), Switch()

    Actor([Armed(switch)], store, ManualClock()).on(WARN)

    assert switch.calls == []
    assert audit(store) == ["switch planned", "switch dry-run"]


def test_it_is_applied_once_and_reverted_at_the_end() -> None:
    """The outage after the warning finds it in place."""
    store, switch = MemoryStore(), Switch()
    actor = Actor([Armed(switch, "on")], store, ManualClock())

    for action in ("warn", "outage", "recovered", "recovered"):
        actor.on(replace(WARN, action=action))

    assert switch.calls == ["apply", "verify", "revert"]
    assert audit(store) == ["switch planned", "switch applied", "switch verified", "switch reverted"]


def test_what_does_not_verify_is_reverted_and_stops_what_follows() -> None:
    """Builds are not switched to a cache that did not prove itself."""
    store, first, second = MemoryStore(), Switch("warm", good=False), Switch("advice")

    Actor([Armed(first, "on"), Armed(second, "on")], store, ManualClock()).on(WARN)

    assert (first.calls, second.calls) == (["apply", "verify", "revert"], [])
    assert audit(store)[-1] == "warm stopped"


def test_a_failure_goes_to_the_audit_and_not_to_the_loop() -> None:
    """The reason is kept."""
    store = MemoryStore()

    Actor([Armed(Switch(broken=True), "on")], store, ManualClock()).on(WARN)

    assert "the disk is full" in [entry["detail"] for entry in store.read("audit")]


def test_a_restart_still_reverts_what_was_applied() -> None:
    """What is applied is kept in the store, not in the process."""
    store, switch = MemoryStore(), Switch()
    Actor([Armed(switch, "on")], store, ManualClock()).on(WARN)

    Actor([Armed(switch, "on")], store, ManualClock()).on(replace(WARN, action="clear"))

    assert switch.calls[-1] == "revert"


def test_a_remedy_of_other_upstreams_is_left_alone() -> None:
    """The owner's list is respected."""
    store, switch = MemoryStore(), Switch()

    Actor([Armed(switch, "on", upstreams=("goproxy.cn",))], store, ManualClock()).on(WARN)

    assert switch.calls == []
    assert audit(store) == []
