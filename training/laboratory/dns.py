"""A name server for one A record on a loopback UDP port, which can fall silent or answer with an error.

nginx's ``resolver`` asks it; wire format by RFC 1035 section 4.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import Callable
from typing import cast

TYPE_A = 1
SERVFAIL = 2
NXDOMAIN = 3
TTL_S = 1
MODES = {"dns_timeout": -1, "dns_servfail": SERVFAIL, "dns_nxdomain": NXDOMAIN}  # -1: no answer


def answer(query: bytes, address: str, code: int = 0) -> bytes:
    """The reply to ``query``: ``address`` for type A, no record for other types, or an error ``code``.

    Raises:
        ValueError: the datagram is no query.
    """
    end = query.find(b"\0", 12)
    if len(query) < 17 or end < 0 or len(query) < end + 5:
        raise ValueError("not a DNS query")
    question = query[12 : end + 5]
    records = int(code == 0 and struct.unpack(">H", query[end + 1 : end + 3])[0] == TYPE_A)
    reply = query[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, records, 0, 0) + question
    if records:
        reply += b"\xc0\x0c" + struct.pack(">HHIH", TYPE_A, 1, TTL_S, 4) + socket.inet_aton(address)
    return reply


class NameServer(asyncio.DatagramProtocol):
    """Answers every name with ``address``; ``trouble()`` gives (kind of fault, share of queries that it hits)."""

    def __init__(self, address: str, trouble: Callable[[], tuple[str, float]], seed: int) -> None:
        self.asked = 0
        self._address, self._trouble, self._rng = address, trouble, random.Random(seed)
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to answer on."""
        # asyncio's own datagram transport does not derive from the class that documents it
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        """Answer one query, or not."""
        self.asked += 1
        kind, share = self._trouble()
        code = MODES.get(kind, 0) if self._rng.random() < share else 0
        if code >= 0 and self._transport is not None:
            try:
                self._transport.sendto(answer(data, self._address, code), addr)
            except ValueError:
                self.asked -= 1  # no query at all
