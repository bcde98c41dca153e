"""A store in the memory of one process: for tests, and for looking at a log without keeping anything."""

from __future__ import annotations

import bisect
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from predictor.errors import StoreError
from predictor.stores.backend import Backend, decode, encode, entry_time


class MemoryStore:
    """Documents and journals in dictionaries, safe to share between threads."""

    def __init__(self) -> None:
        self._documents: dict[tuple[str, str], bytes] = {}
        self._journals: dict[str, list[tuple[float, int, bytes]]] = {}
        self._count = 0
        self._closed = False
        self._lock = threading.Lock()

    def put(self, kind: str, key: str, value: Mapping[str, Any]) -> None:
        """Write or replace one document. Raises StoreError when closed or when ``value`` is no JSON."""
        text = encode(value)
        with self._lock:
            self._check_open()
            self._documents[kind, key] = text

    def get(self, kind: str, key: str) -> dict[str, Any] | None:
        """One document, None when it is not there. Raises StoreError when closed."""
        with self._lock:
            self._check_open()
            text = self._documents.get((kind, key))
        return None if text is None else decode(text)

    def append(self, kind: str, values: Sequence[Mapping[str, Any]]) -> None:
        """Add entries to a journal, all or none. Raises StoreError when one has no finite ``time``."""
        rows = [(entry_time(value), encode(value)) for value in values]
        with self._lock:
            self._check_open()
            journal = self._journals.setdefault(kind, [])
            for time, text in rows:
                self._count += 1
                bisect.insort(journal, (time, self._count, text))

    def read(self, kind: str, since: float = 0.0, until: float = float("inf")) -> Iterator[dict[str, Any]]:
        """Entries with ``since <= time < until``, oldest first; ties in the order of appending."""
        with self._lock:
            self._check_open()
            rows = [text for time, _, text in self._journals.get(kind, []) if since <= time < until]
        return map(decode, rows)

    def trim(self, kind: str, before: float) -> int:
        """Forget entries with ``time < before``; gives their number."""
        with self._lock:
            self._check_open()
            journal = self._journals.get(kind, [])
            cut = bisect.bisect_left(journal, (before, 0, b""))
            del journal[:cut]
            return cut

    def close(self) -> None:
        """Forget everything; later calls raise StoreError."""
        with self._lock:
            self._closed = True
            self._documents.clear()
            self._journals.clear()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError("the store is closed")


def _open(_url: str, _wait_s: float) -> MemoryStore:
    return MemoryStore()


def _url_in(_folder: Path) -> str:
    return "memory://"


BACKEND = Backend(name="memory", schemes=("memory",), open=_open, url_in=_url_in, durable=False)
