"""A request body with limits: its size as sent, its size after gzip, and the time that it may take.

A body of 64 KB can unpack to 64 MB; the limit therefore counts unpacked bytes, piece by piece, and unpacking
stops at the limit instead of after it.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from typing import Protocol

from fastapi import Request
from starlette.requests import ClientDisconnect

from serve.problems import Refusal

READ_LIMIT_S = 60.0
_GZIP = 16 + zlib.MAX_WBITS


class _Unpacker(Protocol):
    def feed(self, data: bytes, room: int) -> bytes: ...

    def finish(self) -> None: ...


class _Plain:
    """Hands bytes on."""

    def feed(self, data: bytes, room: int) -> bytes:
        return data[: room + 1]

    def finish(self) -> None:
        return None


class _Gunzip:
    """Unpacks gzip members, never more than one byte over the room that is left."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_GZIP)
        self._fed = False

    def feed(self, data: bytes, room: int) -> bytes:
        parts: list[bytes] = []
        try:
            while data and room >= 0:
                if self._stream.eof:
                    self._stream = zlib.decompressobj(_GZIP)
                part = self._stream.decompress(data, room + 1)
                self._fed = True
                parts.append(part)
                room -= len(part)
                data = self._stream.unused_data or self._stream.unconsumed_tail
        except zlib.error as error:
            raise Refusal(400, "bad-encoding", "the body is not what Content-Encoding: gzip promises") from error
        return b"".join(parts)

    def finish(self) -> None:
        if self._fed and not self._stream.eof:
            raise Refusal(400, "bad-encoding", "the gzip body ends too early; send it again whole")


def _unpacker(request: Request) -> _Unpacker:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return _Plain()
    if encoding in ("gzip", "x-gzip"):
        return _Gunzip()
    refused = "only gzip and identity are understood as Content-Encoding"
    raise Refusal(415, "bad-encoding", refused, {"Accept-Encoding": "gzip, identity"})


def _too_large(limit: int) -> Refusal:
    return Refusal(413, "too-large", f"the body is larger than {limit} bytes unpacked; send it in pieces (final=false)")


async def _chunks(request: Request, limit: int) -> AsyncIterator[bytes]:
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    async for chunk in request.stream():
        if chunk:
            yield chunk


async def read_body(request: Request, limit: int, limit_s: float = READ_LIMIT_S) -> bytes:
    """The unpacked body of at most ``limit`` bytes, read within ``limit_s`` seconds.

    Raises:
        Refusal: 400 damaged or broken off, 408 too slow, 413 too large, 415 another encoding than gzip.
    """
    unpacker = _unpacker(request)
    body = bytearray()
    try:
        async with asyncio.timeout(limit_s):
            async for chunk in _chunks(request, limit):
                body += unpacker.feed(chunk, limit - len(body))
                if len(body) > limit:
                    raise _too_large(limit)
    except TimeoutError as error:
        raise Refusal(408, "too-slow", f"the body did not arrive within {limit_s:g} s") from error
    except ClientDisconnect as error:
        raise Refusal(400, "broken-off", "the client went away before the body was complete") from error
    unpacker.finish()
    return bytes(body)
