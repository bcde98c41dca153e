"""The fast scan keeps every line that a slow look at each line would keep."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.formats.go_scan import relevant
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
    rb"^\t|go: |://|@v|; git "
    rb"|zip: |[$+] go |fatal: |signal: |RPC failed|SECURITY ERROR|[Ee]xit|EXIT|exceeded|Finished: |[Jj]ob |rc="
    rb"|GOAWAY|dial tcp|no space left|Terminated|Killed|##\[|\*\*\* \[|\"\\t"
)


def slow(text: bytes) -> list[tuple[int, bytes]]:
    lines = text.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return [(index, line) for index, line in enumerate(lines) if _SLOW.search(line)]


@given(st.lists(st.one_of(st.sampled_from(_WORDS), st.binary(max_size=6)), max_size=60).map(b"".join))
@settings(max_examples=400, deadline=None)
def test_the_scan_is_the_same_as_looking_at_each_line(text: bytes) -> None:
    assert relevant(text) == slow(text)


@pytest.mark.parametrize("size", [(1 << 18) - 3, 1 << 18, (1 << 18) + 1])
def test_a_line_across_the_border_of_two_slices_is_found(size: int) -> None:
    text = b"x" * (size - 5) + b"\ngo: downloading a v1\n"

    assert relevant(text) == [(1, b"go: downloading a v1")]


def test_of_a_go_log_only_the_output_of_others_is_left_out() -> None:
    kept = [line for _, line in relevant(LOG)]

    assert set(LOG.splitlines()) - set(kept) == {b"ok  \texample.com/app/pkg\t0.011s"}
