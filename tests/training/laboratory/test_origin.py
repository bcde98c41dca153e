"""The origin misbehaves on the wire as the kind of fault says, seen by a raw client."""

from __future__ import annotations

import asyncio
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from training.laboratory.faults import Fault
from training.laboratory.modules import pack
from training.laboratory.origin import Capacity, Origin, op_of

HOST = "127.0.0.1"
BODY = b'{"Version":"v1.0.0","Time":"2026-01-01T00:00:00Z"}' * 40
ZIP = pack({"m@v1.0.0/LICENSE": b"CC0-1.0\n", "m@v1.0.0/go.mod": b"module m\n"})
FAST = Capacity(service_s=0.0001)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A proxy tree with one module."""
    folder = tmp_path / "proxy" / "m" / "@v"
    folder.mkdir(parents=True)
    (folder / "v1.0.0.info").write_bytes(BODY)
    (folder / "v1.0.0.zip").write_bytes(ZIP)
    (tmp_path / "secret").write_text("not to be served")
    return tmp_path / "proxy"


async def fetch(port: int, path: str, wait: float = 0.5) -> bytes | str:
    """All bytes that came, or the name of what went wrong."""
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    try:
        return await asyncio.wait_for(reader.read(), wait)
    except (TimeoutError, ConnectionError) as error:
        return type(error).__name__
    finally:
        writer.transport.abort()


def ask(root: Path, path: str, *faults: Fault, capacity: Capacity = FAST, times: int = 1) -> list[bytes | str]:
    """What ``times`` clients at once get for ``path`` in minute 1."""

    async def session() -> list[bytes | str]:
        origin = Origin(root, faults, capacity, lambda: 1.0, 60.0, seed=1)
        port = free_port()
        await origin.listen(0, HOST, port)
        try:
            return list(await asyncio.gather(*(fetch(port, path) for _ in range(times))))
        finally:
            await origin.close()

    return asyncio.run(session())


def free_port() -> int:
    """A port that nobody uses."""
    import socket

    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def always(kind: str, high: float = 1.0, ops: tuple[str, ...] = ()) -> Fault:
    """A fault that hits every request."""
    return Fault(kind, "step", 0.0, 10.0, high=high, ops=ops)


def status_of(answer: bytes | str) -> int:
    """The status code."""
    assert isinstance(answer, bytes), answer
    return int(answer.split(b" ", 2)[1])


def body_of(answer: bytes | str) -> bytes:
    """What follows the head."""
    assert isinstance(answer, bytes), answer
    return answer.split(b"\r\n\r\n", 1)[1]


def test_the_healthy_origin_serves_files(root: Path) -> None:
    """Whole body, status 200."""
    [answer] = ask(root, "/m/@v/v1.0.0.info")

    assert (status_of(answer), body_of(answer)) == (200, BODY)


@pytest.mark.parametrize("path", ["/m/@v/v9.9.9.info", "/../secret", "/%2e%2e/secret", "/m/@v"])
def test_what_is_not_in_the_tree_is_404(root: Path, path: str) -> None:
    """Nothing outside of the root is served."""
    [answer] = ask(root, path)

    assert status_of(answer) == 404


@pytest.mark.parametrize(
    ("kind", "code"),
    [("http_500", 500), ("http_502", 502), ("http_503", 503), ("http_429", 429), ("http_403", 403), ("not_found", 404)],
)
def test_status_faults(root: Path, kind: str, code: int) -> None:
    """The status that the kind is named after."""
    [answer] = ask(root, "/m/@v/v1.0.0.info", always(kind))

    assert status_of(answer) == code


def test_a_hang_never_answers(root: Path) -> None:
    """No byte comes."""
    assert ask(root, "/m/@v/v1.0.0.info", always("hang")) == ["TimeoutError"]


def test_a_hang_in_mid_body_never_ends(root: Path) -> None:
    """The head comes, the end does not."""
    assert ask(root, "/m/@v/v1.0.0.info", always("hang_body")) == ["TimeoutError"]


@pytest.mark.parametrize("kind", ["reset", "reset_body"])
def test_resets(root: Path, kind: str) -> None:
    """RST, not FIN."""
    assert ask(root, "/m/@v/v1.0.0.info", always(kind)) == ["ConnectionResetError"]


def test_a_truncated_body_is_shorter_than_promised(root: Path) -> None:
    """Content-Length says more than comes."""
    [answer] = ask(root, "/m/@v/v1.0.0.info", always("truncate"))

    assert status_of(answer) == 200
    assert 0 < len(body_of(answer)) < len(BODY)


def test_corruption_keeps_the_length(root: Path) -> None:
    """Flipped bytes under a healthy head."""
    [answer] = ask(root, "/m/@v/v1.0.0.zip", always("corrupt"))

    assert len(body_of(answer)) == len(ZIP)
    assert body_of(answer) != ZIP


def test_wrong_content_is_a_valid_zip(root: Path) -> None:
    """Only its hash tells."""
    [answer] = ask(root, "/m/@v/v1.0.0.zip", always("wrong_content"))

    with zipfile.ZipFile(io.BytesIO(body_of(answer))) as archive:
        assert archive.testzip() is None
        assert archive.read("m@v1.0.0/LICENSE") != b"CC0-1.0\n"


@pytest.mark.parametrize(("kind", "body"), [("html_200", b"<!doctype"), ("empty_200", b"")])
def test_wrong_pages_come_with_status_200(root: Path, kind: str, body: bytes) -> None:
    """As maintenance pages do."""
    [answer] = ask(root, "/m/@v/v1.0.0.info", always(kind))

    assert status_of(answer) == 200
    assert body_of(answer)[: len(body) or None] == body


def test_a_partial_fault_spares_other_ops(root: Path) -> None:
    """Zips fail, .info does not."""
    fault = always("http_500", ops=("zip",))

    assert status_of(ask(root, "/m/@v/v1.0.0.zip", fault)[0]) == 500
    assert status_of(ask(root, "/m/@v/v1.0.0.info", fault)[0]) == 200


def test_a_fault_of_one_pool_spares_the_others(root: Path) -> None:
    """Pools are told by the address that they call from: the client here is pool 0."""
    sick = replace(always("http_500"), side=0)

    async def session(pools: tuple[str, ...]) -> int:
        origin = Origin(root, [sick], FAST, lambda: 1.0, 60.0, seed=1)
        origin.know(pools)
        port = free_port()
        await origin.listen(1, HOST, port)
        try:
            return status_of(await fetch(port, "/m/@v/v1.0.0.info"))
        finally:
            await origin.close()

    assert asyncio.run(session((HOST, "127.0.0.99"))) == 500
    assert asyncio.run(session(("127.0.0.99", HOST))) == 200


def test_latency_is_in_log_seconds(root: Path) -> None:
    """At dilation 60 a delay of 600 log seconds is longer than the client waits, one of 1 is not."""
    assert ask(root, "/m/@v/v1.0.0.info", always("latency", 600.0)) == ["TimeoutError"]
    assert status_of(ask(root, "/m/@v/v1.0.0.info", always("latency", 1.0))[0]) == 200


def test_a_full_queue_is_answered_503(root: Path) -> None:
    """One slot, one place to wait: of six clients at once four are sent away."""
    codes = [
        status_of(answer) for answer in ask(root, "/m/@v/v1.0.0.info", capacity=Capacity(1, 1, 0.05, 0.0), times=6)
    ]

    assert sorted(codes) == [200, 200, 503, 503, 503, 503]


def test_lost_slots_make_requests_wait(root: Path) -> None:
    """Ten requests of 50 ms take half a second in one slot, which the last ones do not live to see."""
    answers = ask(root, "/m/@v/v1.0.0.info", always("slots", 1.0), capacity=Capacity(10, 100, 0.12, 0.0), times=10)

    assert "TimeoutError" in answers


@pytest.mark.parametrize(
    ("path", "op"),
    [
        ("/m/@v/list", "list"),
        ("/m/@latest", "latest"),
        ("/m/@v/v1.0.0.zip", "zip"),
        ("/m/@v/v1.0.0.mod", "mod"),
        ("/sumdb/sum.golang.org/supported", "sumdb"),
        ("/robots.txt", ""),
    ],
)
def test_ops_are_told_by_the_path(path: str, op: str) -> None:
    """GOPROXY layout."""
    assert op_of(path) == op
