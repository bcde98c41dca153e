"""Generated requests against the app's own OpenAPI document: no 500, and every answer is as documented."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from predictor.assembly import pipeline
from predictor.clock import ManualClock, SystemClock
from predictor.config import Config
from predictor.protocols import Source
from predictor.stores.memory import MemoryStore
from serve.app import Settings, create_app
from serve.runtime import Runtime
from tests.serve.handmade import minute, write_model

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = [
    "POST /v1/logs",
    "GET /v1/risk",
    "GET /v1/advice",
    "GET /v1/upstreams",
    "GET /v1/decisions",
    "GET /v1/audit",
    "GET /v1/history",
    "GET /v1/verdicts",
    "POST /v1/verdicts",
    "GET /metrics",
    "GET /healthz",
    "GET /readyz",
]
WITH_PARAMETERS = [
    "POST /v1/logs",
    "GET /v1/risk",
    "GET /v1/advice",
    "GET /v1/decisions",
    "GET /v1/audit",
    "GET /v1/history",
    "GET /v1/verdicts",
    "POST /v1/verdicts",
]


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The document of a real pipeline that has read half an hour of a log."""
    model = tmp_path_factory.mktemp("model")
    write_model(model)
    config, store, clock = Config(model=str(model)), MemoryStore(), ManualClock()
    runtime = Runtime(pipeline(config, store, clock), store, SystemClock(), event_clock=clock, tick_s=0.05)
    runtime.start()
    for number in range(30):
        runtime.take(minute(number, failing=0.03 * (number > 25)), Source("access.log"), "auto", final=True)
    yield schemathesis.openapi.from_asgi("/openapi.json", create_app(runtime, Settings(max_body=1 << 16)))
    runtime.stop()


def test_the_list_of_operations_is_whole(schema: Any) -> None:
    found = [operation.ok().label for operation in schema.get_all_operations()]

    assert sorted(found) == sorted(OPERATIONS)


@pytest.mark.parametrize(
    ("label", "mode"),
    [(label, GenerationMode.POSITIVE) for label in OPERATIONS]
    + [(label, GenerationMode.NEGATIVE) for label in WITH_PARAMETERS],
)
def test_answers_are_as_documented(schema: Any, label: str, mode: GenerationMode) -> None:
    """Right requests and wrong ones alike."""
    method, _, path = label.partition(" ")
    operation, cases = schema[path][method], []

    @settings(max_examples=15, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url="http://127.0.0.1:8787", checks=CHECKS)
        cases.append(case)

    send()

    assert cases
