"""A job's log looks as GitHub Actions writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.laboratory.ci_log import render
from training.laboratory.dilation import LogClock
from training.laboratory.jobs import DEADLINE, Order, Result

CLOCK = LogClock(1000.0, 1_767_225_600.0, 60.0)
ORDER = Order(3, Path("svc-01"), "download-x")


def log(exit_code: int | str) -> list[str]:
    """The lines of a job that printed one line."""
    line = "# get http://127.0.0.1:8080/m/@v/list: 200 OK (0.010s)"
    return render(Result(ORDER, 1000.0, 1002.0, exit_code, ((1001.0, line),)), CLOCK, "http://p", 10.0).splitlines()


@pytest.mark.parametrize(
    ("exit_code", "error"),
    [
        (1, "##[error]Process completed with exit code 1."),
        (DEADLINE, "##[error]The action 'Run go mod download -x' has timed out after 10 minutes."),
    ],
)
def test_a_failed_job_says_so(exit_code: int | str, error: str) -> None:
    """At the moment at which it ended."""
    assert f"2026-01-01T00:02:00.0000000Z {error}" in log(exit_code)


def test_a_good_job_has_no_error() -> None:
    """It ends with the clean-up."""
    assert not any("##[error]" in line for line in log(0))
    assert log(0)[-1].endswith("Cleaning up orphan processes")


def test_output_is_stamped_on_arrival_with_log_durations() -> None:
    """Ten milliseconds are 0.6 log seconds at dilation 60."""
    assert "2026-01-01T00:01:00.0000000Z # get http://127.0.0.1:8080/m/@v/list: 200 OK (0.600s)" in log(0)


def test_the_proxy_is_named_in_the_environment() -> None:
    """A reader can tell the upstream from the frame."""
    assert any(line.endswith("  GOPROXY: http://p") for line in log(0))
