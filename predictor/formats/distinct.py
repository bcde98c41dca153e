"""Numbers the distinct values of a column by hashing all its rows at once.

Only a value that was never seen costs a Python object. The hash has 64 bits and a secret of the process in it, so
that two values of one log with the same hash do not happen, not even on purpose.
"""

from __future__ import annotations

import re

import numpy as np

from predictor.formats.hash_table import HashTable
from predictor.formats.spans import Flags, Ids, Places, Spans, Words

MAX_VALUES = 100_000
MAX_WIDTH = 256  # bytes of a value that are hashed at once; longer values are looked up one by one
FEW = 1 << 10  # values that are looked up one by one sooner than hashed
WIDE = 32  # bytes from which on one product of a matrix is faster than one of each word
_USUAL = 64  # longest value that is not worth a look at how many are shorter
_WIDTHS = (8, 16, 24, 32, 48, 64, 96, 128, MAX_WIDTH)
#: odd secrets: two of every hash and one of each of its words
_SECRETS = np.random.default_rng().integers(1 << 64, size=2 + MAX_WIDTH // 8, dtype=np.uint64) | np.uint64(1)
_KEY, _SALT, _KEYS = _SECRETS[0], _SECRETS[1], _SECRETS[2:]
#: width -> words that keep the first n bytes of a window, by n
_FIRST: dict[int, Words] = {
    width: np.where(np.arange(width) < np.arange(width + 1)[:, None], 255, 0).astype(np.uint8).view("<u8")
    for width in _WIDTHS
}


class Distinct:
    """The distinct values of one column of one log.

    Args:
        check: what a value must match wholly to fit; None: every value fits.
    """

    def __init__(self, check: re.Pattern[bytes] | None = None) -> None:
        self._check = check
        self._constant = False  # whether all values of the newest block were the same one, and not empty
        self._reset()

    def _reset(self) -> None:
        self._values: list[bytes] = []
        self._fits, self._unfit = np.zeros(1024, dtype=bool), 0
        self._known: dict[bytes, int] = {}
        self._table = HashTable()

    def number(self, spans: Spans) -> tuple[Ids, Flags]:
        """(number of each value, rows whose value fits)."""
        if len(self._values) > MAX_VALUES:
            self._reset()
        lengths = spans.ends - spans.starts
        longest = int(lengths.max(initial=0))
        alike = bool(self._constant and longest and lengths.min() == longest)
        if alike and spans.buffer.stands_always(spans.starts, spans[0]):
            rows = np.full(len(spans), self._row(spans[0]))
        else:
            rows = self._numbered(spans, lengths, longest)
            self._constant = longest > 0 and rows[0] == rows[-1] and bool((rows == rows[0]).all())
        return Ids(rows, self._values), self._fits[rows] if self._unfit else np.ones(len(rows), dtype=bool)

    def _numbered(self, spans: Spans, lengths: Places, longest: int) -> Places:
        if len(lengths) < FEW:
            known, row = self._known, self._row
            return np.array([known[value] if value in known else row(value) for value in spans], dtype=np.int64)
        width = _width(lengths, longest)
        hashes = _hashed(spans, lengths, width)
        places, missing = self._table.look_up(hashes)
        rows = self._table.numbers[places].astype(np.int64)
        long = lengths > width if longest > width else np.zeros(len(rows), dtype=bool)
        missing |= long
        if missing.any():
            self._learn(spans, rows, hashes, missing, long)
        return rows

    def _learn(self, spans: Spans, rows: Places, hashes: Words, missing: Flags, long: Flags) -> None:
        """Number the values that are new, and those that are too long to be hashed."""
        for row in np.flatnonzero(missing & long).tolist():
            rows[row] = self._row(spans[row])
        at = np.flatnonzero(missing & ~long)
        if not len(at):
            return
        new, first, inverse = np.unique(hashes[at], return_index=True, return_inverse=True)
        numbers = np.array([self._row(spans[int(row)]) for row in at[first]], dtype=np.int64)
        rows[at] = numbers[inverse]
        self._table.insert(new, numbers)

    def _row(self, value: bytes) -> int:
        row = self._known.get(value)
        if row is None:
            row = self._known[value] = len(self._values)
            self._values.append(value)
            if row >= len(self._fits):
                self._fits = np.concatenate([self._fits, np.zeros_like(self._fits)])
            self._fits[row] = self._check is None or self._check.fullmatch(value) is not None
            self._unfit += not self._fits[row]
        return row


def _width(lengths: Places, longest: int) -> int:
    """The window of nearly all values."""
    if longest <= _USUAL:
        return next(width for width in _WIDTHS if width >= longest)
    return next((width for width in _WIDTHS if np.count_nonzero(lengths > width) * 50 <= len(lengths)), MAX_WIDTH)


def hashes(spans: Spans) -> Words:
    """A hash of each value, never 0, that is the same in every block of the process."""
    lengths = spans.ends - spans.starts
    longest = int(lengths.max(initial=0))
    usual = max(_width(lengths, longest), 2 * _WIDTHS[0])  # above one word all widths hash alike
    if longest <= usual:
        return _hashed(spans, lengths, usual)
    found = np.ones(len(lengths), dtype=np.uint64)
    for above, width in ((-1, usual), (usual, MAX_WIDTH)):
        rows = np.flatnonzero((lengths > above) & (lengths <= width))
        if len(rows):
            found[rows] = _hashed(spans.take(rows), lengths[rows], width)
    for row in np.flatnonzero(lengths > MAX_WIDTH).tolist():
        found[row] = hash(spans[row]) % (1 << 64) or 1
    return found


def _hashed(spans: Spans, lengths: Places, width: int) -> Words:
    words = spans.buffer.windows(spans.starts, width)
    words &= _FIRST[width].take(lengths, axis=0, mode="clip")
    if width > 8:  # one word times an odd number is no other word's product already
        words *= _KEY
        words ^= words >> np.uint64(32)
    hashes = lengths.view(np.uint64) * _SALT
    if width > WIDE:
        hashes += words @ _KEYS[: words.shape[1]]
    else:
        for word, key in zip(words.T, _KEYS, strict=False):
            hashes += word * key
    return np.asarray(np.maximum(hashes, np.uint64(1)))
