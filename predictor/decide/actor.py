"""Carries decisions out: remedies in the order of the configuration, every step in the audit journal.

A remedy that is not switched on is planned and written down, and nothing more. One that fails stops those after
it (builds must not be switched to a cache that did not prove itself) and never stops the loop. One that cannot be
undone stays in force, its owner is told, and the revert is tried again, also after a restart.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from predictor.clock import Clock
from predictor.decide.owed import Book, Owed, slot
from predictor.errors import DefectError, FetchcastError, RemedyError, contained
from predictor.protocols import Decision, Plan, Remedy, Store

JOURNAL = "audit"
APPLIED = "applied"
STUCK = "stuck"  # action of the decision that tells the owner of a remedy that could not be undone
BEGINS = {"warn", "outage"}
ENDS = {"clear", "recovered"}
_LOG = logging.getLogger("fetchcast.remedies")


@dataclass(frozen=True, slots=True)
class Armed:
    """A remedy with its owner's will."""

    remedy: Remedy
    mode: str = "dry-run"  # "on" acts; anything else only plans
    upstreams: Sequence[str] = ()  # () is all


class Actor:
    """Applies remedies when trouble begins and reverts them when it ends.

    Args:
        armed: remedies in the order in which they act; reverted in the opposite order. The second of a name is
            known as ``name-2``.
        store: keeps the audit journal and what is applied, so that a restart can still revert it.
        clock: gives the time of the audit entries and of the pauses between tries.
        tell: takes the decision (action ``stuck``) that tells the owner of a remedy that could not be undone.
    """

    def __init__(
        self, armed: Sequence[Armed], store: Store, clock: Clock, tell: Callable[[Decision], None] | None = None
    ) -> None:
        self._armed, self._store, self._clock, self._tell = _named(armed), store, clock, tell
        self._book = Book(store)

    def on(self, decision: Decision) -> None:
        """Carry one decision out; failures go to the audit journal. Raises StoreError when that cannot be kept."""
        mine = [name for name, each in self._armed.items() if not each.upstreams or decision.key[1] in each.upstreams]
        if decision.action in BEGINS:
            for name in mine:
                if not self._begin(name, decision):
                    self._note(name, decision, "stopped", "what comes after it is not tried")
                    return
        elif decision.action in ENDS:
            for name in reversed(mine):
                if self._applied(name, decision) is not None:
                    self._undo(Owed(name, decision))

    def retry(self) -> None:
        """Try again the reverts that failed, where they are due. Raises StoreError."""
        for owed in self._book.due(self._clock.now()):
            self._undo(owed)

    def failed(self, what: str, detail: str) -> None:
        """Write down that a part of the hands failed. Raises StoreError."""
        nothing = Decision(self._clock.now(), ("", ""), "", float("nan"), "none")
        self._note(what, nothing, "failed", detail)

    def _begin(self, name: str, decision: Decision) -> bool:
        """Whether the remedy is in force, or would be."""
        owed = self._book.find(slot(name, decision))
        if owed is None and self._applied(name, decision) is not None:
            return True
        if owed is not None and not self._undo(owed):  # half undone: nothing can be built on it
            return False
        armed = self._armed[name]
        try:
            with contained():
                plan = armed.remedy.plan(decision)
        except FetchcastError as error:
            self._note(name, decision, "failed", str(error))
            return False
        self._note(name, decision, "planned", "; ".join(plan.steps))
        if armed.mode != "on":
            self._note(name, decision, "dry-run", 'nothing was done: set mode = "on" to let it act')
            return True
        return self._act(name, decision, plan)

    def _act(self, name: str, decision: Decision, plan: Plan) -> bool:
        remedy = self._armed[name].remedy
        self._claim(name, decision, plan)
        try:
            with contained():
                remedy.apply(plan)
        except FetchcastError as error:
            self._note(name, decision, "failed", str(error))
            if isinstance(error, DefectError):
                self._undo(Owed(name, decision))
            else:  # a remedy that says that it failed left things as they were
                self._release(name, decision)
            return False
        self._note(name, decision, APPLIED, "; ".join(plan.steps))
        try:
            with contained():
                fault = "" if remedy.verify(plan) else "it does not have the effect that it should have"
        except FetchcastError as error:
            fault = str(error)
        if not fault:
            self._note(name, decision, "verified", "it has the effect that it should have")
            return True
        self._note(name, decision, "not verified", f"{fault}; it is reverted")
        self._undo(Owed(name, decision))
        return False

    def _undo(self, owed: Owed) -> bool:
        """Try a revert; whether the remedy is no longer in force."""
        name, decision, plan = owed.remedy, owed.decision, self._applied(owed.remedy, owed.decision)
        if plan is None:
            self._book.settle(owed.slot)
            return True
        tried = owed.tried(self._clock.now())
        self._book.put(tried)
        try:
            if name not in self._armed:
                raise RemedyError("no remedy of this name is configured any more")
            with contained():
                self._armed[name].remedy.revert(plan)
        except FetchcastError as error:
            self._report_stuck(tried, str(error))
            return False
        self._release(name, decision)
        self._book.settle(owed.slot)
        self._note(name, decision, "reverted", "")
        return True

    def _report_stuck(self, owed: Owed, reason: str) -> None:
        name, decision = owed.remedy, owed.decision
        ahead = "undo it by hand" if owed.spent else f"tried again in {owed.due - self._clock.now():.0f} s"
        _LOG.error("%s for %s could not be reverted and stays in force: %s; %s", name, decision.key[1], reason, ahead)
        self._note(name, decision, "given up" if owed.spent else "revert failed", f"{reason}; {ahead}")
        if owed.tries == 1 and self._tell is not None:
            self._tell(replace(decision, time=self._clock.now(), action=STUCK, remedy=name))

    def _applied(self, name: str, decision: Decision) -> Plan | None:
        kept = self._store.get(APPLIED, slot(name, decision))
        if not kept or not kept.get("on"):
            return None
        return Plan(name, kept["steps"], kept["values"])

    def _claim(self, name: str, decision: Decision, plan: Plan) -> None:
        # Written before the act: after a crash in between, a revert of something not done is harmless,
        # while a forgotten act would stay for ever.
        value: dict[str, Any] = {"on": True, "steps": list(plan.steps), "values": dict(plan.values)}
        self._store.put(APPLIED, slot(name, decision), value)

    def _release(self, name: str, decision: Decision) -> None:
        self._store.put(APPLIED, slot(name, decision), {"on": False, "steps": [], "values": {}})

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


def _named(armed: Sequence[Armed]) -> dict[str, Armed]:
    found: dict[str, Armed] = {}
    seen: Counter[str] = Counter()
    for each in armed:
        name = each.remedy.name
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name}-{seen[name]}"] = each
    return found
