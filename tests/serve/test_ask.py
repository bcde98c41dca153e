"""The questions: what is known is said, what is not known is null with a reason."""

from __future__ import annotations

import time

import pytest
from fastapi.testclient import TestClient

from predictor.protocols import Source
from serve.problems import MEDIA_TYPE
from serve.runtime import Runtime
from tests.serve.scripted import ScriptedLoop, line
from tests.serve.story import SIGNALS, START, story


def risk(client: TestClient, upstream: str, **query: str) -> dict[str, object]:
    """The answer of the risk endpoint."""
    answer = client.get("/v1/risk", params={"upstream": upstream, **query})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_risk_comes_with_state_cause_signals_and_model(client: TestClient) -> None:
    client.post("/v1/logs", content=story())
    answer = risk(client, "proxy.golang.org")

    assert answer["state"] == "ok"
    assert answer["warning"] is True
    assert answer["time"] == "2027-01-15T09:59:00Z"
    assert answer["warning_since"] == "2027-01-15T09:35:00Z"
    assert answer["cause"] == "http_5xx"
    assert answer["signals"] == [{"name": name, "weight": weight} for name, weight in SIGNALS]


def test_an_upstream_that_nobody_named_has_no_number(client: TestClient) -> None:
    answer = risk(client, "never.example")

    assert answer["state"] == "unknown"
    assert answer["risk"] == {"5m": None, "15m": None, "30m": None}
    assert answer["reason"]


def test_a_series_that_fell_silent_has_no_number(client: TestClient) -> None:
    client.post("/v1/logs", content=line(state="unknown", risk=[0.5, 0.5, 0.5]))
    answer = risk(client, "proxy.golang.org")

    assert answer["risk"] == {"5m": None, "15m": None, "30m": None}
    assert answer["reason"]


def test_a_risk_that_is_no_number_is_null(client: TestClient) -> None:
    client.post("/v1/logs", content=b'{"time":1,"upstream":"a","risk":[NaN,NaN,NaN]}')

    assert risk(client, "a")["risk"] == {"5m": None, "15m": None, "30m": None}


def test_without_a_vantage_the_worst_one_answers(client: TestClient) -> None:
    for vantage, value in (("eu", 0.1), ("us", 0.8), ("asia", 0.3)):
        client.post(f"/v1/logs?vantage={vantage}", content=line(risk=[0, value, 1]))

    assert risk(client, "proxy.golang.org")["vantage"] == "us"
    assert risk(client, "proxy.golang.org", vantage="asia")["vantage"] == "asia"
    assert risk(client, "proxy.golang.org", vantage="mars")["state"] == "unknown"


@pytest.mark.parametrize("path", ["/v1/risk?upstream=a", "/v1/advice?upstream=a"])
def test_a_model_that_cannot_run_is_a_problem_and_no_number(client: TestClient, runtime: Runtime, path: str) -> None:
    client.post("/v1/logs", content=line("a") + b'{"broken": "weights do not match"}')
    wait_for_fault(runtime)
    answer = client.get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (503, MEDIA_TYPE)
    assert "weights do not match" in answer.json()["detail"]


def test_when_time_stands_still_no_old_risk_is_told(client: TestClient, runtime: Runtime) -> None:
    client.post("/v1/logs", content=line("a"))
    runtime.stop()
    answer = client.get("/v1/risk?upstream=a")

    assert answer.status_code == 503
    assert "has stopped" in answer.json()["detail"]


def wait_for_fault(runtime: Runtime) -> None:
    """Until the loop has failed to advance, at most 5 s."""
    end = time.monotonic() + 5
    while not runtime.fault and time.monotonic() < end:
        time.sleep(0.01)


def test_a_loop_that_works_again_answers_again(client: TestClient, runtime: Runtime, loop: ScriptedLoop) -> None:
    client.post("/v1/logs", content=line("a") + b'{"broken": "for a moment"}')
    wait_for_fault(runtime)
    loop.broken = ""
    runtime.take(line("b", time=START + 60), Source("b"), "auto", final=True)

    assert risk(client, "a")["state"] == "ok"


@pytest.mark.parametrize("query", ["", "?upstream=", "?upstream=a%20b", "?upstream=" + "a" * 301, "?upstream=%00"])
def test_a_wrong_upstream_is_a_problem(client: TestClient, query: str) -> None:
    answer = client.get(f"/v1/risk{query}")

    assert answer.status_code == 422
    assert "upstream" in answer.json()["detail"]


def test_upstreams_come_worst_first(client: TestClient) -> None:
    client.post("/v1/logs", content=story())
    answer = client.get("/v1/upstreams").json()

    names = [series["upstream"] for series in answer["upstreams"]]
    assert names == ["athens.corp:3000", "proxy.golang.org", "sum.golang.org", "goproxy.cn"]
    assert (answer["mode"], answer["now"]) == ("dry-run", "2027-01-15T09:59:00Z")


def test_decisions_come_newest_first(client: TestClient) -> None:
    client.post("/v1/logs", content=story())
    found = client.get("/v1/decisions?limit=2").json()["decisions"]

    assert [(d["action"], d["upstream"]) for d in found] == [
        ("outage", "athens.corp:3000"),
        ("warn", "proxy.golang.org"),
    ]


def test_history_goes_back_as_far_as_asked(client: TestClient) -> None:
    client.post("/v1/logs", content=story())
    points = client.get("/v1/history?upstream=proxy.golang.org&minutes=10").json()["points"]

    assert [points[0]["time"], points[-1]["time"]] == ["2027-01-15T09:49:00Z", "2027-01-15T09:59:00Z"]


def test_the_audit_tail_names_remedies_and_notifiers(client: TestClient, runtime: Runtime) -> None:
    entry = {"what": "planned", "detail": "d", "vantage": "v", "upstream": "u", "action": "warn", "episode": "e"}
    runtime.store.append(
        "audit", [{"time": 1.0, "remedy": "warm", **entry}, {"time": 2.0, "notifier": "chat", **entry}]
    )

    assert [found["by"] for found in client.get("/v1/audit").json()["entries"]] == ["chat", "warm"]


@pytest.mark.parametrize(("risk15", "state", "why"), [(0.9, "outage", "under way"), (0.9, "ok", "likely soon")])
def test_advice_follows_the_warning(client: TestClient, risk15: float, state: str, why: str) -> None:
    client.post("/v1/logs", content=line(risk=[0.5, risk15, 1.0], state=state, warning=True))
    answer = client.get("/v1/advice?upstream=proxy.golang.org").json()

    assert why in answer["why"][0]
    assert answer["deadline_s"] == 300


def test_advice_for_an_unknown_upstream_changes_nothing(client: TestClient) -> None:
    answer = client.get("/v1/advice?upstream=never.example").json()

    assert (answer["goproxy"], answer["env"]) == ("", {})
