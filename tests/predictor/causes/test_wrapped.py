"""Messages that mail and narrow windows wrapped at spaces are read as if they stood on one line."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from predictor.causes import diagnose
from predictor.causes.wrapped import unwrapped
from predictor.pasted import explain_log

CORPUS = Path(__file__).resolve().parents[3] / ".." / "shared" / "corpus" / "go-fetch-failures.jsonl"
LONG = (
    "go: github.com/a/b@v1.0.0: git fetch -f origin refs/heads/*:refs/heads/* refs/tags/*:refs/tags/* in "
    "/go/pkg/mod/cache/vcs/0901dc1ef67fcce1c9b3ae51078740de4a0e2dc673e720584ac302973af82f36: exit status 128:"
)
RESOLVE = "fatal: unable to access 'https://github.com/a/b/': Could not resolve host: github.com"
WIDTHS = (60, 72, 80)


def wrap(text: str, width: int) -> str:
    """A text as a mail program wraps it."""
    return "\n".join(
        "\n".join(textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)) or line
        for line in text.split("\n")
    )


@pytest.mark.parametrize("mark", ["", "> "])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_wrapped_message_is_put_together(width: int, mark: str) -> None:
    """git's words below the long line keep a line of their own."""
    lines = [mark + line for line in wrap(f"{LONG}\n{RESOLVE}", width).split("\n")]

    whole = unwrapped("\n".join(lines))

    assert whole is not None
    assert whole[0] == f"{mark}{LONG}\n{mark}{RESOLVE}"
    assert [lines[number][len(mark) :][:3] for number in whole[1]] == ["go:", "fat"]


@pytest.mark.parametrize("width", WIDTHS)
def test_what_a_wrapped_message_says_is_found_at_its_first_line(width: int) -> None:
    """The evidence is a line of the text as it was given."""
    found = diagnose("Since today:\n\n" + wrap(f"{LONG}\n{RESOLVE}", width))

    assert [(one.family, one.host, one.line) for one in found] == [("git-dns", "github.com", 2)]


@pytest.mark.parametrize(
    "text",
    [
        f"{LONG}\n{RESOLVE}",
        "go: downloading github.com/northwind/retry v0.3.1\ngo: downloading github.com/northwind/pipe v1.0.0",
        "short\nlines\nonly",
        "",
        f"{'x ' * 40}\n" * 1_000,
    ],
)
def test_a_text_that_nobody_wrapped_stays_as_it_is(text: str) -> None:
    """Lines that are longer than anybody wraps, that begin something, or that had room; and long texts."""
    assert unwrapped(text) is None


@pytest.mark.parametrize("width", WIDTHS)
def test_wrapping_the_corpus_changes_hardly_an_answer(width: int) -> None:
    """Of all failures of the shared corpus at most one in fifty is read otherwise once it is wrapped."""
    if not CORPUS.exists():
        pytest.skip("the shared corpus is not beside this repository")
    texts = [json.loads(line)["text"] for line in CORPUS.read_text("utf-8").splitlines()]

    said = [(cause(text), cause(wrap(text, width))) for text in texts]
    assert sum(before != after for before, after in said) <= len(texts) / 50


def cause(text: str) -> tuple[str, bool]:
    """Cause and outage that are said of a text."""
    said = explain_log(text.encode())
    return ("" if said.primary is None else said.findings[said.primary].cause, said.outage)
