"""Who may ask: token holders, or without a token only programs of this machine."""

from __future__ import annotations

import base64

import pytest
from fastapi.testclient import TestClient

from serve.app import Settings, create_app
from serve.gate import is_loopback
from serve.runtime import Runtime
from tests.serve.conftest import ADDRESS
from tests.serve.scripted import line

TOKEN = "correct horse battery staple"  # noqa: S105 - of these tests
BEARER = f"Bearer {TOKEN}"
BASIC = "Basic " + base64.b64encode(f"any:{TOKEN}".encode()).decode()
GUARDED = ["/", "/board", "/v1/upstreams", "/v1/decisions", "/v1/audit", "/metrics", "/v1/risk?upstream=a"]


@pytest.fixture
def locked(runtime: Runtime) -> TestClient:
    """A service with a token, reached by a public name."""
    return TestClient(create_app(runtime, Settings(token=TOKEN)), base_url="http://fetchcast.example")


@pytest.mark.parametrize("path", GUARDED)
@pytest.mark.parametrize("shown", ["", "Bearer wrong", "Bearer", "Basic !!!", "Basic " + "YTpi", f"Token {TOKEN}"])
def test_without_the_token_nothing_is_told(locked: TestClient, path: str, shown: str) -> None:
    answer = locked.get(path, headers={"authorization": shown})

    assert answer.status_code == 401
    assert "Bearer" in answer.headers["www-authenticate"]
    assert TOKEN not in answer.text


@pytest.mark.parametrize("path", GUARDED)
@pytest.mark.parametrize("shown", [BEARER, BASIC, BEARER.replace("Bearer", "bearer")])
def test_with_the_token_everything_is_told(locked: TestClient, path: str, shown: str) -> None:
    assert locked.get(path, headers={"authorization": shown}).status_code == 200


@pytest.mark.parametrize(("shown", "status"), [(BEARER, 200), (BASIC, 401), ("", 401)])
def test_logs_need_the_bearer_token(locked: TestClient, shown: str, status: int) -> None:
    """A browser sends Basic credentials by itself, so they must not be enough to write."""
    assert locked.post("/v1/logs", content=line(), headers={"authorization": shown}).status_code == status


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/docs", "/openapi.json"])
def test_probes_and_documentation_need_no_token(locked: TestClient, path: str) -> None:
    assert locked.get(path).status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8787", 200),
        ("localhost", 200),
        ("localhost:1", 200),
        ("[::1]:80", 200),
        ("[::1]", 200),
        ("evil.example", 421),
        ("evil.example:8787", 421),
        ("127.0.0.1.evil.example", 421),
        ("10.0.0.1", 421),
    ],
)
def test_without_a_token_only_loopback_names_are_answered(client: TestClient, host: str, status: int) -> None:
    assert client.get("/v1/upstreams", headers={"host": host}).status_code == status


@pytest.mark.parametrize(("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200)])
def test_another_web_site_cannot_send_logs(client: TestClient, site: str, status: int) -> None:
    answer = client.post("/v1/logs", content=line(), headers={"sec-fetch-site": site})

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("localhost", True), ("192.0.2.1", False), ("", False)],
)
def test_loopback_is_this_machine_alone(host: str, *, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_the_address_of_the_tests_is_loopback() -> None:
    assert is_loopback(ADDRESS.removeprefix("http://").partition(":")[0])
