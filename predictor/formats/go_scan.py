"""Finds the few lines of a CI log that say something about fetches, without looking at lines one by one.

Every line that matters holds one of a few words. A word stands at an even or at an odd place of the log; for each of
the two it has a byte pair that begins at an even place and is rare elsewhere. A table of all 65,536 pairs, looked up
for every second place of the block with NumPy, finds the pairs at memory speed; whether the whole word stands there is
asked for all places of a pair at once. The two lines that a go log is full of are known by how they begin, and long
stretches of them are not searched at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from predictor.formats.spans import Flags, Places

DOWNLOAD, REQUEST = b"go: downloading ", b"# get "

#: What must be in a line for it to matter, and where the pairs begin in it that are searched for: one even, one odd,
#: the rarer the faster. -1: any byte and the first of the word.
_NEEDLES = {
    b"go: ": (0, 1),
    b"://": (0, 1),
    b"@v": (0, -1),
    b"; git ": (0, 1),
    b"$ go ": (0, 3),
    b"+ go ": (0, 3),
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
_SLICE = 1 << 18  # bytes looked at together: stays in the processor's cache
_STRETCH = 1 << 12  # bytes of lines known by their beginning that are worth being left out

_Word = tuple[bytes, int]  # and the place of the pair in it


class Kept(NamedTuple):
    """The lines of a block that may say something about fetches or jobs."""

    numbers: Places  # 0-based, of the lines
    starts: Places  # of their first bytes
    ends: Places  # behind their last bytes, line ends left out
    downloads: Flags  # lines that begin with DOWNLOAD
    requests: Flags  # ... with REQUEST


def _anchors() -> tuple[npt.NDArray[np.uint8], list[list[_Word]]]:
    """(code of every pair, 0 for most; words by code)."""
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
    return table, [[], *pairs.values()]


_TABLE, _WORDS = _anchors()
_ANY = _TABLE > 0  # NumPy finds the true ones among truth values faster than the numbers among numbers


def _pairs(data: npt.NDArray[np.uint8], stretches: Iterator[tuple[int, int]]) -> tuple[Places, npt.NDArray[np.uint8]]:
    """(places of every pair of the table that begins at an even place, which pair each is), in order."""
    found = [(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint8))]
    words = data[: len(data) // 2 * 2].view("<u2")
    for begin, end in stretches:
        for start in range(begin // 2, (end + 1) // 2, _SLICE // 2):
            piece = words[start : min(start + _SLICE // 2, (end + 1) // 2)]
            at = np.flatnonzero(_ANY.take(piece, mode="clip"))
            found.append(((at + start) * 2, _TABLE.take(piece[at])))
    return np.concatenate([at for at, _ in found]), np.concatenate([codes for _, codes in found])


def _stands(text: bytes, places: Places, word: bytes) -> Flags:
    """At which places of ``text``, also outside of it, ``word`` stands."""
    width = 8 if len(word) <= 8 else 16
    if len(text) < width:
        return np.array([at >= 0 and text.startswith(word, at) for at in places.tolist()], dtype=bool)
    windows = np.ndarray((len(text) - width + 1,), f"V{width}", text, strides=(1,))
    parts = windows[np.clip(places, 0, len(windows) - 1)].view("<u8").reshape(len(places), width // 8)
    mask, wanted = (np.frombuffer(half.ljust(width, b"\0"), "<u8") for half in (b"\xff" * len(word), word))
    fits = (
        np.logical_and.reduce((parts & mask) == wanted, axis=1) if width > 8 else (parts[:, 0] & mask[0]) == wanted[0]
    )
    for row in np.flatnonzero((places < 0) | (places >= len(windows))).tolist():
        at = int(places[row])
        fits[row] = at >= 0 and text.startswith(word, at)
    return np.asarray(fits)


def _hits(text: bytes, stretches: Iterator[tuple[int, int]]) -> Places:
    """A place in each line of the stretches that holds a word, unordered."""
    at, codes = _pairs(np.frombuffer(text, np.uint8), stretches)
    hits = [at[:0]]
    for code in np.flatnonzero(np.bincount(codes)).tolist():
        places = at[codes == code]
        for word, offset in _WORDS[code]:
            hits.append(places[_stands(text, places - offset, word)] + 1)  # not on the line before
    return np.concatenate(hits)


def _line_ends(text: bytes) -> Places:
    data = np.frombuffer(text, np.uint8)
    found = [
        np.flatnonzero(data[start : start + _SLICE] == 10) + start for start in range(0, len(data), _SLICE)
    ]  # by slices: a mask of the whole block would leave the cache
    if not text.endswith(b"\n"):
        found.append(np.array([len(text)]))
    return np.concatenate(found)


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
    ends = _line_ends(text)
    starts = np.concatenate(([0], ends[:-1] + 1))
    first = np.frombuffer(text, np.uint8)[starts]
    downloads = _begin(text, starts, first, DOWNLOAD)
    requests = _begin(text, starts, first, REQUEST)
    known = downloads | requests
    marks = known | (first == ord("\t"))
    marks[np.searchsorted(ends, _hits(text, _stretches(starts, ends, known)))] = True
    kept = np.flatnonzero(marks)
    return Kept(kept, starts[kept], ends[kept], downloads[kept], requests[kept])


def _begin(text: bytes, starts: Places, first: npt.NDArray[np.uint8], word: bytes) -> Flags:
    """Which lines begin with ``word``; ``first`` has their first bytes."""
    flags = first == word[0]
    lines = np.flatnonzero(flags)
    flags[lines] = _stands(text, starts[lines], word)
    return np.asarray(flags)
