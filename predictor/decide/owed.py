"""The reverts that are owed: remedies that must be undone and could not be yet, kept in the store.

One document holds them all, so that a restart finds them without knowing their names. It is written before a revert
is tried: a crash in the middle of one leaves it owed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from predictor.protocols import Decision, Store

KIND, KEY = "owed", "reverts"
FIRST_PAUSE_S, LONGEST_PAUSE_S = 30.0, 3600.0
MAX_TRIES = 12  # with these pauses about five hours


@dataclass(frozen=True, slots=True)
class Owed:
    """One revert that must still succeed; ``due`` in UTC seconds."""

    remedy: str
    decision: Decision  # that it answers
    tries: int = 0
    due: float = 0.0

    @property
    def slot(self) -> str:
        """What it is kept under."""
        return slot(self.remedy, self.decision)

    @property
    def spent(self) -> bool:
        """Whether it is no longer tried by itself; the next decision about its series tries once more."""
        return self.tries >= MAX_TRIES

    def tried(self, now: float) -> Owed:
        """The same after one more try: the pause before the next one doubles up to ``LONGEST_PAUSE_S``."""
        pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(self.tries, MAX_TRIES))
        return replace(self, tries=self.tries + 1, due=now + pause)


class Book:
    """What is owed, in a store. Every method raises StoreError when the store cannot be read or written."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def due(self, now: float) -> list[Owed]:
        """What is to be tried now, in the order in which it came to be owed."""
        return [owed for owed in map(_owed, self._rows().values()) if owed.due <= now and not owed.spent]

    def find(self, key: str) -> Owed | None:
        """What is owed under a slot."""
        row = self._rows().get(key)
        return None if row is None else _owed(row)

    def put(self, owed: Owed) -> None:
        """Owe it, or keep its newest try."""
        self._write({**self._rows(), owed.slot: asdict(owed)})

    def settle(self, key: str) -> None:
        """It is undone."""
        self._write({name: row for name, row in self._rows().items() if name != key})

    def _rows(self) -> dict[str, Any]:
        return dict((self._store.get(KIND, KEY) or {}).get("rows", {}))

    def _write(self, rows: Mapping[str, Any]) -> None:
        self._store.put(KIND, KEY, {"rows": rows})


def slot(remedy: str, decision: Decision) -> str:
    """What a remedy in force for a series is kept under."""
    return f"{remedy}|{decision.key[0]}|{decision.key[1]}"


def _owed(row: Mapping[str, Any]) -> Owed:
    return Owed(row["remedy"], Decision.of(row["decision"]), row["tries"], row["due"])
