"""Streams that are read once, from front to back: how archives are read without being unpacked anywhere."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO, cast

import zstandard

PIECE = 1 << 18  # bytes handed on at once
UNREADABLE = (EOFError, OSError, zlib.error, zstandard.ZstdError)  # what damaged compression and cut files raise


class Pieces(io.RawIOBase):
    """Pieces of bytes as one stream. What stands before an error of theirs is given out first."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces, self._ahead = iter(pieces), b""
        self._failure: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        """``size`` bytes, all of them for -1; fewer only at the end or before what cannot be read.

        Raises:
            EOFError, OSError, zlib.error, zstandard.ZstdError: as the pieces raise them.
        """
        parts, held = ([self._ahead] if self._ahead else []), len(self._ahead)
        while self._failure is None and (size < 0 or held < size):
            try:
                piece = next(self._pieces, None)
            except UNREADABLE as error:
                self._failure = error
                break
            if piece is None:
                break
            parts.append(piece)
            held += len(piece)
        data = b"".join(parts)
        if self._failure is not None and not data and size:
            raise self._failure
        self._ahead = data[size:] if size >= 0 else b""
        return data[:size] if size >= 0 else data


def stream_of(pieces: Iterable[bytes]) -> IO[bytes]:
    """Pieces of bytes as a binary stream."""
    return cast("IO[bytes]", Pieces(pieces))


def peeked(stream: IO[bytes], size: int) -> tuple[bytes, IO[bytes]]:
    """The first bytes of a stream, and the stream as if they had not been read. Raises nothing."""
    parts: list[bytes] = []
    rest = pieces_of(stream)
    try:
        while sum(map(len, parts)) < size and (data := stream.read(size)):
            parts.append(data)
    except UNREADABLE as error:
        rest = _failing(error)
    head = b"".join(parts)
    return head[:size], stream_of(chain([head], rest))


def pieces_of(stream: IO[bytes]) -> Iterator[bytes]:
    """The rest of a stream in pieces."""
    while data := stream.read(PIECE):
        yield data


def _failing(error: Exception) -> Iterator[bytes]:
    yield b""
    raise error
