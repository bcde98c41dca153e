"""Finds the delimiters of a block of lines: where they are and which byte each one is.

Control bytes always delimit, so that a newline ends every line. Finding the places of true flags costs more than
making the flags, so few delimiters a line are better: records can be told apart by the joints of their fields alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from predictor.formats.spans import FRONT, Buffer, Flags, Places

NEWLINE, BLANK = 10, ord(" ")
TILE = 1 << 18  # bytes that are flagged at once: they stay in the nearest caches
DENSE, SPARSE = 9, 16  # shares of true flags (1 / n) between which NumPy finds them faster with more true ones added

WORD = 8
_ONE = np.uint64(1)
_INDEX = np.uint64(0x0001020304050607)  # times 1 << 8 n: its first byte is n

Kinds = npt.NDArray[np.uint8]


class Found(NamedTuple):
    """The delimiters of a text, after a newline before it."""

    at: Places
    ends: int  # bytes that are the last one of the joint


class Delimiters:
    """What delimits the fields of a log.

    Args:
        marks: printable bytes that delimit wherever they are.
        joint: first and last byte of a sequence whose first byte delimits; what is between them is not looked at.
    """

    def __init__(self, marks: bytes, joint: bytes = b"") -> None:
        self.joint = joint
        self._marks = bytes(sorted({*marks} - {*range(BLANK)}))
        self._flags = np.empty((3, TILE + TILE // DENSE + WORD), dtype=bool)  # used again: fresh memory is slow
        self._at = np.empty(0, dtype=np.int64)

    def within(self, literal: bytes) -> list[int]:
        """Where delimiters are in a piece of a line."""
        joint, reach = self.joint, len(self.joint)
        return [
            i
            for i, byte in enumerate(literal)
            if byte < BLANK
            or byte in self._marks
            or (joint and byte == joint[0] and literal[i + reach - 1 : i + reach] == joint[-1:])
        ]

    def find(self, buffer: Buffer, size: int) -> Found:
        """The delimiters of ``size`` bytes of text; the next call takes their memory for its own."""
        marks = [byte for byte in self._marks if byte in buffer.raw]
        if len(self._at) <= size:
            self._at = np.empty(size + 1, dtype=np.int64)
        self._at[0] = FRONT - 1
        count, ends, more = 1, 0, -1
        for begin in range(FRONT, FRONT + size, TILE):
            width = min(TILE, FRONT + size - begin)
            ends += self._flag(buffer.bytes, begin, width, marks)
            more = _padding(self._flags[0, :width]) if more < 0 else more
            found = _true(self._flags[0], width, more)
            np.add(found, begin, out=self._at[count : count + len(found)])
            count += len(found)
        return Found(self._at[:count], ends)

    def _flag(self, data: Kinds, begin: int, count: int, marks: list[int]) -> int:
        """Flag the delimiters among the ``count`` bytes from ``begin`` on; how many joints could end there."""
        tile = data[begin : begin + count]
        flags, one, other = self._flags[:, :count]
        blank = BLANK in marks
        np.less(tile, BLANK + blank, out=flags)
        for byte in marks[blank:]:
            np.logical_or(flags, np.equal(tile, byte, out=one), out=flags)
        if not self.joint:
            return 0
        reach = len(self.joint) - 1
        np.equal(data[begin + reach : begin + reach + count], self.joint[-1], out=other)
        np.logical_and(np.equal(tile, self.joint[0], out=one), other, out=one)
        np.logical_or(flags, one, out=flags)
        return int(np.count_nonzero(other))


def kinds_of(buffer: Buffer, at: Places) -> Kinds:
    """Which byte each delimiter is; the first one is the newline before the text."""
    kinds = buffer.bytes[at]
    kinds[0] = NEWLINE
    return kinds


def _padding(flags: Flags) -> int:
    """How many true flags more make it faster to find those of ``flags`` and of the tiles behind it."""
    many, count = np.count_nonzero(flags), len(flags)
    return count // DENSE if count // SPARSE < many < count // DENSE else 0


def _true(flags: Flags, count: int, more: int) -> Places:
    """Where the first ``count`` flags are true; those behind them are lost, ``more`` of which are set."""
    if not more:
        flags[count : count + WORD] = False
        return _sparse(flags[: -(-count // WORD) * WORD])
    flags[count : count + more] = True
    at = np.flatnonzero(flags[: count + more])
    return at[: len(at) - more]


def _sparse(flags: Flags) -> Places:
    """Where flags are true, eight at a time where no eight of them have two true ones."""
    words = flags.view("<u8")
    at = np.flatnonzero(words != 0)
    true = words[at]
    if (true & (true - _ONE)).any():
        return np.flatnonzero(flags)
    true *= _INDEX
    true >>= np.uint64(8 * (WORD - 1))
    at *= WORD
    at += true.view(np.int64)
    return at
