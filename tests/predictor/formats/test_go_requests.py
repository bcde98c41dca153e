"""Requests that are read as columns give the same events as when each line is read alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.events import EventBatch, Op
from predictor.formats.distinct import MAX_VALUES
from predictor.formats.go_book import MAX_KEPT, Fetch
from predictor.formats.go_command import FORMAT
from predictor.formats.go_requests import RequestReader
from predictor.formats.go_scan import relevant
from predictor.formats.spans import FRONT, Buffer, Floats, Spans
from predictor.protocols import Block, Source

URL = "https://proxy.golang.org/a.b/{}/@v/v1.0.0.{}"
START = 1795333802.0
_URLS = st.builds(URL.format, st.sampled_from("abc"), st.sampled_from(["info", "zip", "oops"]))
_ANSWERS = st.sampled_from(["200 OK (0.100s)", "503 Service Unavailable (1.250s)", "404 Not Found (x)", "20x (0.1s)"])
_LINES = st.lists(
    st.one_of(
        _URLS.map("# get {}".format),
        st.builds("# get {}: {}".format, _URLS, _ANSWERS),
        _URLS.map("go: a.b/a@v1.0.0: reading {}: 503 Service Unavailable".format),
        st.sampled_from("abc").map("go: downloading a.b/{} v1.0.0".format),
        st.sampled_from(
            [
                "go: downloading go1.23.4 (linux/amd64)",
                "go: downloading a.b/d",
                "ok  \tpkg\t0.1s",
                "rc=0",
                "##[error]Process completed with exit code 1.",
                "\tserver response:",
            ]
        ),
    ),
    min_size=1,
    max_size=40,
)
_STEPS = st.lists(st.sampled_from([0.0, 0.0, 1.0, 40.0, -5.0]), min_size=40, max_size=40)


def events(lines: list[str], times: Floats | None, cuts: tuple[int, ...] = ()) -> EventBatch:
    """Events of lines with these stamps, in blocks that begin at ``cuts``."""
    parser, batches, edges = FORMAT.parser(Source(start=START)), [], [0, *sorted(cuts), len(lines)]
    for begin, end in pairwise(edges):
        text = "".join(f"{line}\n" for line in lines[begin:end]).encode()
        batches.append(parser.feed(Block(text, begin + 1, None if times is None else times[begin:end])))
    return EventBatch.concat([*batches, parser.finish(float("nan"))])


@given(_LINES, _STEPS, st.booleans())
@settings(max_examples=300, deadline=None)
def test_columns_are_the_same_as_lines_read_alone(lines: list[str], steps: list[float], stamped: bool) -> None:
    times = START + np.cumsum(steps[: len(lines)]) if stamped else None
    alone = [f"{line} " for line in lines]  # a blank at the end leaves a line to the reader of single lines

    assert list(events(lines, times).rows()) == list(events(alone, times).rows())


@given(_LINES, _STEPS, st.sets(st.integers(1, 39)))
@settings(max_examples=200, deadline=None)
def test_cutting_changes_nothing_also_where_several_builds_are_in_one_log(
    lines: list[str], steps: list[float], cuts: set[int]
) -> None:
    times = START + np.cumsum(steps[: len(lines)])

    cut = events(lines, times, tuple(place for place in cuts if place < len(lines)))

    assert list(cut.rows()) == list(events(lines, times).rows())


def test_a_second_build_begins_with_the_line_behind_the_first() -> None:
    lines = [
        "# get https://proxy.golang.org/a.b/c/@v/list: 200 OK (0.1s)",
        "rc=0",
        "ok",
        "go: downloading a.b/c v1",
        "rc=0",
    ]

    batch = events(lines, START + np.arange(5.0))

    assert batch.latency_s[batch.kind == 1].tolist() == [1.0, 2.0]


@pytest.mark.parametrize("cut", [1, 500, MAX_KEPT])
def test_of_too_many_open_requests_the_oldest_are_forgotten_however_the_log_is_cut(cut: int) -> None:
    lines = [f"# get {URL.format(number, 'zip')}" for number in range(MAX_KEPT + 5)]
    times = np.concatenate((np.full(len(lines) - 1, START), [START + 61]))

    batch = events(lines, times, (cut,))

    assert np.count_nonzero(batch.kind == 2) == MAX_KEPT


def test_what_is_remembered_of_urls_is_bounded_and_forgetting_changes_nothing() -> None:
    table = RequestReader(lambda url: Fetch("h", Op.LIST, url.split("/")[3], ""))
    for first in range(0, 2 * MAX_VALUES, 10_000):
        text = "".join(f"# get https://h/{number}/@v/list\n" for number in range(first, first + 10_000)).encode()
        kept = relevant(text)
        columns = table.read(Spans(Buffer(text), kept.starts + FRONT, kept.ends + FRONT))

        modules = [table.urls.said[number].module for number in columns.asked.tolist()]
        assert modules == [str(number) for number in range(first, first + 10_000)]
    assert len(table.urls.values) <= MAX_VALUES + 10_000


def test_answers_of_any_length_are_cut_off_and_what_has_no_answer_is_left_to_others() -> None:
    table = RequestReader(lambda url: Fetch("h", Op.LIST, url, ""))
    answers = [f"200 {'O' * length}K (0.1s)" for length in range(20)]
    lines = [*(f"# get https://h/a: {answer}" for answer in answers), "# get https://h/a", "# get https://h/b) c: d)"]
    text = "\n".join(lines).encode()
    kept = relevant(text)

    columns = table.read(Spans(Buffer(text), kept.starts + FRONT, kept.ends + FRONT))

    assert columns.plain.tolist() == [True] * 21 + [False]
    assert [table.answers.values[number].decode() for number in columns.said[:20].tolist()] == answers
    assert table.columns(columns.said[:20], "status", "latency_s") == {
        "status": pytest.approx(np.full(20, 200.0)),
        "latency_s": pytest.approx(np.full(20, 0.1)),
    }
