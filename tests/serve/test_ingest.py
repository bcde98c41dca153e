"""POST /v1/logs: good lines are counted, bad bodies are refused by name, nothing is ever a 500."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from serve.problems import MEDIA_TYPE
from serve.runtime import Runtime
from tests.serve.scripted import ScriptedLoop, line


def test_lines_are_taken_in_and_counted(client: TestClient) -> None:
    answer = client.post("/v1/logs", content=line() + b"junk\n" + line("sum.golang.org"))

    assert answer.status_code == 200
    assert answer.json() == {"lines": 3, "events": 2, "skipped": {"no-json": 1}, "format": "script", "wrapper": ""}


def test_what_the_lines_do_not_say_comes_from_the_query(client: TestClient, loop: ScriptedLoop) -> None:
    client.post("/v1/logs?vantage=eu", content=line())

    assert loop.status("proxy.golang.org", "eu") is not None


@pytest.mark.parametrize("cut", [1, 30, 500])
def test_a_gzip_body_is_unpacked_however_it_is_cut(client: TestClient, cut: int) -> None:
    packed = gzip.compress(line() * 3) + gzip.compress(line() * 2)
    pieces = (packed[at : at + cut] for at in range(0, len(packed), cut))
    answer = client.post("/v1/logs", content=pieces, headers={"content-encoding": "gzip"})

    assert answer.json()["lines"] == 5


def test_unpacking_stops_at_the_limit(client: TestClient) -> None:
    bomb = gzip.compress(b"\0" * (64 << 20))
    answer = client.post("/v1/logs", content=bomb, headers={"content-encoding": "gzip"})

    assert len(bomb) < 1 << 17
    assert answer.status_code == 413


def endless() -> Iterator[bytes]:
    """More than the limit, without a Content-Length."""
    for _ in range(40):
        yield b"x" * (1 << 16)


GZIP = {"content-encoding": "gzip"}


@pytest.mark.parametrize(
    ("query", "body", "headers", "status", "slug"),
    [
        ("", b"x" * ((1 << 20) + 1), {}, 413, "too-large"),
        ("", endless(), {}, 413, "too-large"),
        ("", b"no gzip", GZIP, 400, "bad-encoding"),
        ("", gzip.compress(b"abc" * 99, mtime=0)[:-5], GZIP, 400, "bad-encoding"),
        ("", gzip.compress(b"abc", mtime=0) + b"junk", GZIP, 400, "bad-encoding"),
        ("", zlib.compress(b"abc"), {"content-encoding": "br"}, 415, "bad-encoding"),
        ("?format=nonsense", line(), {}, 415, "unknown-format"),
        ("?format=a%20b", line(), {}, 422, "bad-parameter"),
        ("?final=maybe", line(), {}, 422, "bad-parameter"),
        ("?final=false", line(), {}, 422, "bad-parameter"),
        ("?vantage=" + "v" * 400, line(), {}, 422, "bad-parameter"),
        ("", b"", {}, 422, "bad-input"),
    ],
)
def test_a_bad_body_or_query_is_a_problem_by_name(
    client: TestClient, query: str, body: bytes, headers: dict[str, str], status: int, slug: str
) -> None:
    answer = client.post(f"/v1/logs{query}", content=body, headers=headers)

    assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE)
    assert answer.json()["type"] == f"/docs#problem-{slug}"


@pytest.mark.parametrize("body", [b"\xff\xfe\0\0" * 99, b"\n", b"x" * 500_000, b"{" * 1000, b"\r\n\r\n"])
def test_no_bytes_are_an_error(client: TestClient, body: bytes) -> None:
    assert client.post("/v1/logs", content=body).status_code == 200


def test_an_empty_last_piece_ends_a_log(client: TestClient) -> None:
    client.post("/v1/logs?source=job&final=false", content=line())

    assert client.post("/v1/logs?source=job", content=b"").json()["lines"] == 0


def test_lines_that_cannot_be_kept_are_not_acknowledged(client: TestClient, runtime: Runtime) -> None:
    runtime.store.close()
    answer = client.post("/v1/logs", content=line())

    assert answer.status_code == 503
    assert answer.json()["type"] == "/docs#problem-store-failed"
    assert answer.headers["retry-after"]
