"""Finds the few lines of a long log that can matter, and the few families that can fit, so that it is read fast.

A message about fetching holds one of some two hundred words. Most of them are nowhere in a given log: that is found
out once for the whole text, and each line is then searched only for those that are. Short texts are not cut down.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from predictor.causes.family import Family, families, sure_words

#: In lower case, what a message that only go's fetching says holds (``predictor.causes.match.FETCH`` and ``NAMED``).
FETCH_WORDS = (
    "/@", "go-get=1", "sumdb", "go: ", "go get:", "go install:", "go list:", "go mod ", "go run:", "go build:",
    "go work ", "@v", "@latest", "@upgrade", "@patch", "@none", "@master", "@main", "module ", "fetch_repo: ",
    "erifying ", "unrecognized import path", "https fetch:", "unexpected status", "golang", "cache/vcs/",
    "cache/download/", "goprox", "gocenter.io", "athens.azurefd", "package ",
)  # fmt: skip
#: What a network error that stands alone on a line begins with.
NETWORK_WORDS = (
    "dial tcp", "dial udp", "read tcp", "write tcp", "lookup ", "EOF", "stream error: ", "net/http: ", "x509: ",
    "tls: ", "proxyconnect ", "context deadline", "connect: ",
)  # fmt: skip
#: What else may stand alone on a line and still be go's (``predictor.causes.beside``), in lower case.
ALONE_WORDS = (
    "zip: ", "fatal", "remote", "error", "git@", "ssh", "host key", "permission", "致命错误", "cache: ",
    "security error", "abort: ",
)  # fmt: skip
SMALL = 1 << 16  # characters of a text that is searched for each word as it is
SAME_DIGITS = bytes.maketrans(b"123456789", b"000000000")
LETTERS_ONLY = bytes(code if code >= 128 or chr(code).islower() else 32 for code in range(256))


@dataclass(frozen=True, slots=True)
class Scope:
    """The families that can fit the messages of a text, and the words of its sure ones."""

    families: tuple[Family, ...]
    sure: tuple[str, ...]


@lru_cache(maxsize=1)
def everything() -> Scope:
    """The scope that leaves nothing out."""
    return Scope(families(), sure_words())


def scope(flats: Sequence[str]) -> Scope:
    """The scope of these messages, each on one line; everything where they are few."""
    if sum(map(len, flats)) <= SMALL:
        return everything()
    lowered = "\n".join(flats).lower()
    words = frozenset(present(lowered, {word for family in families() for word in family.words}))
    fit = tuple(family for family in families() if not words.isdisjoint(family.words))
    return Scope(fit, present(lowered, sure_words()))


def present(lowered: str, words: Iterable[str]) -> tuple[str, ...]:
    """Those of the words that a text in lower case holds; of a long text also some that differ in digits only."""
    if len(lowered) <= SMALL:
        return tuple(word for word in words if word in lowered)
    lines = set(lowered.encode("utf-8", "replace").translate(SAME_DIGITS).split(b"\n"))
    text = b"\n".join(lines)  # logs say the same again and again
    vocabulary = b" ".join(set(text.translate(LETTERS_ONLY).split()))
    return tuple(word for word in words if longest(word) in vocabulary and word.encode().translate(SAME_DIGITS) in text)


@lru_cache(maxsize=1024)
def longest(word: str) -> bytes:
    """The longest run of letters in a word in lower case; empty where it has none."""
    return max(word.encode().translate(LETTERS_ONLY).split(), key=len, default=b"")


def spoken(lowered: str) -> tuple[str, ...]:
    """Those of the words of messages about fetching that a text in lower case holds."""
    return present(lowered, telling())


@lru_cache(maxsize=1)
def telling() -> tuple[str, ...]:
    """All words, in lower case, of which a line that can matter holds one."""
    return tuple(dict.fromkeys((*FETCH_WORDS, *map(str.lower, NETWORK_WORDS), *ALONE_WORDS, *sure_words())))


def relevant(lowered: str, words: Sequence[str], before: int) -> bytearray:
    """For each line of a text, 1 where it or one of the ``before`` lines after it holds one of the words, else 0."""
    lines = lowered.split("\n")
    flags = bytearray(len(lines))
    last = -1  # lines up to this one are marked
    for number, line in enumerate(lines):
        if any(map(line.__contains__, words)):
            first = max(last + 1, number - before)
            flags[first : number + 1] = b"\x01" * (number + 1 - first)
            last = number
    return flags
