"""The name server speaks RFC 1035, and fails as told."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest

from training.laboratory.dns import NXDOMAIN, SERVFAIL, TYPE_A, NameServer, answer

QUESTION = b"\x07modules\x08internal\x00" + struct.pack(">HH", TYPE_A, 1)
QUERY = b"\xab\xcd" + struct.pack(">HHHHH", 0x0100, 1, 0, 0, 0) + QUESTION


def test_an_a_record_is_answered() -> None:
    """Id and question come back, with the address at the end."""
    reply = answer(QUERY, "127.0.0.9")

    assert reply[:2] == QUERY[:2]
    assert struct.unpack(">H", reply[6:8]) == (1,)
    assert reply.endswith(socket.inet_aton("127.0.0.9"))


def test_other_types_have_no_record() -> None:
    """AAAA: the name is there, an address of that kind is not."""
    reply = answer(QUERY[:-4] + struct.pack(">HH", 28, 1), "127.0.0.9")

    assert struct.unpack(">H", reply[6:8]) == (0,)
    assert reply[3] & 0x0F == 0


@pytest.mark.parametrize("code", [SERVFAIL, NXDOMAIN])
def test_errors_carry_their_code(code: int) -> None:
    """In the last four bits of the flags, without a record."""
    reply = answer(QUERY, "127.0.0.9", code)

    assert reply[3] & 0x0F == code
    assert struct.unpack(">H", reply[6:8]) == (0,)


@pytest.mark.parametrize("data", [b"", b"\0" * 12, b"\x01" * 40, QUERY[:20]])
def test_what_is_no_query_is_refused(data: bytes) -> None:
    """ValueError, and never another one."""
    with pytest.raises(ValueError, match="not a DNS query"):
        answer(data, "127.0.0.9")


@pytest.mark.parametrize(
    ("kind", "code"), [("", 0), ("dns_nxdomain", NXDOMAIN), ("dns_servfail", SERVFAIL), ("dns_timeout", -1)]
)
def test_the_server_fails_as_told(kind: str, code: int) -> None:
    """Over real UDP; no answer reads as -1."""

    async def session() -> int:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: NameServer("127.0.0.9", lambda: (kind, 1.0 if kind else 0.0), 1), ("127.0.0.1", 0)
        )
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.setblocking(False)
        client.connect(transport.get_extra_info("sockname"))
        try:
            await loop.sock_sendall(client, QUERY)
            reply = await asyncio.wait_for(loop.sock_recv(client, 512), 0.3)
        except TimeoutError:
            return -1
        finally:
            client.close()
            transport.close()
        return reply[3] & 0x0F

    assert asyncio.run(session()) == code
