"""The app around the endpoints: problems, ids, probes, metrics, documentation."""

from __future__ import annotations

import time

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from predictor.errors import ArtifactError, FetchcastError, InputError, StoreError, UnknownFormatError
from serve.app import create_app
from serve.problems import MEDIA_TYPE, STATUSES, refusal_of
from serve.ready import Check
from serve.runtime import Runtime
from tests.serve.conftest import ADDRESS
from tests.serve.scripted import ScriptedLoop, line
from tests.serve.story import story


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("DELETE", "/v1/risk", 405)])
def test_also_what_the_framework_refuses_is_a_problem(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)

    assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE)
    assert answer.json()["status"] == status


def test_a_bug_tells_the_client_nothing_of_the_inside(runtime: Runtime) -> None:
    app: FastAPI = create_app(runtime)

    @app.get("/bug")
    def bug() -> None:
        raise ZeroDivisionError("secret detail")

    answer = TestClient(app, base_url=ADDRESS, raise_server_exceptions=False).get("/bug")

    assert (answer.status_code, answer.headers["content-type"]) == (500, MEDIA_TYPE)
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnknownFormatError("?"), 415),
        (InputError("?"), 422),
        (ArtifactError("?"), 503),
        (StoreError("?"), 503),
        (FetchcastError("?"), 503),
    ],
)
def test_each_error_has_one_status(error: FetchcastError, status: int) -> None:
    assert refusal_of(error).status == status


def test_a_special_error_stands_before_its_base() -> None:
    kinds = [kind for kind, _, _ in STATUSES]

    assert all(not issubclass(later, kind) for i, kind in enumerate(kinds) for later in kinds[i + 1 :])


@pytest.mark.parametrize(("shown", "kept"), [("build-42", True), ("a b", False), ("x" * 65, False), ("", False)])
def test_a_sound_request_id_is_kept_and_another_replaced(client: TestClient, shown: str, *, kept: bool) -> None:
    answer = client.get("/nothing", headers={"x-request-id": shown})

    assert (answer.headers["x-request-id"] == shown) is kept
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_a_healthy_service_is_ready(client: TestClient) -> None:
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["checks"]) == (200, {"store": "ok", "model": "ok"})


def test_a_broken_store_is_named_by_readyz(client: TestClient, runtime: Runtime) -> None:
    runtime.store.close()
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert "store: the store is closed" in answer.json()["detail"]


def test_a_loop_that_does_not_answer_is_named_by_readyz_in_time(client: TestClient, loop: ScriptedLoop) -> None:
    loop.gate.clear()
    began = time.monotonic()
    answer = client.get("/readyz")
    waited = time.monotonic() - began
    loop.gate.set()

    assert answer.status_code == 503
    assert "model: no answer within 2 s" in answer.json()["detail"]
    assert waited < 4


def test_a_thread_that_died_is_named_by_readyz(client: TestClient, runtime: Runtime) -> None:
    runtime.stop()

    assert "has stopped" in client.get("/readyz").json()["detail"]


def test_healthz_answers_whatever_else_is_broken(client: TestClient, runtime: Runtime, loop: ScriptedLoop) -> None:
    loop.gate.clear()
    runtime.store.close()
    answer = client.get("/healthz")
    loop.gate.set()

    assert answer.status_code == 200


async def _slow_check() -> tuple[list[str], int]:
    started = []

    def look() -> str:
        started.append(1)
        time.sleep(0.3)
        return "ok"

    check = Check(look, limit_s=0.05)
    return [await check.run() for _ in range(3)], len(started)


def test_a_hanging_check_is_not_started_again() -> None:
    import anyio

    results, started = anyio.run(_slow_check)

    assert results == ["no answer within 0.05 s"] * 3
    assert started == 1


def samples(client: TestClient) -> dict[tuple[str, ...], float]:
    """Metric samples: (name, label values...) -> value."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    found = (sample for family in families for sample in family.samples)
    return {(s.name, *(s.labels[label] for label in sorted(s.labels))): s.value for s in found}


def test_metrics_say_the_risks(client: TestClient) -> None:
    client.post("/v1/logs", content=line(risk=[0.1, 0.2, 0.3], warning=True))
    found = samples(client)

    horizons = [found["fetchcast_risk", f"{m}m", "proxy.golang.org", "default"] for m in (5, 15, 30)]
    assert horizons == [0.1, 0.2, 0.3]
    assert found["fetchcast_warning", "proxy.golang.org", "default"] == 1
    assert found["fetchcast_state", "ok", "proxy.golang.org", "default"] == 1


def test_metrics_leave_an_unknown_risk_out(client: TestClient) -> None:
    client.post("/v1/logs", content=story())

    assert not [key for key in samples(client) if key[0] == "fetchcast_risk" and "goproxy.cn" in key]


def test_metrics_count_events_and_skipped_lines(client: TestClient) -> None:
    client.post("/v1/logs", content=line() * 3 + b"junk\n")
    found = samples(client)

    assert found["fetchcast_events_total", "script"] == 3
    assert found["fetchcast_skipped_lines_total", "no-json"] == 1


def test_routes_are_counted_by_template(client: TestClient) -> None:
    for path in ("/v1/risk?upstream=a", "/v1/risk?upstream=b", "/a", "/b"):
        client.get(path)
    found = samples(client)

    assert found["fetchcast_http_request_seconds_count", "GET", "/v1/risk", "200"] == 2
    assert found["fetchcast_http_request_seconds_count", "GET", "unmatched", "404"] == 2


def test_every_operation_is_documented_with_an_example(client: TestClient) -> None:
    page, schema = client.get("/docs").text, client.get("/openapi.json").json()
    models = schema["components"]["schemas"]

    for path, methods in schema["paths"].items():
        assert f"<code>{path}</code>" in page
        for operation in methods.values():
            refs = [c["schema"]["$ref"] for c in operation["responses"]["200"]["content"].values() if c.get("schema")]
            assert all(models[ref.rpartition("/")[2]]["examples"] for ref in refs if "$ref" in ref), path


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_name_no_other_host(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "src=" not in answer.text
    assert "https://" not in answer.text.replace("https://proxy.golang.org", "")


def test_the_page_escapes_what_logs_say(client: TestClient) -> None:
    client.post("/v1/logs", content=line("<script>alert(1)</script>", cause="<b>x</b>"))

    assert "<script>alert" not in client.get("/").text
    assert "<b>x</b>" not in client.get("/board").text
