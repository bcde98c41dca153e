"""Accepted log bytes on disk before they are acknowledged, so that kill -9 loses nothing that a client was promised.

One body is one record; it is kept compressed, in pieces of bounded size that are appended all or none. After a
start the records of the last hours are read back in the order of arrival and go through the loop again.
"""

from __future__ import annotations

import base64
import math
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import zstandard

from predictor.errors import StoreError
from predictor.protocols import Source
from predictor.stores.backend import KeptStore

KIND = "ingest"
PIECE = 1 << 20  # bytes of one piece before base64


@dataclass(frozen=True, slots=True)
class Record:
    """One accepted body."""

    time: float  # when it was received, UTC seconds
    data: bytes
    source: Source
    format_name: str
    final: bool


class Journal:
    """Accepted bodies in a store."""

    def __init__(self, store: KeptStore) -> None:
        self._store = store

    def commit(self, record: Record) -> None:
        """Keep a body; it is on disk when this returns.

        Raises:
            StoreError: it could not be kept, and must not be acknowledged.
        """
        packed = zstandard.ZstdCompressor(level=1).compress(record.data)
        pieces = [packed[at : at + PIECE] for at in range(0, len(packed), PIECE)]
        body = uuid.uuid4().hex
        head = {"format": record.format_name, "final": record.final, "size": len(record.data), **_fields(record.source)}
        entries: list[dict[str, Any]] = [
            {"time": record.time, "body": body, "left": len(pieces) - 1 - i, "data": base64.b64encode(piece).decode()}
            for i, piece in enumerate(pieces)
        ]
        self._store.append(KIND, [*entries[:-1], {**entries[-1], **head}])

    def records(self, since: float) -> Iterator[Record]:
        """Bodies received at ``since`` or later, in the order of arrival.

        Raises:
            StoreError: the store cannot be read or a record is damaged.
        """
        open_bodies: dict[str, list[str]] = {}
        for entry in self._store.read(KIND, since):
            pieces = open_bodies.setdefault(entry["body"], [])
            pieces.append(entry["data"])
            if entry["left"] == 0:
                del open_bodies[entry["body"]]
                yield _record(entry, pieces)

    def forget(self, before: float) -> int:
        """Drop what was received before ``before``; gives the number of pieces."""
        return self._store.trim(KIND, before)


def _fields(source: Source) -> dict[str, Any]:
    start = None if math.isnan(source.start) else source.start
    return {
        "name": source.name,
        "vantage": source.vantage,
        "upstream": source.upstream,
        "job": source.job,
        "start": start,
    }


def _record(entry: dict[str, Any], pieces: list[str]) -> Record:
    try:
        packed = b"".join(base64.b64decode(piece) for piece in pieces)
        data = zstandard.ZstdDecompressor().decompress(packed, max_output_size=entry["size"])
    except (zstandard.ZstdError, ValueError) as error:
        raise StoreError(f"the journal of accepted logs is damaged: {error}") from error
    source = Source(
        name=entry["name"],
        vantage=entry["vantage"],
        upstream=entry["upstream"],
        job=entry["job"],
        start=math.nan if entry["start"] is None else entry["start"],
    )
    return Record(entry["time"], data, source, entry["format"], entry["final"])
