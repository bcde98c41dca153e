"""Columns of field values as places in one buffer: no Python object per field.

A block of log lines stays one buffer; a column is where each of its values begins and ends. Numbers are parsed eight
digits at a time with integer arithmetic on whole columns; what is no plain number is left to the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]

FRONT = 16  # bytes before the text, so that windows that end early in it stay inside the buffer
BACK = 264  # bytes behind the text, for windows that begin late in it
DIGITS = 16  # with a point among them, so that a value is exact before it is divided
_WORD = np.dtype("<u8")
_ZEROS, _POINT = np.uint64(0x3030303030303030), ord(".") ^ 0x30
_NO_DIGIT, _HIGH = np.uint64(0x7676767676767676), np.uint64(0x8080808080808080)
#: the least whole number of n digits that does not begin with a needless zero
_LEAST = np.array([np.inf, 0.0, *(10.0**n for n in range(1, DIGITS))])
#: width -> the last n of its bytes, as little-endian words, by n
_LAST = {
    width: np.array([[0] * (width - n) + [255] * n for n in range(width + 1)], dtype=np.uint8).view("<u8")
    for width in (8, DIGITS)
}


class Buffer:
    """The text of a block with room around it, read as windows at any byte.

    Args:
        text: whole lines.
        more: values that stand in no line as they are, placed behind the text.
    """

    def __init__(self, text: bytes, more: Sequence[bytes] = ()) -> None:
        self.raw = b"".join((bytes(FRONT), text, *more, bytes(BACK)))
        self.bytes = np.frombuffer(self.raw, dtype=np.uint8)
        self._windows: dict[int, npt.NDArray[np.void]] = {}

    def windows(self, starts: Places, width: int) -> Words:
        """(n, width / 8) little-endian words of the ``width`` bytes that begin at each start."""
        return self._pieces(starts, width).view(_WORD).reshape(len(starts), width // 8)

    def _pieces(self, starts: Places, width: int) -> npt.NDArray[np.void]:
        rows = self._windows.get(width)
        if rows is None:
            rows = np.ndarray((len(self.raw) - width + 1,), dtype=f"V{width}", buffer=self.raw, strides=(1,))
            self._windows[width] = rows
        return rows[starts]

    def stands_always(self, at: Places, literal: bytes) -> bool:
        """Whether ``literal`` stands at all places: at the first one, and what is at each other one is like before."""
        size = len(literal)
        found = self._pieces(at, size).view(np.uint8)
        return found[:size].tobytes() == literal and bool((found[size:] == found[:-size]).all())

    def stands(self, at: Places, literal: bytes) -> Flags:
        """Where ``literal`` stands."""
        wanted, last = _wanted(literal)
        words = self.windows(at, len(wanted) * 8)
        words[:, -1] &= last
        fits = words[:, 0] == wanted[0]
        for i in range(1, len(wanted)):
            fits &= words[:, i] == wanted[i]
        return np.asarray(fits)


class Bare(Buffer):
    """A text as it stands, not copied, for windows that begin in it or just behind it; beyond its end they are zeros.

    Places are those of the text: no ``FRONT`` is before it.
    """

    def __init__(self, text: bytes) -> None:
        self.raw = text if len(text) > BACK else text + bytes(BACK)
        self.bytes = np.frombuffer(self.raw, dtype=np.uint8)
        self._windows = {}
        self._end = len(self.raw) - BACK

    @cached_property
    def _tail(self) -> Buffer:
        return Buffer(self.raw[self._end :], [bytes(BACK)])

    def _pieces(self, starts: Places, width: int) -> npt.NDArray[np.void]:
        late = np.flatnonzero(starts > self._end)
        if not len(late):
            return super()._pieces(starts, width)
        pieces = super()._pieces(np.minimum(starts, self._end), width)
        pieces[late] = self._tail._pieces(starts[late] - (self._end - FRONT), width)
        return pieces


@lru_cache(maxsize=1 << 10)
def _wanted(literal: bytes) -> tuple[Words, np.uint64]:
    """The words of a literal, and which bits of the last one it fills."""
    width = -(-len(literal) // 8) * 8
    last = np.frombuffer(b"\xff" * ((len(literal) - 1) % 8 + 1) + bytes(width - len(literal)), dtype=_WORD)
    return np.frombuffer(literal.ljust(width, b"\0"), dtype=_WORD), last[0]


class Spans(Sequence[Any]):
    """One column: the bytes between ``starts`` and ``ends`` of a buffer; ``ids`` number its distinct values."""

    def __init__(self, buffer: Buffer, starts: Places, ends: Places, ids: Ids | None = None) -> None:
        self.buffer, self.starts, self.ends, self.ids = buffer, starts, ends, ids
        self._amounts: tuple[Floats, Flags] | None = None
        self._fraction = 0  # digits behind the point of the amounts

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
        taken = Spans(self.buffer, self.starts[rows], self.ends[rows], ids)
        if self._amounts:
            taken._amounts = (self._amounts[0][rows], self._amounts[1][rows])
            taken._fraction = self._fraction
        return taken

    def dashes(self) -> Flags:
        """Where a value is ``-`` alone."""
        return np.asarray((self.ends - self.starts == 1) & (self.buffer.bytes[self.starts] == ord("-")))

    def digits(self) -> Flags:
        """Where a value is one to sixteen decimal digits."""
        lengths = self.ends - self.starts
        return _digits(_figures(self, lengths), lengths)

    def amounts(self) -> tuple[Floats, Flags]:
        """(values, rows that are a plain number), not to be changed; ``-`` alone is plain and NaN.

        All fractions have the same length.
        """
        if self._amounts is None:
            self._amounts = self._parsed()
        return self._amounts

    def unpadded(self) -> Flags:
        """Where a value is a plain number without a needless zero before it."""
        numbers, plain = self.amounts()
        whole = self.ends - self.starts - (self._fraction + 1 if self._fraction else 0)
        return np.asarray(plain & (numbers >= _LEAST.take(whole, mode="clip")))

    def _parsed(self) -> tuple[Floats, Flags]:
        lengths = self.ends - self.starts
        words = _figures(self, lengths)
        fraction = self._fraction = min(self._point(), words.shape[1] * 8 - 1)
        plain = _without_point(words, fraction) if fraction else lengths < DIGITS
        plain &= _digits(words, lengths, fraction + 2 if fraction else 1)
        numbers = _integers(words) / 10.0**fraction
        if not plain.all():
            numbers[~plain] = np.nan
            plain |= self.dashes()
        return numbers, plain

    def _point(self) -> int:
        """Digits behind the point of the first value that has one, 0 when none of the first values has one."""
        for row in range(min(len(self), 8)):
            value = self[row]
            if b"." in value:
                return min(len(value) - 1 - int(value.rfind(b".")), DIGITS - 1)
        return 0


class Ids:
    """Numbers of the distinct values of a column; ``values`` has the value of each number and only grows."""

    def __init__(self, rows: Places, values: list[bytes]) -> None:
        self.rows, self.values = rows, values

    def take(self, rows: Places) -> Ids:
        """The numbers of some rows."""
        return Ids(self.rows[rows], self.values)


def odd_digits(words: Words) -> Words:
    """The high bits of bytes that are more than 9, and of some beside them."""
    return ((words + _NO_DIGIT) | words) & _HIGH


def _figures(spans: Spans, lengths: Places) -> Words:
    """(n, 1 or 2) words: the last bytes of each value minus ``0``, what is before the value as zeros."""
    longest = int(lengths.max(initial=0))
    width = 8 if longest <= 8 else DIGITS
    words = spans.buffer.windows(spans.ends - width, width)
    words ^= _ZEROS
    if len(lengths) and longest == lengths.min():
        for column, kept in zip(words.T, _LAST[width][min(longest, width)], strict=True):
            np.bitwise_and(column, kept, out=column)
    else:
        words &= _LAST[width].take(lengths, axis=0, mode="clip")
    return words


def _digits(words: Words, lengths: Places, least: int = 1) -> Flags:
    """Rows of digits alone, ``least`` of them or more."""
    odd = odd_digits(words)
    for column in odd.T[1:]:
        odd[:, 0] |= column
    fits = odd[:, 0] == 0
    if len(lengths) and (lengths.min() < least or lengths.max() > DIGITS):
        fits &= (lengths >= least) & (lengths <= DIGITS)
    return np.asarray(fits)


def _without_point(words: Words, fraction: int) -> Flags:
    """Rows with a point before their last ``fraction`` digits; the digits before it move up to its place."""
    word, byte = divmod(words.shape[1] * 8 - 1 - fraction, 8)
    shift, column = np.uint64(byte * 8), words[:, word]
    point, below = np.uint64(0xFF) << shift, (np.uint64(1) << shift) - np.uint64(1)
    dotted = column & point == np.uint64(_POINT) << shift
    before = column & below
    column &= ~(below | point)
    column |= before << np.uint64(8)
    if word:
        column |= words[:, 0] >> np.uint64(56)
        words[:, 0] <<= np.uint64(8)
    return np.asarray(dotted)


def _integers(words: Words) -> Places:
    """The numbers that the digits make: pairs, then fours, then eights, then both halves."""
    for step, scale, mask in (
        (8, 10, 0x00FF00FF00FF00FF),
        (16, 100, 0x0000FFFF0000FFFF),
        (32, 10000, 0x00000000FFFFFFFF),
    ):
        words = (words * np.uint64(scale) + (words >> np.uint64(step))) & np.uint64(mask)
    parts = words.view(np.int64)
    return np.asarray(parts[:, 0] if parts.shape[1] == 1 else parts[:, 0] * 100_000_000 + parts[:, 1])
