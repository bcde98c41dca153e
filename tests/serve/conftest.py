"""One running service a test: the real app, runtime and store around a scripted loop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from predictor.clock import ManualClock, SystemClock
from predictor.stores.memory import MemoryStore
from serve.app import Settings, create_app
from serve.runtime import Runtime
from tests.serve.scripted import ScriptedLoop

ADDRESS = "http://127.0.0.1:8787"


@pytest.fixture
def loop() -> ScriptedLoop:
    """The loop behind the service."""
    return ScriptedLoop()


@pytest.fixture
def runtime(loop: ScriptedLoop) -> Iterator[Runtime]:
    """A started runtime in event time."""
    made = Runtime(loop, MemoryStore(), SystemClock(), event_clock=ManualClock(1.0), tick_s=0.02)
    made.start()
    yield made
    loop.gate.set()
    made.stop()


@pytest.fixture
def client(runtime: Runtime) -> Iterator[TestClient]:
    """A client of the service as a program on the same machine."""
    app = create_app(runtime, Settings(max_body=1 << 20))
    with TestClient(app, base_url=ADDRESS, raise_server_exceptions=False) as made:
        yield made
