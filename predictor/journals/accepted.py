"""Accepted log bytes as journal entries: one body is one or more pieces of bounded size, appended all or none.

Pieces are zstd in base64; the last one (``left`` is 0) also says where the log came from and how it is read.
"""

from __future__ import annotations

import base64
import math
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import zstandard

from predictor.events import rfc3339
from predictor.protocols import Source

KIND = "ingest"
PIECE = 1 << 20  # bytes of one piece before base64


@dataclass(frozen=True, slots=True)
class Accepted:
    """One accepted body."""

    time: float  # when it was received, UTC seconds
    data: bytes
    source: Source
    format_name: str
    final: bool  # whether the log ends here


def entries(body: Accepted) -> list[dict[str, Any]]:
    """The journal entries of one body, to be appended together."""
    packed = zstandard.ZstdCompressor(level=1).compress(body.data)
    pieces = [packed[at : at + PIECE] for at in range(0, len(packed), PIECE)]
    name = uuid.uuid4().hex
    found: list[dict[str, Any]] = [
        {"time": body.time, "body": name, "left": len(pieces) - 1 - i, "data": base64.b64encode(piece).decode()}
        for i, piece in enumerate(pieces)
    ]
    source = body.source
    found[-1] |= {
        "format": body.format_name,
        "final": body.final,
        "size": len(body.data),
        "name": source.name,
        "vantage": source.vantage,
        "upstream": source.upstream,
        "job": source.job,
        "start": None if math.isnan(source.start) else source.start,
    }
    return found


def bodies(journal: Iterable[Mapping[str, Any]], damaged: Callable[[str], None]) -> Iterator[Accepted]:
    """The bodies of a journal in the order of arrival; ``damaged`` is told of each that cannot be given back."""
    waiting: dict[str, list[str]] = {}
    for entry in journal:
        try:
            name, data, left = str(entry["body"]), str(entry["data"]), int(entry["left"])
            pieces = waiting.setdefault(name, [])
            pieces.append(data)
            if left:
                continue
            del waiting[name]
            body = _body(entry, pieces)
        except (KeyError, TypeError, ValueError, zstandard.ZstdError) as error:
            damaged(f"the log received at {_when(entry)} is damaged in the journal: {type(error).__name__} {error}")
            continue
        yield body
    for name in waiting:
        damaged(f"the log with the id {name} lacks its end in the journal")


def _body(entry: Mapping[str, Any], pieces: Iterable[str]) -> Accepted:
    packed = b"".join(base64.b64decode(piece, validate=True) for piece in pieces)
    size = int(entry["size"])
    data = zstandard.ZstdDecompressor().decompress(packed, max_output_size=max(size, 1))
    if len(data) != size:
        raise ValueError(f"{len(data)} bytes instead of {size}")
    source = Source(
        name=str(entry["name"]),
        vantage=str(entry["vantage"]),
        upstream=str(entry["upstream"]),
        job=str(entry["job"]),
        start=math.nan if entry["start"] is None else float(entry["start"]),
    )
    return Accepted(float(entry["time"]), data, source, str(entry["format"]), bool(entry["final"]))


def _when(entry: Mapping[str, Any]) -> str:
    time = entry.get("time")
    return rfc3339(time) if isinstance(time, int | float) else "an unknown time"
