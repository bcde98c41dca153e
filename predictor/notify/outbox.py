"""Notifications survive a restart: a decision is written to the outbox first and delivered from there.

A delivery that fails is tried again with growing pauses; a permanent failure, or the last try, is written to
the audit journal. One broken channel never holds up the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from predictor.clock import Clock
from predictor.errors import DeliveryError, FetchcastError, contained
from predictor.notify.message import identity
from predictor.protocols import Decision, Notifier, Store

JOURNAL = "outbox"
STATE = "delivery"
MAX_TRIES = 6
FIRST_PAUSE_S = 5.0
MAX_AGE_S = 24 * 3600.0


class Outbox:
    """Queues and delivers.

    Args:
        notifiers: channel id -> notifier; the id must be the same after a restart.
        store: keeps queue and states.
        clock: wall time, for pauses between tries.
    """

    def __init__(self, notifiers: Mapping[str, Notifier], store: Store, clock: Clock) -> None:
        self._notifiers, self._store, self._clock = dict(notifiers), store, clock

    def put(self, decision: Decision) -> None:
        """Queue a decision for every channel that wants it."""
        entries = [
            {"time": self._clock.now(), "channel": channel, "decision": asdict(decision)}
            for channel, notifier in self._notifiers.items()
            if notifier.wants(decision)
        ]
        if entries:
            self._store.append(JOURNAL, entries)

    def deliver(self) -> int:
        """Try what is due; gives the number of messages that arrived."""
        now, arrived = self._clock.now(), 0
        for entry in self._store.read(JOURNAL, since=now - MAX_AGE_S):
            notifier = self._notifiers.get(entry["channel"])
            slot = "|".join((entry["channel"], *identity(Decision.of(entry["decision"]))))
            state = self._store.get(STATE, slot) or {"tries": 0, "due": 0.0, "done": False}
            if notifier is None or state["done"] or state["due"] > now:
                continue
            arrived += self._try(notifier, entry, slot, int(state["tries"]) + 1)
        return arrived

    def _try(self, notifier: Notifier, entry: Mapping[str, Any], slot: str, tries: int) -> bool:
        now = self._clock.now()
        try:
            with contained():
                notifier.send(Decision.of(entry["decision"]))
        except FetchcastError as error:
            final = tries >= MAX_TRIES or (isinstance(error, DeliveryError) and error.permanent)
            due = now + FIRST_PAUSE_S * 2.0 ** (tries - 1)
            self._store.put(STATE, slot, {"tries": tries, "due": due, "done": final})
            self._note(entry, "given up" if final else "failed", str(error))
            return False
        self._store.put(STATE, slot, {"tries": tries, "due": now, "done": True})
        self._note(entry, "delivered", "")
        return True

    def _note(self, entry: Mapping[str, Any], what: str, detail: str) -> None:
        decision = entry["decision"]
        note = {
            "time": self._clock.now(),
            "notifier": entry["channel"],
            "what": what,
            "detail": detail,
            "vantage": decision["key"][0],
            "upstream": decision["key"][1],
            "action": decision["action"],
            "episode": decision["episode"],
        }
        self._store.append("audit", [note])
