"""Reads one JSON record of a container runtime, a journal or a CI system."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

T = TypeVar("T")


def read_record(decode: Callable[[bytes], T], text: bytes) -> T | None:
    """The record in a line, bytes that are no UTF-8 replaced; None where there is no such record."""
    try:
        return decode(text)
    except UnicodeDecodeError:
        return read_record(decode, text.decode("utf-8", "replace").encode())
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        return None
