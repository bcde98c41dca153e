"""How the origin misbehaves in one answer: each behaviour writes (or does not write) one HTTP response.

A behaviour says whether the connection may be kept for the next request.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

HOLD_S = 600.0  # a hang ends by itself after this many real seconds, so that no task outlives its recording for long
REASONS = {
    200: "OK",
    403: "Forbidden",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}
BODIES = {
    403: "access denied by policy\n",
    404: "not found: module lookup disabled\n",
    429: "rate limit exceeded, slow down\n",
    500: "internal server error\n",
    502: "bad gateway\n",
    503: "upstream overloaded, try again later\n",
}
HTML = (
    b"<!doctype html><html><head><title>Maintenance</title></head><body><h1>We will be back soon</h1></body></html>\n"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the origin would say if nothing were wrong."""

    status: int
    body: bytes
    kind: str = "text/plain; charset=utf-8"


Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter, Answer], Awaitable[bool]]


def head(status: int, length: int, kind: str, extra: str = "") -> bytes:
    """The head of an HTTP/1.1 response."""
    return (
        f"HTTP/1.1 {status} {REASONS[status]}\r\nServer: origin\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {length}\r\n{extra}\r\n"
    ).encode()


async def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> bool:
    """The right answer."""
    writer.write(head(answer.status, len(answer.body), answer.kind) + answer.body)
    await writer.drain()
    return True


def status(code: int) -> Behaviour:
    """An error status with a short text body."""

    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter, _answer: Answer) -> bool:
        body = BODIES[code].encode()
        extra = "Retry-After: 30\r\n" if code in {429, 503} else ""
        writer.write(head(code, len(body), "text/plain; charset=utf-8", extra) + body)
        await writer.drain()
        return True

    return behave


def instead(make: Callable[[Answer], Answer]) -> Behaviour:
    """Another body under a healthy head."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> bool:
        return await plain(reader, writer, make(answer) if answer.status == 200 else answer)

    return behave


def flipped(answer: Answer) -> Answer:
    """The body with every 97th byte inverted, from the middle on."""
    body = bytearray(answer.body)
    for index in range(len(body) // 2, len(body), 97):
        body[index] ^= 0xFF
    return Answer(200, bytes(body), answer.kind)


async def _until_closed(reader: asyncio.StreamReader) -> None:
    try:
        await asyncio.wait_for(reader.read(1), HOLD_S)
    except TimeoutError:
        return


def _abort(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter, _answer: Answer) -> bool:
    """Nothing, until the client gives up."""
    await _until_closed(reader)
    return False


async def hang_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> bool:
    """The head and half of the body, then nothing."""
    writer.write(head(answer.status, len(answer.body), answer.kind) + answer.body[: len(answer.body) // 2])
    await writer.drain()
    await _until_closed(reader)
    return False


async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter, _answer: Answer) -> bool:
    """RST before any byte."""
    _abort(writer)
    return False


async def reset_body(_: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> bool:
    """RST after the head and half of the body."""
    writer.write(head(answer.status, len(answer.body), answer.kind) + answer.body[: len(answer.body) // 2])
    await writer.drain()
    await asyncio.sleep(0.02)  # so that the half is read before the RST discards it
    _abort(writer)
    return False


async def truncate(_: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> bool:
    """A proper close after two thirds of the body."""
    writer.write(head(answer.status, len(answer.body), answer.kind) + answer.body[: len(answer.body) * 2 // 3])
    await writer.drain()
    return False


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> bool:
    """The body in 40 parts with a pause between them, so that no read timeout ever fires."""
    writer.write(head(answer.status, len(answer.body), answer.kind))
    step = max(1, len(answer.body) // 40)
    for start in range(0, len(answer.body), step):
        if reader.at_eof():
            return False
        writer.write(answer.body[start : start + step])
        await writer.drain()
        await asyncio.sleep(0.1)
    return True


#: kind of fault -> how one request that it hits is answered
BEHAVIOURS: dict[str, Behaviour] = {
    **{f"http_{code}": status(code) for code in (403, 429, 500, 502, 503)},
    "not_found": status(404),
    "hang": hang,
    "hang_body": hang_body,
    "reset": reset,
    "reset_body": reset_body,
    "truncate": truncate,
    "drip": drip,
    "corrupt": instead(flipped),
    "html_200": instead(lambda _: Answer(200, HTML, "text/html")),
    "empty_200": instead(lambda answer: Answer(200, b"", answer.kind)),
}
