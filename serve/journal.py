"""Accepted log bytes on disk before they are acknowledged, so that kill -9 loses nothing that a client was promised.

After a start the records of the last hours are read back in the order of arrival and go through the loop again.
How a record is laid out is said by :mod:`predictor.journals.accepted`, which ``fetchcast dataset`` reads by, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from predictor.journals.accepted import KIND, Accepted, bodies, entries
from predictor.stores.backend import KeptStore


class Journal:
    """Accepted bodies in a store."""

    def __init__(self, store: KeptStore) -> None:
        self._store = store

    def commit(self, body: Accepted) -> None:
        """Keep a body; it is on disk when this returns.

        Raises:
            StoreError: it could not be kept, and must not be acknowledged.
        """
        self._store.append(KIND, entries(body))

    def records(self, since: float, damaged: Callable[[str], None]) -> Iterator[Accepted]:
        """Bodies received at ``since`` or later, in the order of arrival; ``damaged`` is told of each that is lost.

        Raises:
            StoreError: the store cannot be read.
        """
        return bodies(self._store.read(KIND, since), damaged)

    def forget(self, before: float) -> int:
        """Drop what was received before ``before``; gives the number of pieces."""
        return self._store.trim(KIND, before)
