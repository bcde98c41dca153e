"""/v1/verdicts: humans confirm and reject, and what they said is kept, listed and audited."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from fastapi.testclient import TestClient

from predictor.journals import verdicts
from predictor.protocols import Decision
from serve.app import Settings, create_app
from serve.problems import MEDIA_TYPE
from serve.runtime import Runtime
from tests.serve.conftest import ADDRESS
from tests.serve.story import START

STRETCH = {
    "verdict": "confirmed",
    "who": "ann",
    "upstream": "proxy.golang.org",
    "start": "2026-11-22T07:44:00+00:00",
    "end": "2026-11-22T09:10:00+01:00",
}
EPISODE = {"verdict": "rejected", "who": "ann", "note": "load test", "episode": "3f9a"}


@pytest.fixture(autouse=True)
def decisions(runtime: Runtime) -> None:
    """An episode with an outage, and one that stayed a warning."""
    steps = [(0, "warn", "3f9a"), (300, "outage", "3f9a"), (900, "recovered", "3f9a"), (5000, "warn", "77aa")]
    made = [Decision(START + t, ("eu", "sum.golang.org"), action, 0.5, "none", episode=e) for t, action, e in steps]
    runtime.store.append(verdicts.DECISIONS, [asdict(each) for each in made])


def test_a_verdict_on_a_stretch_is_kept_and_listed(client: TestClient) -> None:
    given = client.post("/v1/verdicts", json=STRETCH)
    listed = client.get("/v1/verdicts").json()["verdicts"]

    assert given.status_code == 200
    assert listed == [given.json()]
    assert (listed[0]["start"], listed[0]["end"]) == ("2026-11-22T07:44:00Z", "2026-11-22T08:10:00Z")
    assert (listed[0]["exact"], listed[0]["vantage"]) == (True, "")


def test_a_verdict_on_an_episode_takes_its_series_and_times(client: TestClient) -> None:
    given = client.post("/v1/verdicts", json=EPISODE).json()

    assert (given["vantage"], given["upstream"], given["exact"]) == ("eu", "sum.golang.org", False)
    assert (given["start"], given["end"]) == ("2027-01-15T07:59:00Z", "2027-01-15T08:15:00Z")


def test_a_human_may_mend_the_times_of_an_episode(client: TestClient) -> None:
    times = {"start": "2027-01-15T08:01:00Z", "end": "2027-01-15T08:05:00Z"}
    given = client.post("/v1/verdicts", json=EPISODE | {"verdict": "confirmed"} | times).json()

    assert given["exact"] is True
    assert {name: given[name] for name in times} == times


def test_the_newest_comes_first_and_there_are_no_more_than_asked_for(client: TestClient) -> None:
    for who in ("ann", "bob", "eve"):
        client.post("/v1/verdicts", json=STRETCH | {"who": who})

    assert [each["who"] for each in client.get("/v1/verdicts?limit=2").json()["verdicts"]] == ["eve", "bob"]


def test_it_stands_in_the_audit_journal(client: TestClient) -> None:
    client.post("/v1/verdicts", json=EPISODE)
    (entry,) = client.get("/v1/audit").json()["entries"]

    assert (entry["by"], entry["what"], entry["detail"]) == ("ann", "rejected", "load test")
    assert (entry["action"], entry["episode"], entry["upstream"]) == ("verdict", "3f9a", "sum.golang.org")


WRONG: list[tuple[Any, str]] = [
    (STRETCH | {"verdict": "perhaps"}, "verdict"),
    (STRETCH | {"who": ""}, "who"),
    (STRETCH | {"upstream": ""}, "upstream"),
    (STRETCH | {"upstream": "a b"}, "upstream"),
    (STRETCH | {"start": None}, "start"),
    (STRETCH | {"end": None}, "end"),
    (STRETCH | {"start": None, "end": None}, "start"),
    (STRETCH | {"start": STRETCH["end"]}, "end"),
    (STRETCH | {"start": "2026-11-22T07:44:00"}, "start"),
    (STRETCH | {"start": "0001-01-01T00:00:00Z"}, "start"),
    (STRETCH | {"sevrity": 3}, "sevrity"),
    (EPISODE | {"episode": "none"}, "episode"),
    (EPISODE | {"upstream": "proxy.golang.org"}, "upstream"),
    (EPISODE | {"vantage": "us"}, "upstream"),
    (EPISODE | {"episode": "77aa", "verdict": "confirmed"}, "start"),
    ([], "body"),
]


@pytest.mark.parametrize(("body", "named"), WRONG)
def test_what_is_wrong_is_refused_by_name_and_nothing_is_kept(client: TestClient, body: Any, named: str) -> None:
    answer = client.post("/v1/verdicts", json=body)

    assert (answer.status_code, answer.headers["content-type"]) == (422, MEDIA_TYPE)
    assert named in answer.json()["detail"]
    assert client.get("/v1/verdicts").json() == {"verdicts": []}
    assert client.get("/v1/audit").json() == {"entries": []}


@pytest.mark.parametrize(("body", "status"), [(b"{", 422), (b"", 422), (b"\xff", 422), (b" " * (1 << 15), 413)])
def test_a_body_that_is_no_verdict_is_a_problem(client: TestClient, body: bytes, status: int) -> None:
    answer = client.post("/v1/verdicts", content=body)

    assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE)


def test_what_cannot_be_kept_is_not_acknowledged(client: TestClient, runtime: Runtime) -> None:
    runtime.store.close()

    assert client.post("/v1/verdicts", json=STRETCH).status_code == 503


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_with_a_token_only_its_bearer_may_say_or_hear(runtime: Runtime, method: str) -> None:
    client = TestClient(create_app(runtime, Settings(token="secret")), base_url=ADDRESS)  # noqa: S106
    bare = client.request(method, "/v1/verdicts", json=STRETCH)
    shown = client.request(method, "/v1/verdicts", json=STRETCH, headers={"authorization": "Bearer secret"})

    assert (bare.status_code, shown.status_code) == (401, 200)


def test_another_site_cannot_make_a_browser_say_it(client: TestClient) -> None:
    answer = client.post("/v1/verdicts", json=STRETCH, headers={"sec-fetch-site": "cross-site"})

    assert answer.status_code == 403
