"""Decisions on their way to the remedies: on disk from when they are taken until they were carried out.

A remedy may take minutes. What waits behind it, perhaps the order to revert it, must outlive the process.
"""

from __future__ import annotations

from dataclasses import asdict

from predictor.clock import Clock
from predictor.protocols import Decision, Store

JOURNAL = "taken"
DONE = "carried"
MAX_AGE_S = 24 * 3600.0


class Taken:
    """What was taken and not carried out yet. Every method raises StoreError when the store fails.

    Args:
        store: keeps it.
        clock: wall time; what is older than ``MAX_AGE_S`` is no longer carried out.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def add(self, decision: Decision) -> None:
        """Keep it; on disk when this returns."""
        self._store.append(JOURNAL, [{"time": self._clock.now(), "decision": asdict(decision)}])

    def done(self, decision: Decision) -> None:
        """It was carried out."""
        self._store.put(DONE, _slot(decision), {"time": self._clock.now()})

    def left(self) -> list[Decision]:
        """What a process that ended left undone, in the order in which it was taken."""
        kept = self._store.read(JOURNAL, since=self._clock.now() - MAX_AGE_S)
        found = {_slot(decision): decision for decision in (Decision.of(entry["decision"]) for entry in kept)}
        return [decision for slot, decision in found.items() if self._store.get(DONE, slot) is None]


def _slot(decision: Decision) -> str:
    return "|".join((*decision.key, decision.episode, decision.action))
