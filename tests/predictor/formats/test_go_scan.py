"""The fast scan keeps every line that a slow look at each line would keep."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.formats.go_scan import _NEEDLES, relevant
from predictor.formats.wrappers.layer import newlines, octets, ones
from tests.predictor.formats.go_logs import LOG

_WORDS = [
    b"go: ",
    b"://",
    b"@v",
    b"; git ",
    b"fatal: ",
    b"\t",
    b"exit code 1",
    b"rc=0",
    b"##[",
    b"ok",
    b" ",
    b"x",
    b"\r",
]
_WORDS += [
    b"\n",
    b"\n\n",
    b"o:",
    b":/",
    b"zip: ",
    b"Job succeeded",
    b"Finished: SUCCESS",
    b"SECURITY ERROR",
    b"signal: ",
]
_SLOW = re.compile(
    rb"^\t|^# get |go: |://|@v|; git "
    rb"|zip: |[$+] go |fatal: |signal: |RPC failed|SECURITY ERROR|[Ee]xit|EXIT|exceeded|Finished: |[Jj]ob |rc="
    rb"|GOAWAY|dial tcp|no space left|Terminated|Killed|##\[|\*\*\* \[|\"\\t"
)


def slow(text: bytes) -> list[tuple[int, bytes]]:
    lines = text.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return [(number, line) for number, line in enumerate(lines) if _SLOW.search(line)]


def fast(text: bytes) -> list[tuple[int, bytes]]:
    kept = relevant(text)
    return [(int(i), text[a:b]) for i, a, b in zip(kept.numbers, kept.starts, kept.ends, strict=True)]


@given(
    st.lists(st.one_of(st.sampled_from(_WORDS), st.binary(max_size=6)), min_size=1, max_size=60)
    .map(b"".join)
    .filter(bool)
)
@settings(max_examples=400, deadline=None)
def test_the_scan_is_the_same_as_looking_at_each_line(text: bytes) -> None:
    assert fast(text) == slow(text)


@pytest.mark.parametrize("size", [(1 << 18) - 3, 1 << 18, (1 << 18) + 1])
def test_a_line_across_the_border_of_two_slices_is_found(size: int) -> None:
    text = b"x" * (size - 5) + b"\ngo: downloading a v1\n"

    assert fast(text) == [(1, b"go: downloading a v1")]


def test_of_a_go_log_only_the_output_of_others_is_left_out() -> None:
    kept = [line for _, line in fast(LOG)]

    assert set(LOG.splitlines()) - set(kept) == {b"ok  \texample.com/app/pkg\t0.011s"}


@pytest.mark.parametrize("word", list(_NEEDLES))
@pytest.mark.parametrize("before", range(4))
def test_every_word_is_found_at_even_and_odd_places_and_at_the_end(word: bytes, before: int) -> None:
    text = b"x" * before + word

    assert fast(text) == fast(text + b"\n") == [(0, text)]


def test_long_stretches_of_requests_are_not_searched_and_what_stands_between_is_found() -> None:
    request = b"# get https://proxy.golang.org/a.b/c/@v/list\n"
    text = (request * 300 + b"ok\nJob succeeded\n" + request * 300 + b"quiet\n") * 2

    kept = relevant(text)

    assert (fast(text), int(kept.requests.sum())) == (slow(text), 1200)


def test_lines_that_a_go_log_is_full_of_are_known_by_their_beginning() -> None:
    kept = relevant(b"go: downloading a.b/c v1.0.0\n# get https://a.b/c?go-get=1\ngo: found a.b/c\n# get\n")

    assert (kept.downloads.tolist(), kept.requests.tolist()) == ([True, False, False], [False, True, False])


@given(st.lists(st.booleans(), max_size=100))
def test_ones_are_where_numpy_finds_the_true_ones(flags: list[bool]) -> None:
    assert ones(octets(np.array(flags, dtype=bool))).tolist() == np.flatnonzero(flags).tolist()


@given(st.lists(st.sampled_from([b"\n", b"ab", b"a long piece of a line"]), min_size=1).map(b"".join))
def test_line_ends_are_found_whether_or_not_the_lines_are_empty(text: bytes) -> None:
    slow = [at for at, byte in enumerate(text) if byte == 10] + [len(text)] * (not text.endswith(b"\n"))

    assert newlines(text).tolist() == slow
