"""Errors that a log repeats are taken in runs with downloads, and say the same as each line alone."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.events import EventBatch
from predictor.formats.go_command import GoParser
from predictor.protocols import Block, Source

_URL = "https://proxy.golang.org/a.b/{0}/@v/v1.0.0.zip"
_ERRORS = [f"go: a.b/{name}@v1.0.0: reading {_URL.format(name)}: 503 Service Unavailable" for name in "xyz"]
_LINES = [
    *_ERRORS,
    *_ERRORS,
    *[f"go: downloading a.b/{name} v1.{minor}.0" for name in "xyz" for minor in range(2)],
    "go: finding a.b/x v1.0.0",
    "\tserver response: broken",
    f"# get {_URL.format('x')}",
    f"# get {_URL.format('x')}: 200 OK (0.100s)",
    "go: downloading a.b/y",
    "quiet",
    "Job succeeded",
]


def events(lines: list[str], cuts: list[int]) -> list[dict[str, Any]]:
    """The events of a log that is read in blocks which end before the lines ``cuts``."""
    parser, batches = GoParser(Source()), []
    places = sorted({0, len(lines), *(cut for cut in cuts if cut < len(lines))})
    for begin, end in pairwise(places):
        text = "".join(f"{line}\n" for line in lines[begin:end]).encode()
        batches.append(parser.feed(Block(text, begin + 1)))
    return list(EventBatch.concat([*batches, parser.finish(float("nan"))]).rows())


@given(st.lists(st.sampled_from(_LINES), max_size=60), st.lists(st.integers(1, 60), max_size=3))
@settings(max_examples=400, deadline=None)
def test_runs_of_errors_and_downloads_say_what_single_lines_say(lines: list[str], cuts: list[int]) -> None:
    alone = events(lines, list(range(len(lines))))

    assert events([*_ERRORS, "quiet", *lines], [3, 4, *(cut + 4 for cut in cuts)]) == events(
        [*_ERRORS, "quiet", *lines], list(range(len(lines) + 4))
    )
    assert events(lines, cuts) == alone


@pytest.mark.parametrize("late", [False, True])
def test_an_error_undoes_only_the_download_before_it(late: bool) -> None:
    pair = ["go: downloading a.b/x v1.0.0", _ERRORS[0]]
    run = [_ERRORS[1], *(pair if late else pair[::-1]), _ERRORS[1], "quiet"]

    good = [row for row in events([*_ERRORS, *run], [3]) if row["kind"] == "fetch" and row["outcome"] == "ok"]

    assert len(good) == (not late)
