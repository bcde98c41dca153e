"""Lines are joined into messages as the go command meant them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.causes import diagnose, messages
from predictor.causes.message import flatten
from predictor.causes.text import bare, unescape

CHAIN = "go: example.com/a@v1.0.0 requires\n\texample.com/b@v1.0.0: reading https://p.example/x/@v/v1.mod: 503 X"
ANSWER = (
    "go: a.example/b@v1: reading https://p.example/x/@v/v1.mod: 404 X\n\tserver response:\n\tnot found: bad upstream"
)
GIT = "go: a.example/b@v1: git fetch in /m/cache/vcs/0a: exit status 128:\n\terror: RPC failed\n\tfatal: early EOF"
PIECES = [
    "go: ",
    "@v1.0.0",
    "reading ",
    "https://",
    '"',
    ": 404 ",
    "\n",
    "\t",
    "\\",
    "requires",
    "Get ",
    "dial tcp",
    "(",
]


@pytest.mark.parametrize("text", [CHAIN, ANSWER, GIT])
def test_lines_of_one_error_are_one_message(text: str) -> None:
    """Chains, the proxy's answer and git's words belong to the line above them."""
    found = messages(f"go: downloading a.example/b v1.0.0\n{text}\nmake: *** [build] Error 1")

    assert [(one.line, flatten(one.text)) for one in found if "go: a" in one.text or "go: e" in one.text] == [
        (1, flatten(text))
    ]


def test_an_empty_line_of_a_build_step_parts_no_message() -> None:
    """BuildKit puts the seconds of the step before each line, the empty ones too, but not before what follows a tab."""
    error, answer = "go: a.example/b@v1: reading https://p.example/a.example/b/@v/list: 404 Not Found", "bad upstream"

    (found,) = messages(f"1.979 {error}\n1.979\nserver response: not found: {answer}")

    assert (found.line, found.text.splitlines()) == (0, [error, f"server response: not found: {answer}"])


def test_two_errors_are_two_messages() -> None:
    """Each module that failed is a message of its own, with its own line."""
    lines = [f"go: example.com/m{n}@v1.0.0: zip: not a valid zip file" for n in range(3)]

    assert [(one.line, one.text) for one in messages("\n".join(lines))] == list(enumerate(lines))


def test_a_line_wrapped_inside_a_url_is_joined_without_a_space() -> None:
    """Terminals and comments break URLs after a slash."""
    text = '// "verifying module: reading https://sum.golang.org/lookup/\n// git.example/a/b@v0.6.1: 404 Not Found"'

    assert "lookup/git.example/a/b@v0.6.1" in messages(text)[0].text


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("> > go: x", "go: x"),
        ("# go: x", "go: x"),
        ("   // go: x", "go: x"),
        ("#12 34.56 go: x", "go: x"),
        ("99.92 go: x", "go: x"),
        ("21:51:15  go: x", "go: x"),
        ("2026-01-09T01:56:48.39691102Z go: x", "go: x"),
        ("\x1b[31mgo: x\x1b[0m", "go: x"),
        ("[INFO] go: x", "go: x"),
        ("# get https://p.example/m/@v/list", "# get https://p.example/m/@v/list"),
    ],
)
def test_marks_before_a_message_come_off(line: str, message: str) -> None:
    """Quotes, comments, stamps and colours are no part of the message; a trace line keeps its own."""
    assert bare(line).strip() == message


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        (
            r'"Error": "reading \"https://p\": 503\n\tserver response: x \u003e y"',
            '"Error": "reading "https://p": 503\n\tserver response: x > y"',
        ),
        ("could not read Username for &#39;https://a&#39;", "could not read Username for 'https://a'"),
        (r"C:\new\table.go:1:2: x", r"C:\new\table.go:1:2: x"),
    ],
)
def test_escapes_are_undone_where_there_are_some(line: str, plain: str) -> None:
    """JSON strings and HTML are decoded; a Windows path is not taken for an escape."""
    assert unescape(line) == plain


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400) | st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_any_text_is_read(text: str) -> None:
    """Nothing that is pasted raises, and evidence lines lie in the text."""
    found = diagnose(text)

    assert all(0 <= one.line <= text.count("\n") for one in found)


def test_records_of_go_test_are_read_as_the_lines_that_they_hold() -> None:
    """A message over several lines is one record a line."""
    records = "\n".join(
        json.dumps({"ImportPath": "a.b/c", "Action": "build-output", "Output": line + "\n"})
        for line in ANSWER.split("\n")
    )

    assert [message.text for message in messages(records)] == [ANSWER]


@pytest.mark.parametrize(
    "broken", ["dial tcp 1\n42.250.1.1:443: i/o timeout", "dial tcp 142.250.1.1:443: i/o\ntimeout"]
)
def test_a_line_that_a_terminal_broke_is_read_glued_or_spaced(broken: str) -> None:
    """Inside a word or an address, or between two words: the reading that says more is taken."""
    found = diagnose(f'go: a.example/b@v1.0.0: Get "https://p.example/a.example/b/@v/v1.0.0.zip": {broken}')

    assert [one.cause for one in found] == ["tcp_timeout"]
