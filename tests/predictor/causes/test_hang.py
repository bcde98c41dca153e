"""A fetch that never ended: open when the job was stopped, and only then."""

from __future__ import annotations

import pytest

from predictor.causes import diagnose

A = "# get https://p.example/a.b/c/@v/v1.0.0.mod"
B = "# get https://p.example/d.e/f/@v/v1.0.0.mod"
DONE = ": 200 OK (0.120s)"
LIMIT = "+ timeout -s KILL 600 go mod download -x"


@pytest.mark.parametrize(
    ("lines", "module"),
    [
        ([A, B, B + DONE, "command timed out after 600 s"], "a.b/c"),
        ([LIMIT, A, B, A + DONE, "Killed"], "d.e/f"),
        ([LIMIT, A, "make: *** [build] Error 137"], "a.b/c"),
        (["go: downloading a.b/c v1.0.0", "^C"], "a.b/c"),
    ],
)
def test_the_request_without_an_end_is_the_one_that_hung(lines: list[str], module: str) -> None:
    """Others that ended in between do not close it."""
    found = diagnose("\n".join(lines))

    assert [(one.cause, one.outcome, one.module) for one in found] == [("proxy_hang", "hung", module)]


@pytest.mark.parametrize(
    "lines",
    [
        [A, A + DONE, "command timed out after 600 s"],
        ["go: downloading a.b/c v1.0.0", "Killed"],
        [LIMIT, A, A + DONE, "Killed"],
        [A, A + DONE, B, "ok  \ta.b/app\t0.1s", "Build timed out"],
    ],
)
def test_a_stop_after_all_fetches_is_no_hang(lines: list[str]) -> None:
    """Want of memory kills too, and tests hang by themselves."""
    assert diagnose("\n".join(lines)) == []


@pytest.mark.parametrize(("minutes", "found"), [(90, 1), (0, 0)])
def test_the_stamps_of_the_wrapper_tell_a_hang_from_an_early_cancel(minutes: int, found: int) -> None:
    """The stamps are off the lines when they are read."""
    text = "go: downloading a.b/c v1.0.0\n##[error]The operation was canceled."

    assert len(diagnose(text, (0.0, 60.0 * minutes))) == found


@pytest.mark.parametrize(("title", "found"), [("`go mod download` hangs since today", 1), ("The page hangs", 0)])
def test_what_is_said_above_a_log_that_just_ends_counts(title: str, found: int) -> None:
    """A log that ends after a download looks like a quiet success."""
    assert len(diagnose(f"{title}:\n\n```\ngo: downloading a.b/c v1.0.0\n```")) == found
