"""Finds the few lines of a CI log that say something about fetches, without looking at lines one by one.

Every line that matters holds one of a few words, each with a byte pair that is rare elsewhere. A table of all 65,536
pairs, looked up for the whole block with NumPy, finds the pairs at memory speed; whether the whole word stands there is
asked for all places of a pair at once.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from predictor.formats.spans import FRONT, Buffer

#: What must be in a line for it to matter, and the byte pair of it that is searched for (the rarer, the faster).
_NEEDLES = {
    b"go: ": b"o:",
    b"://": b":/",
    b"@v": b"@v",
    b"; git ": b"; ",
    b"$ go ": b"$ ",
    b"+ go ": b"+ ",
    b"zip: ": b"p:",
    b"fatal: ": b"l:",
    b"signal: ": b"l:",
    b"RPC failed": b"PC",
    b"SECURITY ERROR": b"CU",
    b"GOAWAY": b"AW",
    b"dial tcp": b"cp",
    b"no space left": b"ft",
    b"exit": b"xi",
    b"Exit": b"xi",
    b"EXIT": b"XI",
    b"exceeded": b"xc",
    b"Finished: ": b"Fi",
    b"Job ": b"Jo",
    b"job ": b"jo",
    b"rc=": b"c=",
    b"Terminated": b"rm",
    b"Killed": b"Ki",
    b"##[": b"#[",
    b"*** [": b"**",
    b'"\\t': b'"\\',  # a continued message in JSON
}
_PAIRS = (b"\n\t", *sorted({anchor[:2] for anchor in _NEEDLES.values()}))
#: pair -> (word, place of the pair in it); the first pair is all of its word
_WORDS = {
    code: [(word, word.index(pair)) for word, anchor in _NEEDLES.items() if anchor[:2] == pair]
    for code, pair in enumerate(_PAIRS, 1)
}


def _table() -> npt.NDArray[np.uint8]:
    table = np.zeros(1 << 16, dtype=np.uint8)
    for code, (first, second) in enumerate(_PAIRS, 1):
        table[first | second << 8] = code
    return table


_TABLE = _table()
_ANY = _TABLE > 0  # NumPy finds the true ones among truth values faster than the numbers among numbers
_SLICE = 1 << 18  # bytes looked at together: stays in the processor's cache


def _pairs(data: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """(places of every pair of the table, which pair each is), unordered."""
    found = [(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint8))]
    for start in range(0, len(data), _SLICE):
        piece = data[start : start + _SLICE + 1]
        for shift in (0, 1):
            even = piece[shift : shift + (len(piece) - shift) // 2 * 2]
            if len(even):
                pairs = even.view("<u2")
                at = np.flatnonzero(_ANY.take(pairs))
                found.append((at * 2 + (start + shift), _TABLE.take(pairs[at])))
    return np.concatenate([at for at, _ in found]), np.concatenate([codes for _, codes in found])


def _hits(text: bytes, data: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """A place in each line that holds a word, unordered."""
    at, codes = _pairs(data)
    buffer = Buffer(text)
    hits = [at[codes == 1] + 1]
    for code in np.flatnonzero(np.bincount(codes)).tolist():
        places = at[codes == code]
        for word, offset in _WORDS[code]:
            inside = places[places >= offset]
            hits.append(inside[buffer.stands(inside + (FRONT - offset), word)])
    return np.concatenate(hits)


def _line_ends(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    found = [
        np.flatnonzero(data[start : start + _SLICE] == 10) + start for start in range(0, len(data), _SLICE)
    ]  # by slices: a mask of the whole block would leave the cache
    return np.concatenate(found) if found else np.empty(0, dtype=np.int64)


def relevant(text: bytes) -> list[tuple[int, bytes]]:
    """The lines of ``text`` that may say something about fetches or jobs: (0-based index, line without its end)."""
    if not text:
        return []
    data = np.frombuffer(text, np.uint8)
    ends = _line_ends(data)
    if not text.endswith(b"\n"):
        ends = np.append(ends, len(text))
    hits = np.searchsorted(ends, _hits(text, data))
    marks = np.zeros(len(ends) + 1, dtype=bool)
    marks[hits] = True
    marks[0] |= text.startswith(b"\t")
    index = np.flatnonzero(marks[:-1])
    starts = np.where(index > 0, ends[index - 1] + 1, 0)
    places = zip(index.tolist(), starts.tolist(), ends[index].tolist(), strict=True)
    return [(i, text[start:end]) for i, start, end in places]
