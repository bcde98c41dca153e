"""Columns of field values as places in one buffer: no Python object per field.

A block of log lines stays one buffer; a column is where each of its values begins and ends. Numbers are parsed eight
digits at a time with integer arithmetic on whole columns; what is no plain number is left to the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]

FRONT = 16  # bytes before the text, so that windows that end early in it stay inside the buffer
BACK = 264  # bytes behind the text, for windows that begin late in it
DIGITS = 16
_ZEROS, _DOT = 0x3030303030303030, ord(".") ^ 0x30
_NO_DIGIT, _HIGH = np.uint64(0x7676767676767676), np.uint64(0x8080808080808080)
#: the last n of 16 bytes, as two little-endian words
_LAST = np.array([[0] * (16 - n) + [255] * n for n in range(17)], dtype=np.uint8).view("<u8")


class Buffer:
    """The text of a block with room around it, read as windows at any byte.

    Args:
        text: whole lines.
        more: values that stand in no line as they are, placed behind the text.
    """

    def __init__(self, text: bytes, more: Sequence[bytes] = ()) -> None:
        self.raw = b"".join((bytes(FRONT), text, *more, bytes(BACK)))
        self.bytes = np.frombuffer(self.raw, dtype=np.uint8)

    def windows(self, starts: Places, width: int) -> Words:
        """(n, width / 8) little-endian words of the ``width`` bytes that begin at each start."""
        rows = np.ndarray((len(self.raw) - width + 1,), dtype=f"V{width}", buffer=self.raw, strides=(1,))
        return rows[starts].view("<u8").reshape(len(starts), width // 8)


class Spans(Sequence[Any]):
    """One column: the bytes between ``starts`` and ``ends`` of a buffer; ``ids`` number its distinct values."""

    def __init__(self, buffer: Buffer, starts: Places, ends: Places, ids: Ids | None = None) -> None:
        self.buffer, self.starts, self.ends, self.ids = buffer, starts, ends, ids

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, index: Any) -> Any:
        return self.buffer.raw[int(self.starts[index]) : int(self.ends[index])]

    def __iter__(self) -> Iterator[bytes]:
        raw = self.buffer.raw
        return iter([raw[a:b] for a, b in zip(self.starts.tolist(), self.ends.tolist(), strict=True)])

    def take(self, rows: Places) -> Spans:
        """The values of some rows."""
        ids = self.ids.take(rows) if self.ids else None
        return Spans(self.buffer, self.starts[rows], self.ends[rows], ids)

    def digits(self) -> Flags:
        """Where a value is one to sixteen decimal digits."""
        return _digits(_figures(self), self.ends - self.starts)

    def amounts(self) -> tuple[Floats, Flags]:
        """(values, rows that are a plain number); ``-`` alone is plain and NaN. All fractions have the same length."""
        lengths = self.ends - self.starts
        words = _figures(self)
        fraction = self._fraction()
        divisor = 1
        if fraction:
            dotted, words = _without_dot(words, fraction)
            plain = _digits(words, lengths) & dotted & (lengths > fraction)
            value = _integers(words)
            divisor = 10**fraction
            value = value // (10 * divisor) * divisor + value % divisor
        else:
            plain, value = _digits(words, lengths), _integers(words)
        blank = (lengths == 1) & (self.buffer.bytes[self.starts] == ord("-"))
        numbers = value / float(divisor)
        numbers[~plain] = np.nan
        return numbers, plain | blank

    def _fraction(self) -> int:
        """Digits behind the point of the first value that has one, 0 when none of the first values has one."""
        for row in range(min(len(self), 8)):
            value = self[row]
            if b"." in value:
                return min(len(value) - 1 - int(value.rfind(b".")), DIGITS - 1)
        return 0


class Ids:
    """Numbers of the distinct values of a column; ``values`` and ``fits`` belong to the numbers and only grow."""

    def __init__(self, rows: npt.NDArray[np.int32], values: list[bytes]) -> None:
        self.rows, self.values = rows, values

    def take(self, rows: Places) -> Ids:
        """The numbers of some rows."""
        return Ids(self.rows[rows], self.values)


def _figures(spans: Spans) -> Words:
    """(n, 2) words: the last 16 bytes of each value minus ``0``, what is before the value as zeros."""
    words = spans.buffer.windows(spans.ends - 16, 16) ^ np.uint64(_ZEROS)
    words &= _LAST[(spans.ends - spans.starts).clip(0, DIGITS)]
    return words


def _digits(words: Words, lengths: Places) -> Flags:
    odd = ((words + _NO_DIGIT) | words) & _HIGH
    return np.asarray(((odd[:, 0] | odd[:, 1]) == 0) & (lengths > 0) & (lengths <= DIGITS))


def _without_dot(words: Words, fraction: int) -> tuple[Flags, Words]:
    """(rows with a point before their last ``fraction`` digits, words with a zero in its place)."""
    byte = DIGITS - 1 - fraction
    word, shift = byte // 8, np.uint64(byte % 8 * 8)
    dotted = (words[:, word] >> shift) & np.uint64(0xFF) == _DOT
    words[:, word] &= ~(np.uint64(0xFF) << shift)
    return dotted, words


def _integers(words: Words) -> Places:
    """The numbers that 16 digits make: pairs, then fours, then eights, then both halves."""
    for step, scale, mask in (
        (8, 10, 0x00FF00FF00FF00FF),
        (16, 100, 0x0000FFFF0000FFFF),
        (32, 10000, 0x00000000FFFFFFFF),
    ):
        words = (words * np.uint64(scale) + (words >> np.uint64(step))) & np.uint64(mask)
    both = words.astype(np.int64)
    return np.asarray(both[:, 0] * 100_000_000 + both[:, 1])
