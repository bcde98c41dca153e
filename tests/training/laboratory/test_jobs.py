"""Jobs are real processes with a deadline and a closed environment."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from training.laboratory.jobs import DEADLINE, Order, Result, go_environment, run
from training.laboratory.recording import is_broken
from training.laboratory.sumdb import verifier_key

ORDER = Order(0, Path(), "download")


def outcome(code: str, deadline_s: float) -> tuple[int | str, list[str]]:
    """How a small Python program ends as a job, and what it printed."""
    result = asyncio.run(run(ORDER, (sys.executable, "-c", code), {}, deadline_s))
    return result.exit, [line for _, line in result.lines]


def test_output_of_both_streams_is_kept_in_order() -> None:
    """As a CI system shows it."""
    code = "import sys; print('a', flush=True); print('b', file=sys.stderr, flush=True); sys.exit(3)"

    assert outcome(code, 30.0) == (3, ["a", "b"])


def test_a_job_that_hangs_is_killed_and_keeps_its_output() -> None:
    """The deadline ends it, with its children."""
    code = "import time; print('go: downloading', flush=True); time.sleep(60)"

    assert outcome(code, 0.7) == (DEADLINE, ["go: downloading"])


@pytest.mark.parametrize("name", ["GOFLAGS", "GOENV", "GOTOOLCHAIN", "GOMODCACHE", "GOPROXY"])
def test_the_environment_of_go_is_closed(name: str) -> None:
    """What the caller has set does not matter, and checksums stay on."""
    environment = go_environment(Path("/opt/go/bin/go"), Path("/home"), "http://p", Path("/cache"))

    assert environment[name]
    assert not {"GONOSUMDB", "GOINSECURE", "GONOSUMCHECK"} & environment.keys()
    assert environment["GOSUMDB"] == verifier_key()


@pytest.mark.parametrize(
    ("intent", "exit_code", "line", "broken"),
    [
        ("normal", 0, "", False),
        ("normal", 1, "go: m@v1.0.0: reading http://p/m/@v/v1.0.0.mod: 404 Not Found", True),
        ("normal", DEADLINE, "", True),
        ("user_error", 1, "go: m@v9.0.0: reading http://p/m/@v/v9.0.0.info: 404 Not Found", False),
        ("user_error", 1, "go: m@v9.0.0: reading http://p/m/@v/v9.0.0.info: 503 Service Unavailable", True),
    ],
)
def test_who_broke_a_job(intent: str, exit_code: int | str, line: str, broken: bool) -> None:
    """A wrong request that gets its 404 is the user's; anything else is the infrastructure's."""
    order = Order(0, Path(), "download", intent)

    assert is_broken(Result(order, 0.0, 1.0, exit_code, ((0.5, line),))) is broken
