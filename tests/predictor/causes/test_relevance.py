"""What spares long logs a look at every line changes no answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from predictor.causes import diagnose, diagnose_message, messages
from predictor.causes import message as joining
from predictor.causes.family import families, sure_words
from predictor.causes.message import flatten
from predictor.causes.relevance import SMALL, everything, longest, present, relevant, scope, spoken

SAMPLES = Path(__file__).resolve().parents[3] / "data" / "samples" / "explain"
LINES = [line for path in sorted(SAMPLES.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()]
TEXTS = [json.loads(line)["text"] for line in LINES]
FAILED = "go: a.b/c@v1.0.0: reading https://p.example/a.b/c/@v/v1.0.0.zip: 503 Service Unavailable"


def meanings(text: str) -> list[tuple[int, str]]:
    """Line and family of each message that has one."""
    found = [(message.line, diagnose_message(message.text)) for message in messages(text)]
    return [(line, one.family) for line, one in found if one is not None]


def test_lines_left_out_hold_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every sample is read the same when no line is left out."""
    sparing = [meanings(text) for text in TEXTS]
    monkeypatch.setattr(joining, "relevant", lambda text, words, before: bytes([1]) * (text.count("\n") + 1))

    assert sparing == [meanings(text) for text in TEXTS]


def test_families_left_out_fit_no_message_of_a_long_text() -> None:
    """The scope of many messages gives each the same family as all families do."""
    flats = [flatten(message.text) for text in TEXTS for message in messages(text)]
    known = scope(flats)

    assert sum(map(len, flats)) > SMALL
    assert [diagnose_message(flat, known) for flat in flats] == [diagnose_message(flat) for flat in flats]


def test_few_messages_have_the_scope_of_everything() -> None:
    """Short texts are not worth the search."""
    assert scope([FAILED]) is everything()


def test_words_of_a_long_text_are_found_as_in_a_short_one() -> None:
    """The vocabulary is a first sieve: the slow way decides."""
    lowered = "\n".join(TEXTS).lower()
    words = sorted({word for family in families() for word in family.words} | set(sure_words()))

    assert len(lowered) > SMALL
    assert set(present(lowered, words)) >= {word for word in words if word in lowered}
    assert len(present(lowered, [*words, "not in any text at all"])) <= len(words)


@pytest.mark.parametrize(("word", "run"), [("@v/", b"v"), ("go.sum: bad", b"sum"), ("::", b"")])
def test_the_longest_run_of_letters_stands_for_a_word(word: str, run: bytes) -> None:
    """Digits and marks are not in the vocabulary."""
    assert longest(word) == run


def test_a_line_that_matters_takes_the_lines_before_it_along() -> None:
    """A message may begin a few lines above the word that tells."""
    text = "\n".join(["nothing"] * 5 + [FAILED] + ["nothing"])

    assert relevant(text, spoken(text), 2) == bytearray([0, 0, 0, 1, 1, 1, 0])


def test_a_needle_in_a_long_log_is_found() -> None:
    """A hundred thousand lines of a test run around one failure."""
    text = "\n".join(["=== RUN   TestA", "ok  \tgithub.com/acme/app\t0.1s"] * 5_000 + [FAILED])

    assert [(one.cause, one.line) for one in diagnose(text)] == [("http_5xx", 10_000)]
