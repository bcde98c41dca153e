"""Numbers of lines that come along from a web page are taken off, and no others."""

from __future__ import annotations

import random

import pytest

from predictor.causes import diagnose
from predictor.causes.numbered import LONGEST, without_numbers
from predictor.pasted import explain_log

LOG = [
    "$ go mod download",
    "go: github.com/northwind/retry@v0.4.0: verifying module: github.com/northwind/retry@v0.4.0: reading "
    "https://sum.golang.org/lookup/github.com/northwind/retry@v0.4.0: 404 Not Found",
    "\tserver response: not found: github.com/northwind/retry@v0.4.0: invalid version: unknown revision v0.4.0",
    "",
    "make: *** [deps] Error 1",
]
FIRST = (1, 8, 98, 99_997)


def plain(text: str) -> str:
    """The text as it is read."""
    found = without_numbers(text)
    return text if found is None else found[0]


@pytest.mark.parametrize("between", [" ", "\t", ": ", ":", " | ", " \u2502 ", "|"])
@pytest.mark.parametrize("first", FIRST)
def test_numbers_in_front_of_every_line_come_off(first: int, between: str) -> None:
    """Also over the step from 9 to 10, where pages set the shorter numbers in."""
    text = "\n".join(f"{first + n:>6}{between}{line}" for n, line in enumerate(LOG))

    assert plain(text) == "\n".join(LOG)


@pytest.mark.parametrize("first", FIRST)
def test_numbers_that_are_glued_to_the_lines_come_off(first: int) -> None:
    """The job page of GitLab copies so; a line that begins with a digit is cut at the number that is due."""
    lines = [*LOG[:3], "2026-11-22T10:00:00Z done", *LOG[3:]]

    assert plain("\n".join(f"{first + n}{line}" for n, line in enumerate(lines))) == "\n".join(lines)


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
@pytest.mark.parametrize("first", FIRST)
def test_numbers_on_lines_of_their_own_come_off(first: int, gap: str) -> None:
    """An empty line of the log stays one, the empty lines of the page's layout go."""
    text = gap.join(f"{first + n}{gap}{line}" for n, line in enumerate(LOG)) + f"{gap}{first + len(LOG)}"

    assert plain(text) == "\n".join(LOG)


def test_the_evidence_is_found_where_it_stands_in_the_copy() -> None:
    """Findings carry the line of the text as it was pasted."""
    text = "It broke again:\n\n" + "\n".join(f"{61 + n}\n{line}" for n, line in enumerate(LOG))

    said = explain_log(text.encode())

    assert [(one.family, one.line) for one in said.findings] == [("sumdb-404-new", 5)]
    assert text.split("\n")[5] == LOG[1]


@pytest.mark.parametrize(
    "text",
    [
        "1. go mod tidy\n2. go build\n3. it fails",
        "1) first\n2) second\n3) third",
        "1\n2\n3\n4",
        "10:00:01 a\n11:00:01 b\n12:00:01 c",
        "1/3 done\n2/3 done\n3/3 done",
        "1.5s\n2.5s\n3.5s\n4.5s\n5.5s",
        "7 files\n7 files\n7 files",
        "1\none\ntwo\n2\nthree\nfour\n3\nfive",
        "1s\n2s\n3s",
        "41\nonly two numbers\n42\n",
        "",
    ],
)
def test_what_a_log_says_in_numbers_stays(text: str) -> None:
    """Lists, stamps, shares, quantities, and numbers with more than one line between them."""
    assert without_numbers(text) is None


def test_random_numbers_stay() -> None:
    """Lines that begin with numbers that do not count up are never cut."""
    rng = random.Random(7)
    for _ in range(200):
        text = "\n".join(f"{rng.randrange(500, 10_000, 2)}{rng.choice([' ', ': ', ''])}go: x" for _ in range(9))

        assert without_numbers(text) is None


def test_long_logs_are_not_searched_for_a_column() -> None:
    """Nobody copies a quarter of a million characters off a page."""
    assert without_numbers("\n".join(f"{n} ok" for n in range(LONGEST // 5))) is None


def test_stamps_of_the_lines_follow_them() -> None:
    """The time at which a fetch began and the one at which the job was stopped keep their lines."""
    lines = ["1", "go: downloading github.com/contoso/queue v1.9.2", "2", "Terminated", "3"]
    seen = [float("nan"), 100.0, float("nan"), 4_000.0, float("nan")]

    assert [one.family for one in diagnose("\n".join(lines), seen)] == ["hang-killed"]
    assert diagnose("\n".join(lines), [float("nan"), 100.0, float("nan"), 101.0, float("nan")]) == []
