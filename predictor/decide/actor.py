"""Carries decisions out: remedies in the order of the configuration, every step in the audit journal.

A remedy that is not switched on is planned and written down, and nothing more. One that fails stops those after
it (builds must not be switched to a cache that did not prove itself) and never stops the loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from predictor.clock import Clock
from predictor.errors import FetchcastError
from predictor.protocols import Decision, Plan, Remedy, Store

JOURNAL = "audit"
APPLIED = "applied"
BEGINS = {"warn", "outage"}
ENDS = {"clear", "recovered"}


@dataclass(frozen=True, slots=True)
class Armed:
    """A remedy with its owner's will."""

    remedy: Remedy
    mode: str = "dry-run"  # "on" acts; anything else only plans
    upstreams: Sequence[str] = ()  # () is all


class Actor:
    """Applies remedies when trouble begins and reverts them when it ends.

    Args:
        armed: remedies in the order in which they act; reverted in the opposite order.
        store: keeps the audit journal and what is applied, so that a restart can still revert it.
        clock: gives the time of the audit entries.
    """

    def __init__(self, armed: Sequence[Armed], store: Store, clock: Clock) -> None:
        self._armed, self._store, self._clock = tuple(armed), store, clock

    def on(self, decision: Decision) -> None:
        """Carry one decision out; failures go to the audit journal."""
        mine = [armed for armed in self._armed if not armed.upstreams or decision.key[1] in armed.upstreams]
        if decision.action in BEGINS:
            for armed in mine:
                if not self._begin(armed, decision):
                    self._note(armed.remedy.name, decision, "stopped", "what comes after it is not tried")
                    return
        elif decision.action in ENDS:
            for armed in reversed(mine):
                self._end(armed, decision)

    def _begin(self, armed: Armed, decision: Decision) -> bool:
        remedy, name = armed.remedy, armed.remedy.name
        if self._applied(name, decision) is not None:
            return True
        try:
            plan = remedy.plan(decision)
            self._note(name, decision, "planned", "; ".join(plan.steps))
            if armed.mode != "on":
                self._note(name, decision, "dry-run", 'nothing was done: set mode = "on" to let it act')
                return True
            self._claim(name, decision, plan)
            remedy.apply(plan)
            self._note(name, decision, APPLIED, "; ".join(plan.steps))
            if remedy.verify(plan):
                self._note(name, decision, "verified", "it has the effect that it should have")
                return True
            self._note(name, decision, "not verified", "it is reverted")
            remedy.revert(plan)
        except FetchcastError as error:
            self._note(name, decision, "failed", str(error))
        self._release(name, decision)
        return False

    def _end(self, armed: Armed, decision: Decision) -> None:
        name = armed.remedy.name
        plan = self._applied(name, decision)
        if plan is None:
            return
        try:
            armed.remedy.revert(plan)
            self._note(name, decision, "reverted", "")
        except FetchcastError as error:
            self._note(name, decision, "revert failed", str(error))
        self._release(name, decision)

    def _applied(self, name: str, decision: Decision) -> Plan | None:
        kept = self._store.get(APPLIED, _slot(name, decision))
        if not kept or not kept.get("on"):
            return None
        return Plan(name, kept["steps"], kept["values"])

    def _claim(self, name: str, decision: Decision, plan: Plan) -> None:
        # Written before the act: after a crash in between, a revert of something not done is harmless,
        # while a forgotten act would stay for ever.
        value: dict[str, Any] = {"on": True, "steps": list(plan.steps), "values": dict(plan.values)}
        self._store.put(APPLIED, _slot(name, decision), value)

    def _release(self, name: str, decision: Decision) -> None:
        self._store.put(APPLIED, _slot(name, decision), {"on": False, "steps": [], "values": {}})

    def _note(self, name: str, decision: Decision, what: str, detail: str) -> None:
        entry = {
            "time": self._clock.now(),
            "remedy": name,
            "what": what,
            "detail": detail,
            "vantage": decision.key[0],
            "upstream": decision.key[1],
            "action": decision.action,
            "episode": decision.episode,
        }
        self._store.append(JOURNAL, [entry])


def _slot(name: str, decision: Decision) -> str:
    return f"{name}|{decision.key[0]}|{decision.key[1]}"
