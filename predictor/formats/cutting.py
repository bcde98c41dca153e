"""Cuts the lines of a block into fields, all lines with the same punctuation at once.

Where the fields of a line are follows from its delimiters alone: the blanks, quotes and control bytes of the line, in
order. So a :class:`Cutter` walks the template over each distinct order of delimiters once, and applies the result to
all lines that have it by arithmetic on columns of positions. Whatever is unusual (an escaped quote, several tries,
an order that few lines have) does not fit and is left to the format's exact reader, which would say the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from predictor.formats.distinct import Distinct
from predictor.formats.spans import FRONT, Buffer, Flags, Places, Spans

NEWLINE = 10
MIN_ALIKE = 24  # lines with the same delimiters in one block, below which the exact reader is as fast
MAX_ORDERS = 64  # orders of delimiters that are remembered
MAX_DELIMITERS = 250  # of a line


@dataclass(frozen=True, slots=True)
class Slot:
    """One field between two literals.

    Args:
        inside: what the delimiters inside the field must match wholly.
        group: index of the column that it belongs to, -1 for none; neighbours with one group make one column.
        filled: it holds at least one byte.
        tail: after it anything may follow to the end of the line.
    """

    inside: re.Pattern[bytes]
    group: int = -1
    filled: bool = False
    tail: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """What a column's values must be.

    Args:
        check: what a value must match wholly, None: anything.
        coded: values repeat themselves, so that distinct ones are numbered.
        decimal: nearly all values are JSON numbers without a sign, which need no other check.
    """

    check: re.Pattern[bytes] | None = None
    coded: bool = True
    decimal: bool = False


@dataclass(frozen=True, slots=True)
class Walk:
    """Where literals and columns are: (number of a delimiter, bytes behind it)."""

    literals: Sequence[tuple[int, int, bytes]]
    begins: Sequence[tuple[int, int]]
    ends: Sequence[int]  # number of the delimiter at which each column ends
    filled: Sequence[tuple[int, int, int]]  # (number, bytes behind it, number of the end)


@dataclass(frozen=True, slots=True)
class Cut:
    """The lines that fit."""

    buffer: Buffer
    rows: Places  # 0-based, ascending
    columns: list[Spans]  # of these rows
    lines: Places  # where each line begins and, as its last item, where the last one ends

    def rest(self) -> list[tuple[int, bytes]]:
        """(row, line without its end) of the lines that do not fit."""
        if len(self.rows) == len(self.lines) - 1:
            return []
        missing = np.ones(len(self.lines) - 1, dtype=bool)
        missing[self.rows] = False
        raw, lines = self.buffer.raw, self.lines
        return [(row, raw[int(lines[row]) : int(lines[row + 1]) - 1]) for row in np.flatnonzero(missing).tolist()]


class Cutter:
    """Cuts one layout.

    Args:
        literals: what stands before, between and behind the slots; the last one ends with a newline.
        slots: one less than the literals.
        columns: of the slots' groups.
        forbidden: a line with these bytes does not fit.
    """

    def __init__(
        self, literals: Sequence[bytes], slots: Sequence[Slot], columns: Sequence[Column], forbidden: bytes = b""
    ) -> None:
        self._literals, self._slots, self._columns = literals, slots, columns
        self._forbidden = forbidden
        commas = b"," if any(slot.filled for slot in slots) else b""
        self._marks = sorted({*b'"\\', *commas, *(literal[0] for literal in literals[1:])} - set(range(33)))
        self._walks: dict[bytes, Walk | None] = {}
        self._distinct = [Distinct(column.check) if column.coded else None for column in columns]

    def spans(self, buffer: Buffer, index: int, starts: Places, ends: Places) -> Spans:
        """Column ``index`` at other places."""
        spans, distinct = Spans(buffer, starts, ends), self._distinct[index]
        if distinct:
            spans.ids, _ = distinct.number(spans)
        return spans

    def cut(self, text: bytes) -> Cut:
        """Cut whole lines; the last byte of ``text`` is a newline."""
        buffer = Buffer(text)
        at, kinds = self._delimiters(buffer, len(text))
        ends = np.flatnonzero(kinds == NEWLINE)
        lines = at[ends] + 1
        fits = np.zeros(len(ends) - 1, dtype=bool)
        starts = np.zeros((len(self._columns), len(fits)), dtype=np.int64)
        places = (starts, starts.copy())
        sizes = np.diff(ends)
        counts = np.bincount(sizes.clip(0, MAX_DELIMITERS + 1), minlength=1)[: MAX_DELIMITERS + 1]
        for size in np.flatnonzero(counts >= MIN_ALIKE).tolist():
            rows = np.flatnonzero(sizes == size)
            index = ends[rows][:, None] + np.arange(size + 1)
            self._alike(buffer, at[index], kinds[index[:, 1:]], rows, fits, places)
        self._forbid(buffer.raw, lines, fits)
        return self._checked(buffer, fits, places, lines)

    def _delimiters(self, buffer: Buffer, size: int) -> tuple[Places, npt.NDArray[np.uint8]]:
        """Positions and kinds of all delimiters, after a newline before the text."""
        data = buffer.bytes[: FRONT + size]
        mask = data < 33
        for mark in self._marks:
            mask |= data == mark
        mask[: FRONT - 1] = False
        at = np.flatnonzero(mask.view(np.uint8))  # as numbers: of truth values it takes a slow way here
        kinds = data[at]
        kinds[0] = NEWLINE
        return at, kinds

    def _alike(
        self,
        buffer: Buffer,
        at: Places,
        kinds: npt.NDArray[np.uint8],
        rows: Places,
        fits: Flags,
        places: tuple[Places, Places],
    ) -> None:
        """Cut the lines ``rows``, which all have as many delimiters."""
        while len(rows) >= MIN_ALIKE:
            same = (kinds == kinds[0]).all(axis=1)
            walk = self._walk(kinds[0].tobytes())
            if same.all():
                if walk is not None:
                    fits[rows] = self._apply(buffer, walk, at, rows, places)
                return
            if walk is not None and np.count_nonzero(same) >= MIN_ALIKE:
                fits[rows[same]] = self._apply(buffer, walk, at[same], rows[same], places)
            rows, at, kinds = rows[~same], at[~same], kinds[~same]

    def _apply(self, buffer: Buffer, walk: Walk, at: Places, rows: Places, places: tuple[Places, Places]) -> Flags:
        fits = np.ones(len(rows), dtype=bool)
        for number, behind, literal in walk.literals:
            fits &= _stands(buffer, at[:, number] + behind, literal)
        for number, behind, end in walk.filled:
            fits &= at[:, end] > at[:, number] + behind
        chosen = slice(None) if len(rows) == places[0].shape[1] else rows
        for i, ((number, behind), end) in enumerate(zip(walk.begins, walk.ends, strict=True)):
            places[0][i, chosen] = at[:, number] + behind
            places[1][i, chosen] = at[:, end]
        return fits

    def _forbid(self, raw: bytes, lines: Places, fits: Flags) -> None:
        at = raw.find(self._forbidden, FRONT) if self._forbidden else -1
        while at >= 0:
            row = int(np.searchsorted(lines, at, side="right")) - 1
            fits[row] = False
            at = raw.find(self._forbidden, int(lines[row + 1]))

    def _checked(self, buffer: Buffer, fits: Flags, places: tuple[Places, Places], lines: Places) -> Cut:
        """Number the values of the columns and leave out the lines in which one is not what it must be."""
        rows = np.flatnonzero(fits)
        every = len(rows) == len(fits)
        starts, ends = places if every else (places[0][:, rows], places[1][:, rows])
        columns = [Spans(buffer, starts[i], ends[i]) for i in range(len(starts))]
        good = np.ones(len(rows), dtype=bool)
        for column, distinct, spans in zip(self._columns, self._distinct, columns, strict=True):
            if not len(rows):
                break
            if distinct:
                spans.ids, fine = distinct.number(spans)
                good &= fine
            elif column.check:
                good &= _matches(column, spans)
        if not good.all():
            kept = np.flatnonzero(good)
            rows, columns = rows[kept], [spans.take(kept) for spans in columns]
        return Cut(buffer, rows, columns, lines)

    def _walk(self, order: bytes) -> Walk | None:
        """Where everything is in the lines with this order of delimiters; None: they do not fit."""
        if order not in self._walks:
            if len(self._walks) >= MAX_ORDERS:
                self._walks.clear()
            self._walks[order] = _Walker(self._literals, self._slots, bytes(self._marks)).walk(order)
        return self._walks[order]


class _Walker:
    """Walks a template over the delimiters of a line."""

    def __init__(self, literals: Sequence[bytes], slots: Sequence[Slot], marks: bytes) -> None:
        self._literals, self._slots = literals, slots
        self._marks = {*range(33), *marks}
        self._place = (0, 1)  # (number of the newest delimiter, bytes behind it); 0 is the newline before the line
        self._checks: list[tuple[int, int, bytes]] = []

    def walk(self, order: bytes) -> Walk | None:
        """The walk over ``order``, whose last delimiter is the line's newline."""
        begins: dict[int, tuple[int, int]] = {}
        ends: dict[int, int] = {}
        filled = []
        if not self._literal(order, self._literals[0]):
            return None
        for slot, literal in zip(self._slots, self._literals[1:], strict=True):
            begin, at = self._place, self._place[0]
            stop = order.find(literal[:1], at)
            blank = order.find(b" ", at) if slot.tail else -1
            tail = 0 <= blank and (stop < 0 or blank < stop)
            stop = blank if tail else stop
            if stop < 0 or not slot.inside.fullmatch(order[at:stop]):
                return None
            if slot.group >= 0:
                begins.setdefault(slot.group, begin)
                ends[slot.group] = stop + 1
            if slot.filled:
                filled.append((*begin, stop + 1))
            if tail:
                return self._done(begins, ends, filled)
            self._place = (stop + 1, 0)
            if not self._literal(order, literal):
                return None
        return self._done(begins, ends, filled) if self._place[0] == len(order) else None

    def _done(
        self, begins: dict[int, tuple[int, int]], ends: dict[int, int], filled: list[tuple[int, int, int]]
    ) -> Walk:
        return Walk(self._checks, [begins[i] for i in sorted(begins)], [ends[i] for i in sorted(ends)], filled)

    def _literal(self, order: bytes, literal: bytes) -> bool:
        """Go over a literal; False when its delimiters are not the next ones."""
        number, behind = self._place
        if literal not in (b"", b"\n") and (behind or len(literal) > 1):
            self._checks.append((number, behind, literal))
        at = number - 1 if number and not behind else number
        for i, byte in enumerate(literal):
            if byte in self._marks:
                if order[at : at + 1] != literal[i : i + 1]:
                    return False
                at += 1
                self._place = (at, len(literal) - i)
        if self._place == (number, behind):
            self._place = (number, behind + len(literal))
        return True


def _stands(buffer: Buffer, at: Places, literal: bytes) -> Flags:
    """Where ``literal`` stands."""
    width = -(-len(literal) // 8) * 8
    words = buffer.windows(at, width)
    mask = np.frombuffer((b"\xff" * len(literal)).ljust(width, b"\0"), dtype="<u8")
    wanted = np.frombuffer(literal.ljust(width, b"\0"), dtype="<u8")
    fits = (words[:, 0] & mask[0]) == wanted[0]
    for i in range(1, width // 8):
        fits &= (words[:, i] & mask[i]) == wanted[i]
    return np.asarray(fits)


def _matches(column: Column, spans: Spans) -> Flags:
    """Where a value matches the column's check; plain digits without a zero before them match every such check."""
    fits = spans.amounts()[1] if column.decimal else spans.digits()
    data, begin = spans.buffer.bytes, spans.starts
    zero = (data[begin] == ord("0")) & (data[begin + 1] - np.uint8(ord("0")) < 10) & (spans.ends > begin + 1)
    fits &= ~zero & (data[begin] != ord("-")) & (data[begin] != ord("."))
    for row in np.flatnonzero(~fits).tolist():
        fits[row] = column.check is not None and column.check.fullmatch(spans[row]) is not None
    return fits

