"""How builds end, and what that says about the upstreams they used."""

from __future__ import annotations

from typing import Any

import pytest

from predictor.formats.go_jobs import End, end_of_job
from predictor.protocols import Source
from tests.predictor.formats.go_logs import brief, read
from tests.predictor.formats.wrappers import skins

START = 1795333802.0
ZIP = "https://proxy.golang.org/github.com/a/b/@v/v1.0.0.zip"
GOOD = f"# get {ZIP}\n# get {ZIP}: 200 OK (0.100s)\n"
BAD = f"go: github.com/a/b@v1.0.0: reading {ZIP}: 503 Service Unavailable\n"


def jobs(log: str, **source: Any) -> list[tuple[Any, ...]]:
    rows = [row for row in read(log.encode(), Source(**source)) if row["kind"] == "job"]
    return brief(rows, "upstream", "outcome", "cause")


@pytest.mark.parametrize(
    ("line", "end"),
    [
        ("##[error]Process completed with exit code 1.", End.FAILED),
        ("##[error]Process completed with exit code 124.", End.KILLED),
        ("##[error]Bash exited with code '2'.", End.FAILED),
        ("##[error]The operation was canceled.", End.KILLED),
        ("##[error]The action 'Run go build' has timed out after 10 minutes.", End.KILLED),
        ("##[error]The job running on runner a has exceeded the maximum execution time of 360 minutes.", End.KILLED),
        ("ERROR: Job failed: exit code 1", End.FAILED),
        ("ERROR: Job failed: command terminated with exit code 137", End.KILLED),
        ("ERROR: Job failed: execution took longer than 1h0m0s seconds", End.KILLED),
        ("Job succeeded", End.OK),
        ("Finished: SUCCESS", End.OK),
        ("Finished: FAILURE", End.FAILED),
        ("Finished: ABORTED", End.KILLED),
        ("Exited with code exit status 1", End.FAILED),
        ("Too long with no output (exceeded 10m0s): context deadline exceeded", End.KILLED),
        ("The command exited with status 1", End.FAILED),
        ('The command "go build" exited with 0.', End.OK),
        ("Done. Your build exited with 1.", End.FAILED),
        ('ERROR: process "/bin/sh -c go build" did not complete successfully: exit code: 1', End.FAILED),
        ("rc=0", End.OK),
        ("exit code: 143", End.KILLED),
        ("+ rc=1", End.FAILED),
        ("exit status 1", None),  # go test and go run print it inside of builds
        ("go: job exited with a plan", None),
        ("--- PASS: TestExit (0.00s)", None),
        ("git ls-remote: exit status 128:", None),
    ],
)
def test_ends_of_builds(line: str, end: End | None) -> None:
    assert end_of_job(line) is end


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (GOOD + "rc=0\n", [("proxy.golang.org", "ok", "none")]),
        (GOOD, [("proxy.golang.org", "ok", "none")]),
        (GOOD + "rc=1\n", [("proxy.golang.org", "user_error", "none")]),
        (BAD + "rc=1\n", [("proxy.golang.org", "failed", "http_5xx")]),
        (BAD, [("proxy.golang.org", "failed", "http_5xx")]),
        (BAD + "rc=0\n", [("proxy.golang.org", "ok", "none")]),
        (f"# get {ZIP}\nrc=124\n", [("proxy.golang.org", "hung", "proxy_hang")]),
        (f"# get {ZIP}\nTerminated\nrc=1\n", [("proxy.golang.org", "hung", "proxy_hang")]),
        ("go: downloading github.com/a/b v1.0.0\nrc=124\n", [(None, "hung", "proxy_hang")]),
        (GOOD + "go: updates to go.mod needed\nrc=1\n", [("proxy.golang.org", "user_error", "config_goproxy")]),
        ("hello\nrc=1\n", []),
    ],
)
def test_what_a_build_says_about_its_upstreams(log: str, expected: list[tuple[Any, ...]]) -> None:
    found = jobs(log)

    assert [row[:2] for row in found] == [row[:2] for row in expected]
    assert "user_error" in {row[1] for row in found} or found == expected


@pytest.mark.parametrize(
    ("command", "end", "outcome"),
    [
        ("##[group]Run go mod download", "", "ok"),
        ("$ go mod download", "rc=0", "ok"),
        ("+ go mod tidy", "rc=1", "user_error"),
        ("##[group]Run go mod download", "rc=124", "hung"),
        ("##[group]Run go test ./...", "rc=124", "user_error"),
    ],
)
def test_a_command_that_prints_nothing_used_the_proxy_that_the_log_names(command: str, end: str, outcome: str) -> None:
    log = f"{command}\n  GOPROXY: http://proxy.corp.example:3000,direct\n{end}\n"

    assert [row[:2] for row in jobs(log)] == [("proxy.corp.example:3000", outcome)]


def test_a_build_names_only_the_upstream_at_fault() -> None:
    other = GOOD.replace("proxy.golang.org", "goproxy.cn")

    assert jobs(other + BAD + "rc=1\n") == [("proxy.golang.org", "failed", "http_5xx")]


def test_a_proxys_error_that_the_direct_fetch_hides_is_still_the_fault() -> None:
    log = f"# get {ZIP}\n# get {ZIP}: 503 x (0.100s)\ngo: github.com/a/b@v1.0.0: unknown revision v1.0.0\nrc=1\n"

    assert jobs(log) == [("proxy.golang.org", "failed", "http_5xx")]


def test_a_failure_that_the_next_proxy_made_good_is_nobodys_fault() -> None:
    log = f"# get {ZIP}\n# get {ZIP}: 503 x (0.100s)\n" + GOOD.replace("proxy.golang.org", "goproxy.cn") + "rc=1\n"

    assert {outcome for _, outcome, _ in jobs(log)} == {"user_error"}


def test_one_file_may_hold_several_builds() -> None:
    log = GOOD + "rc=0\n" + BAD + "rc=1\n" + GOOD + "rc=0\n"

    assert [outcome for _, outcome, _ in jobs(log)] == ["ok", "failed", "ok"]


def test_a_job_has_its_duration_its_end_and_its_name() -> None:
    lines = [line.encode() for line in (*GOOD.splitlines(), "rc=0")]
    log = skins.github_actions(lines, [START, START + 1, START + 75])

    job = read(log, Source(name="logs/build-7.log"))[-1]

    assert (job["job"], job["time"], job["latency_s"]) == ("build-7", "2026-11-22T07:51:17Z", 75.0)


def test_the_job_of_the_source_comes_before_the_name_of_the_file() -> None:
    assert read(GOOD.encode(), Source(name="a.log", job="42"))[-1]["job"] == "42"
