"""What a store backend offers to discovery, and what every store shares: values as JSON text.

All stores pass values through the same JSON, so that what a caller reads back never depends on the backend:
tuples become lists, keys become strings, NaN becomes None, and nobody shares a mutable value with the store.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec

from predictor.errors import StoreError
from predictor.protocols import Store


class KeptStore(Store, Protocol):
    """A store as its owner sees it: it can also be trimmed and closed."""

    def trim(self, kind: str, before: float) -> int:
        """Forget entries of a journal with ``time < before`` (UTC seconds); gives their number."""

    def close(self) -> None:
        """Let go of files and connections; calling it twice is harmless."""


@dataclass(frozen=True, slots=True)
class Backend:
    """One kind of store."""

    name: str
    schemes: tuple[str, ...]  # of the URLs that it opens, without the driver
    open: Callable[[str, float], KeptStore]  # (url, wait_s); raises StoreError
    url_in: Callable[[Path], str]  # a URL that keeps everything inside a folder; "" when a server is needed
    durable: bool  # whether what returned survives the process


def encode(value: Mapping[str, Any]) -> bytes:
    """A value as JSON text.

    Raises:
        StoreError: it holds something that JSON cannot say.
    """
    try:
        return msgspec.json.encode(dict(value))
    except (TypeError, ValueError, OverflowError) as error:
        raise StoreError(f"not a JSON value: {error}") from error


def decode(text: bytes | str) -> dict[str, Any]:
    """The value that ``encode`` gave.

    Raises:
        StoreError: the text is damaged.
    """
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"a stored value is damaged: {error}") from error


def entry_time(value: Mapping[str, Any]) -> float:
    """The ``time`` of a journal entry, UTC seconds.

    Raises:
        StoreError: it has none, or none that can be ordered.
    """
    time = value.get("time")
    if isinstance(time, bool) or not isinstance(time, (int, float)) or not math.isfinite(time):
        raise StoreError(f"a journal entry needs a finite 'time' in seconds, not {time!r}")
    return float(time)
