"""Pasted logs of any bytes: wrappers and compression come off, line numbers are those of the log."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.pasted import explain_log

CORE = 'main.go:3:8: a.b/c@v1.0.0: Get "https://proxy.golang.org/a.b/c/@v/v1.zip": dial tcp 10.0.0.1:443: i/o timeout'
WRAPPERS = {
    "plain": "{}",
    "github": "2026-03-03T10:11:44.1234567Z {}",
    "gitlab": "2026-03-03T10:11:44.123456Z 01E {}",
    "jenkins": "[2026-03-03T10:11:44.123Z] {}",
    "timestamper": "10:11:44  {}",
    "buildkit": "#12 34.56 {}",
    "cri": "2026-03-03T10:11:44.123456789Z stderr F {}",
    "journald": "Mar 03 10:11:44 ci-1 runner[812]: {}",
    "mail": "> {}",
    "ansi": "\x1b[31m{}\x1b[0m",
}


@pytest.mark.parametrize("shape", WRAPPERS.values(), ids=WRAPPERS.keys())
def test_a_wrapper_changes_nothing(shape: str) -> None:
    """The finding and its line are the same in any wrapper."""
    lines = [
        shape.format(text) for text in ("+ go build ./...", "go: downloading example.com/lib v1.0.0", CORE, "exit 1")
    ]

    said = explain_log("\n".join(lines).encode())

    assert [(one.cause, one.host, one.phase, one.line) for one in said.findings] == [
        ("tcp_timeout", "proxy.golang.org", "zip", 2)
    ]


@pytest.mark.parametrize("shape", WRAPPERS.values(), ids=WRAPPERS.keys())
def test_evidence_is_the_line_that_says_so_not_one_like_it(shape: str) -> None:
    lines = [shape.format(text) for text in (f"+ grep {CORE[:50]!r} old.log", "", CORE)]

    said = explain_log("\n".join(lines).encode())

    assert [one.line for one in said.findings] == [2]


def test_gzip_is_read_even_when_it_is_cut() -> None:
    """A log that was uploaded in part still says what it can."""
    packed = gzip.compress((f"{CORE}\n" + "some other line\n" * 4000).encode())

    assert [explain_log(data).outage for data in (packed, packed[: len(packed) * 2 // 3])] == [True, True]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_are_read(data: bytes) -> None:
    """Never raises."""
    said = explain_log(data)

    assert (said.primary is None) == (not said.findings)
