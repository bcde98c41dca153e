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
from numpy.lib.stride_tricks import as_strided

from predictor.formats.distinct import Distinct
from predictor.formats.spans import FRONT, Buffer, Flags, Places, Spans

NEWLINE = 10
MIN_ALIKE = 24  # lines with the same delimiters in one block, below which the exact reader is as fast
MAX_ORDERS = 64  # orders of delimiters that are remembered
MAX_DELIMITERS = 250  # of a line
DENSE = 8


@dataclass(frozen=True, slots=True)
class Slot:
    """One field between two literals.

    Args:
        inside: what the delimiters inside the field must match wholly.
        group: index of the column that it belongs to, -1 for none; neighbours with one group make one column.
        tries: it may hold several tries, ``0.1, 0.2 : 0.3``; only lines with one try fit.
        tail: after it anything may follow to the end of the line.
    """

    inside: re.Pattern[bytes]
    group: int = -1
    tries: bool = False
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
    ends: Sequence[tuple[int, int]]
    tries: Sequence[tuple[int, int, int, bool]]  # (number, bytes behind it, number of the end, another may follow)


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
        marks: printable delimiters; without any the quote, the backslash, blanks and the first byte of every literal.
    """

    def __init__(
        self, literals: Sequence[bytes], slots: Sequence[Slot], columns: Sequence[Column], marks: bytes = b""
    ) -> None:
        self._literals, self._slots, self._columns = literals, slots, columns
        usual = {
            *b' "\\',
            *(b"," if any(slot.tries for slot in slots) else b""),
            *(literal[0] for literal in literals[1:]),
        }
        self._marks = bytes(sorted((set(marks) or usual) - set(range(32))))
        self._walks: dict[bytes, Walk | None] = {}
        self._mask, self._mark = np.empty(0, dtype=bool), np.empty(0, dtype=bool)  # used again: fresh memory is slow
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
            if len(rows) == len(fits):
                all_at = as_strided(at, (len(rows), size + 1), (size * at.itemsize, at.itemsize))
                self._alike(buffer, all_at, kinds[1:].reshape(-1, size), rows, fits, places)
                break
            index = ends[rows][:, None] + np.arange(size + 1)
            self._alike(buffer, at[index], kinds[index[:, 1:]], rows, fits, places)
        return self._checked(buffer, fits, places, lines)

    def _delimiters(self, buffer: Buffer, size: int) -> tuple[Places, npt.NDArray[np.uint8]]:
        """Positions and kinds of all delimiters, after a newline before the text."""
        count = FRONT + size
        data = buffer.bytes[:count]
        if len(self._mask) < count + count // DENSE:
            self._mask, self._mark = np.empty(count + count // DENSE, dtype=bool), np.empty(count, dtype=bool)
        mask, mark = self._mask[:count], self._mark[:count]
        blank = self._marks[:1] == b" "
        np.less(data, 33 if blank else 32, out=mask)
        for byte in self._marks[blank:]:
            np.logical_or(mask, np.equal(data, byte, out=mark), out=mask)
        mask[: FRONT - 1], mask[FRONT - 1] = False, True
        # NumPy finds the true ones of a mask three times as fast where more than 10 % are true.
        more = count // DENSE if np.count_nonzero(mask) < count // DENSE else 0
        self._mask[count : count + more] = True
        at = np.flatnonzero(self._mask[: count + more])
        at = at[: len(at) - more]
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
            other = kinds != kinds[0]
            walk = self._walk(kinds[0].tobytes())
            if not other.any():
                if walk is not None:
                    fits[rows] = self._apply(buffer, walk, at, rows, places)
                return
            same = ~other.any(axis=1)
            if walk is not None and np.count_nonzero(same) >= MIN_ALIKE:
                fits[rows[same]] = self._apply(buffer, walk, at[same], rows[same], places)
            rows, at, kinds = rows[~same], at[~same], kinds[~same]

    def _apply(self, buffer: Buffer, walk: Walk, at: Places, rows: Places, places: tuple[Places, Places]) -> Flags:
        fits = np.ones(len(rows), dtype=bool)
        for number, behind, literal in walk.literals:
            fits &= buffer.stands(at[:, number] + behind, literal)
        for number, behind, end, more in walk.tries:
            fits &= at[:, end] > at[:, number] + behind
            if more:
                fits &= ~buffer.stands(at[:, end], b" : ")
        chosen = slice(None) if len(rows) == places[0].shape[1] else rows
        for side, known in zip(places, (walk.begins, walk.ends), strict=True):
            for i, (number, behind) in enumerate(known):
                side[i, chosen] = at[:, number] + behind
        return fits

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
            self._walks[order] = _Walker(self._literals, self._slots, self._marks).walk(order)
        return self._walks[order]


class _Walker:
    """Walks a template over the delimiters of a line."""

    def __init__(self, literals: Sequence[bytes], slots: Sequence[Slot], marks: bytes) -> None:
        self._literals, self._slots = literals, slots
        self._marks = {*range(32), *marks}
        self._place = (0, 1)  # (number of the newest delimiter, bytes behind it); 0 is the newline before the line
        self._checks: list[tuple[int, int, bytes]] = []

    def walk(self, order: bytes) -> Walk | None:
        """The walk over ``order``, whose last delimiter is the line's newline."""
        begins: dict[int, tuple[int, int]] = {}
        ends: dict[int, tuple[int, int]] = {}
        tries: list[tuple[int, int, int, bool]] = []
        if not self._literal(order, self._literals[0]):
            return None
        for slot, literal in zip(self._slots, self._literals[1:], strict=True):
            begin, at = self._place, self._place[0]
            ahead = next(i for i, byte in enumerate(literal) if byte in self._marks)
            stop = order.find(literal[ahead : ahead + 1], at)
            blank = order.find(b" ", at) if slot.tail else -1
            tail = blank >= 0 and (stop < 0 or blank < stop)
            stop, ahead = (blank, 0) if tail else (stop, ahead)
            if stop < 0 or not slot.inside.fullmatch(order[at:stop]):
                return None
            if slot.group >= 0:
                begins.setdefault(slot.group, begin)
                ends[slot.group] = (stop + 1, -ahead)
            if slot.tries:
                tries.append((*begin, stop + 1, tail or literal == b" "))
            if tail:
                return self._done(begins, ends, tries)
            self._place = (stop + 1, -ahead)
            if not self._literal(order, literal):
                return None
        return self._done(begins, ends, tries) if self._place[0] == len(order) else None

    def _done(
        self,
        begins: dict[int, tuple[int, int]],
        ends: dict[int, tuple[int, int]],
        tries: list[tuple[int, int, int, bool]],
    ) -> Walk:
        return Walk(self._checks, [begins[i] for i in sorted(begins)], [ends[i] for i in sorted(ends)], tries)

    def _literal(self, order: bytes, literal: bytes) -> bool:
        """Go over a literal; False when its delimiters are not the next ones."""
        number, behind = self._place
        if literal and (behind > 0 or len(literal) > 1):
            self._checks.append((number, behind, literal))
        at = number if behind > 0 else number - 1
        for i, byte in enumerate(literal):
            if byte in self._marks:
                if order[at : at + 1] != literal[i : i + 1]:
                    return False
                at += 1
                self._place = (at, len(literal) - i)
        if self._place == (number, behind):
            self._place = (number, behind + len(literal))
        return True


def _matches(column: Column, spans: Spans) -> Flags:
    """Where a value matches the column's check; plain digits without a zero before them match every such check."""
    fits = spans.amounts()[1] if column.decimal else spans.digits()
    data, begin = spans.buffer.bytes, spans.starts
    zero = (data[begin] == ord("0")) & (data[begin + 1] - np.uint8(ord("0")) < 10) & (spans.ends > begin + 1)
    fits &= ~zero & (data[begin] != ord("-")) & (data[begin] != ord("."))
    for row in np.flatnonzero(~fits).tolist():
        fits[row] = column.check is not None and column.check.fullmatch(spans[row]) is not None
    return fits
