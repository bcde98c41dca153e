"""Finds the few lines of a CI log that say something about fetches, without looking at lines one by one.

Every line that matters holds one of a few byte pairs. A table of all 65,536 pairs, looked up for the whole block with
NumPy, finds them at memory speed; a regular expression then looks only at the lines that were hit.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

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
_PAIRS = {anchor[:2] for anchor in _NEEDLES.values()}
_RELEVANT = re.compile(b"^\t|" + b"|".join(re.escape(needle) for needle in _NEEDLES))


def _table() -> npt.NDArray[np.bool_]:
    table = np.zeros(1 << 16, dtype=bool)
    for first, second in (*_PAIRS, b"\n\t"):
        table[first | second << 8] = True
    return table


_TABLE = _table()
_SLICE = 1 << 18  # bytes looked at together: stays in the processor's cache


def _hits(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Positions of the second byte of every pair of the table, unordered."""
    found = []
    for start in range(0, len(data), _SLICE):
        piece = data[start : start + _SLICE + 1]
        for shift in (0, 1):
            even = piece[shift : shift + (len(piece) - shift) // 2 * 2]
            if len(even):
                pairs = even.view("<u2")
                found.append(np.flatnonzero(_TABLE[pairs]) * 2 + (start + shift + 1))
    return np.concatenate(found) if found else np.empty(0, dtype=np.int64)


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
    hits = np.searchsorted(ends, _hits(data))
    marks = np.zeros(len(ends) + 1, dtype=bool)
    marks[hits] = True
    marks[0] |= text.startswith(b"\t")
    index = np.flatnonzero(marks[:-1])
    starts = np.where(index > 0, ends[index - 1] + 1, 0)
    found = []
    search = _RELEVANT.search
    for i, start, end in zip(index.tolist(), starts.tolist(), ends[index].tolist(), strict=True):
        line = text[start:end]
        if b"://" in line or b"go: " in line or search(line):
            found.append((i, line))
    return found
