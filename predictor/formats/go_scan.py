"""Finds the few lines of a CI log that say something about fetches, without looking at lines one by one.

Every line that matters holds one of a few words. A word stands at an even or at an odd place of the log; for each of
the two it has a byte pair that begins at an even place and is rare elsewhere. A table of all 65,536 pairs, looked up
for every second place of the block with NumPy, finds the pairs at memory speed; whether the whole word stands there is
asked for all places of a pair at once. The two lines that a go log is full of are known by how they begin, and long
stretches of them are not searched at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from predictor.formats.spans import Bare, Flags, Places
from predictor.formats.wrappers.layer import newlines, octets, ones

DOWNLOAD, REQUEST = b"go: downloading ", b"# get "

#: What must be in a line for it to matter, and where the pairs begin in it that are searched for: one even, one odd,
#: the rarer the faster. -1: any byte and the first of the word.
_NEEDLES = {
    b"go: ": (0, 1),
    b"://": (0, 1),
    b"@v": (0, -1),
    b"; git ": (0, -1),
    b"$ go ": (0, -1),
    b"+ go ": (0, -1),
    b"zip: ": (2, 1),
    b"fatal: ": (4, 3),
    b"signal: ": (2, 5),
    b"RPC failed": (0, 1),
    b"SECURITY ERROR": (2, 3),
    b"GOAWAY": (2, 1),
    b"dial tcp": (6, 5),
    b"no space left": (10, 11),
    b"exit": (0, 1),
    b"Exit": (0, 1),
    b"EXIT": (0, 1),
    b"exceeded": (0, 1),
    b"Finished: ": (0, 7),
    b"Job ": (0, 1),
    b"job ": (0, 1),
    b"rc=": (0, 1),
    b"Terminated": (2, 3),
    b"Killed": (0, 1),
    b"##[": (0, 1),
    b"*** [": (0, 1),
    b'"\\t': (0, 1),  # a continued message in JSON
}
_SLICE = 1 << 16  # pairs looked at together: they stay in the processor's cache
_STRETCH = 1 << 12  # bytes of lines known by their beginning that are worth being left out

_Word = tuple[bytes, int]  # and the place of the pair in it


class Kept(NamedTuple):
    """The lines of a block that may say something about fetches or jobs."""

    total: int  # lines of the block
    buffer: Bare
    numbers: Places  # 0-based, of the lines
    starts: Places  # of their first bytes
    ends: Places  # behind their last bytes, line ends left out
    downloads: Flags  # lines that begin with DOWNLOAD
    requests: Flags  # ... with REQUEST


@dataclass(frozen=True, slots=True)
class _Layer:
    """One word for each pair that has so many; with the pairs that have none here nothing fits."""

    words: list[_Word]  # by code
    has: Flags  # ... whether there is one
    long: Flags  # ... whether it has more than eight bytes
    offsets: Places
    first: _Shapes  # the first eight bytes of the words
    behind: _Shapes  # the two bytes of the words behind the pair

    @classmethod
    def of(cls, words: list[_Word]) -> _Layer:
        """The columns of these words, of which the empty ones are none."""
        has = np.array([bool(word) for word, _ in words])
        long = np.array([len(word) > 8 for word, _ in words])
        offsets = np.array([at for _, at in words], dtype=np.int64)
        first = _Shapes.of([word[:8] for word, _ in words], np.dtype(np.uint64))
        behind = _Shapes.of([word[at + 2 : at + 4] if word else b"" for word, at in words], np.dtype(np.uint16))
        return cls(words, has, long, offsets, first, behind)


@dataclass(frozen=True, slots=True)
class _Shapes:
    """Which bits of a little-endian number count, and what they are, by code."""

    masks: npt.NDArray[np.unsignedinteger]
    values: npt.NDArray[np.unsignedinteger]

    @classmethod
    def of(cls, texts: list[bytes], dtype: np.dtype[np.unsignedinteger]) -> _Shapes:
        """Those of texts that are no longer than a number."""
        masks, values = zip(*map(_eight, texts), strict=True)
        return cls(np.array(masks, dtype), np.array(values, dtype))

    def fit(self, numbers: npt.NDArray[np.unsignedinteger], codes: npt.NDArray[np.uint8]) -> Flags:
        """Which numbers have the shape of their code."""
        return np.asarray((numbers & self.masks.take(codes)) == self.values.take(codes))


def _eight(word: bytes) -> tuple[int, int]:
    """(mask, value) of the first eight bytes of a word as a little-endian number."""
    short = word[:8]
    return int.from_bytes(b"\xff" * len(short), "little"), int.from_bytes(short, "little")


def _anchors() -> tuple[npt.NDArray[np.uint8], list[_Layer]]:
    """(code of every pair, 0 for most; the first words of all codes, their second words, ...)."""
    table = np.zeros(1 << 16, dtype=np.uint8)
    pairs: dict[bytes, list[_Word]] = {}
    for word, places in _NEEDLES.items():
        for at in places:
            pairs.setdefault(word[max(at, 0) : at + 2], []).append((word, at))
    for code, pair in enumerate(pairs, 1):
        if len(pair) == 1:
            table[pair[0] << 8 :][:256] = code
        else:
            table[pair[0] | pair[1] << 8] = code
    layers = zip_longest(*([(b"", 0)], *pairs.values()), fillvalue=(b"", 0))
    return table, [_Layer.of(list(layer)) for layer in layers]


_TABLE, _LAYERS = _anchors()
_ANY = _TABLE > 0


def _pairs(
    words: npt.NDArray[np.uint16], stretches: Iterator[tuple[int, int]], silent: Places
) -> tuple[Places, npt.NDArray[np.uint8]]:
    """(places of every pair of the table that begins at an even place, which pair each is), in order.

    The pairs that begin at ``silent`` or one place behind are left out: the lines there are known.
    """
    found = np.zeros(len(words) + 1, dtype=bool)
    numbers = np.empty(_SLICE, dtype=np.intp)  # of pairs; one piece of memory for all slices, as fresh memory is slow
    for begin, end in stretches:
        for start in range(begin // 2, (end + 1) // 2, _SLICE):
            piece = words[start : min(start + _SLICE, (end + 1) // 2)]
            numbers[: len(piece)] = piece
            _ANY.take(numbers[: len(piece)], mode="clip", out=found[start : start + len(piece)])
    found[(silent + 1) // 2] = False
    at = ones(octets(found))
    return at * 2, _TABLE.take(words[at])


def _hits(buffer: Bare, stretches: Iterator[tuple[int, int]], silent: Places) -> Places:
    """A place in each line of the stretches that holds a word, unordered; words at ``silent`` are left out."""
    words = buffer.bytes[: len(buffer.bytes) // 2 * 2].view("<u2")
    at, codes = _pairs(words, stretches, silent)
    hits = [at[:0]]
    for layer in _LAYERS:
        more = np.flatnonzero(layer.has.take(codes))  # in the first layer all
        at, codes = at[more], codes[more]
        if len(at):
            hits.append(_words(buffer, at, codes, words.take(at // 2 + 1, mode="clip"), layer))
    return np.concatenate(hits)


def _words(
    buffer: Bare, at: Places, codes: npt.NDArray[np.uint8], behind: npt.NDArray[np.uint16], layer: _Layer
) -> Places:
    """A place in each word of ``layer`` that stands around one of the pairs ``at``, before the pairs ``behind``."""
    likely = layer.behind.fit(behind, codes)
    likely[-1] = True  # behind the last there may be no pair
    rows = np.flatnonzero(likely)
    codes, places = codes[rows], at[rows]
    begins = np.maximum(places - layer.offsets.take(codes), 0)
    fits = layer.first.fit(buffer.windows(begins, 8)[:, 0], codes)
    for row in np.flatnonzero(fits & layer.long.take(codes)).tolist():
        word, offset = layer.words[codes[row]]
        fits[row] = buffer.raw.startswith(word, int(places[row]) - offset)
    return np.asarray(places[fits] + 1)  # not on the line before


def _stretches(starts: Places, ends: Places, known: Flags) -> Iterator[tuple[int, int]]:
    """Where lines stand that are not known by their beginning; long stretches of known lines are left out."""
    if np.count_nonzero(known) * 2 < len(known):  # then they hardly stand together
        yield 0, int(ends[-1])
        return
    rest = np.flatnonzero(~known)
    if not len(rest):
        return
    begins, stops = starts[rest], ends[rest]
    cuts = np.flatnonzero(begins[1:] - stops[:-1] > _STRETCH)
    yield from zip([int(begins[0]), *begins[cuts + 1].tolist()], [*stops[cuts].tolist(), int(stops[-1])], strict=True)


def relevant(text: bytes) -> Kept:
    """The lines of ``text``, which is not empty, that may say something about fetches or jobs."""
    buffer = Bare(text)
    ends = newlines(text)
    starts = np.concatenate(([0], ends[:-1] + 1))
    first = buffer.bytes.take(starts)
    downloads = _begin(buffer, starts, first, DOWNLOAD)
    requests = _begin(buffer, starts, first, REQUEST)
    known = downloads | requests
    marks = known | (first == ord("\t"))
    marks[np.searchsorted(ends, _hits(buffer, _stretches(starts, ends, known), starts[downloads]))] = True
    kept = np.flatnonzero(marks)
    return Kept(len(ends), buffer, kept, starts[kept], ends[kept], downloads[kept], requests[kept])


def _begin(buffer: Bare, starts: Places, first: npt.NDArray[np.uint8], word: bytes) -> Flags:
    """Which lines begin with ``word``; ``first`` has their first bytes."""
    flags = first == word[0]
    lines = np.flatnonzero(flags)
    flags[lines] = buffer.stands(starts[lines], word)
    return np.asarray(flags)
