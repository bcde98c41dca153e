"""Errors of one line are taken in runs with downloads, be they new or not, and say the same as each line alone."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.events import EventBatch
from predictor.formats.go_command import GoParser
from predictor.formats.go_reading import GoReader
from predictor.protocols import Block, Source

_URL = "https://proxy.golang.org/a.b/{0}/@v/v1.0.0.zip"
_ERRORS = [f"go: a.b/{name}@v1.0.0: reading {_URL.format(name)}: 503 Service Unavailable" for name in "xyz"]
_X, _REQUEST = "go: downloading a.b/x v1.0.0", f"# get {_URL.format('y')}"
_LINES = [
    *_ERRORS,
    *_ERRORS,
    *[f"go: downloading a.b/{name} v1.{minor}.0" for name in "xyz" for minor in range(2)],
    'go: a.b/z@v1.0.0: Get "https://goproxy.cn/a.b/z/@v/v1.0.0.mod": dial tcp: lookup goproxy.cn: no such host',
    "go: a.b/y@v1.0.0: verifying module: checksum mismatch",
    "go: a.b/x@v1.1.0: reading https://proxy.golang.org/a.b/x/@v/v1.1.0.info: 404 Not Found",
    "go: downloading a.b/x v1.0.0",
    "go: finding a.b/x v1.0.0",
    "\tserver response: broken",
    f"# get {_URL.format('x')}",
    f"# get {_URL.format('x')}: 200 OK (0.100s)",
    "go: downloading a.b/y",
    "quiet",
    "Job succeeded",
]


def events(lines: list[str], cuts: list[int], times: list[float] | None = None) -> list[dict[str, Any]]:
    """The events of a log that is read in blocks which end before the lines ``cuts``; it is left alone 500 s later."""
    parser, batches = GoParser(Source()), []
    places = sorted({0, len(lines), *(cut for cut in cuts if cut < len(lines))})
    for begin, end in pairwise(places):
        text = "".join(f"{line}\n" for line in lines[begin:end]).encode()
        batches.append(parser.feed(Block(text, begin + 1, times and np.array(times[begin:end]))))
    now = times[-1] + 500 if times else float("nan")
    return list(EventBatch.concat([*batches, parser.finish(now)]).rows())


@given(st.lists(st.sampled_from(_LINES), max_size=60), st.lists(st.integers(1, 60), max_size=3))
@settings(max_examples=400, deadline=None)
def test_runs_of_errors_and_downloads_say_what_single_lines_say(lines: list[str], cuts: list[int]) -> None:
    alone = events(lines, list(range(len(lines))))

    assert events([*_ERRORS, "quiet", *lines], [3, 4, *(cut + 4 for cut in cuts)]) == events(
        [*_ERRORS, "quiet", *lines], list(range(len(lines) + 4))
    )
    assert events(lines, cuts) == alone


@given(st.lists(st.tuples(st.sampled_from(_LINES), st.sampled_from([0, 0, 0, 1, 40])), min_size=1, max_size=60))
@settings(max_examples=300, deadline=None)
def test_runs_of_one_stamp_say_what_single_lines_say(stamped: list[tuple[str, int]]) -> None:
    lines, times = [line for line, _ in stamped], [1e9 + after for after in accumulate(after for _, after in stamped)]

    assert events(lines, [], times) == events(lines, list(range(len(lines))), times)


def test_a_repeated_download_is_a_sign_of_life() -> None:
    lines = ["go: downloading a.b/y v1.0.0", "Job succeeded", *["go: downloading a.b/y v1.0.0", _X] * 2][:-1]

    rows = events(lines, [], [1e9] * len(lines))

    assert [row["outcome"] for row in rows if row["kind"] != "job"] == ["ok", "ok", "ok"]


def test_the_last_line_of_a_log_is_that_of_its_job_in_whatever_order_a_run_is_taken() -> None:
    lines = [_REQUEST, f"{_REQUEST}: 200 OK (0.100s)", _X, _REQUEST, f"{_REQUEST}: 200 OK (0.100s)"]

    (job,) = [row for row in events(lines, [2], [1e9] * len(lines)) if row["kind"] == "job"]

    assert job["line"] == len(lines)


def test_new_errors_are_taken_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = list[int]()
    line = GoReader.line
    monkeypatch.setattr(GoReader, "line", lambda reader, *args: (taken.append(args[2]), line(reader, *args)))
    news = [error.replace("v1.0.0", f"v1.{minor}.0") for minor in range(20) for error in _ERRORS]

    rows = events([*_ERRORS[:1], _X, *news, "quiet"], [])

    assert taken == [1, 2]
    assert [row["line"] for row in rows if row["outcome"] == "failed" and row["kind"] == "fetch"] == [1, *range(4, 63)]


@pytest.mark.parametrize("late", [False, True])
def test_an_error_undoes_only_the_download_before_it(late: bool) -> None:
    pair = ["go: downloading a.b/x v1.0.0", _ERRORS[0]]
    run = [_ERRORS[1], *(pair if late else pair[::-1]), _ERRORS[1], "quiet"]

    good = [row for row in events([*_ERRORS, *run], [3]) if row["kind"] == "fetch" and row["outcome"] == "ok"]

    assert len(good) == (not late)
