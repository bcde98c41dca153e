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
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from predictor.formats.delimiters import NEWLINE, Delimiters, Kinds, kinds_of
from predictor.formats.distinct import Distinct
from predictor.formats.spans import Buffer, Flags, Places, Spans
from predictor.formats.walking import Slot, Walk, Walker

MIN_ALIKE = 24  # lines with the same delimiters in one block, below which the exact reader is as fast
MAX_ORDERS = 64  # orders of delimiters that are remembered
MAX_DELIMITERS = 250  # of a line


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


class _Known(NamedTuple):
    """What is known of each line of a block."""

    fits: Flags
    places: tuple[Places, Places]  # where each column begins and ends, of the lines that fit
    lines: Places  # as in Cut


class Cutter:
    """Cuts one layout.

    Args:
        literals: what stands before, between and behind the slots; the last one ends with a newline.
        slots: one less than the literals.
        columns: of the slots' groups.
        delimiters: every literal but the first holds one. With a joint no field of a line that fits holds
            its last byte.
    """

    def __init__(
        self, literals: Sequence[bytes], slots: Sequence[Slot], columns: Sequence[Column], delimiters: Delimiters
    ) -> None:
        self._literals, self._slots, self._columns = literals, slots, columns
        self._delimiters = delimiters
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
        at, last = self._delimiters.find(buffer, len(text))
        known = self._by_literals(buffer, at) or self._by_kinds(buffer, at)
        if self._delimiters.joint:
            self._only(last, buffer, known.fits, known.lines)
        return self._checked(buffer, known)

    def _by_literals(self, buffer: Buffer, at: Places) -> _Known | None:
        """Cut lines that all have the delimiters of the first one, which their literals prove; None: they do not."""
        first = kinds_of(buffer, at[: MAX_DELIMITERS + 1])[1:]
        size = first.tobytes().find(NEWLINE) + 1
        if not size or (len(at) - 1) % size or not (buffer.bytes[at[size::size]] == NEWLINE).all():
            return None
        walk = self._walk(first[:size].tobytes())
        if walk is None or walk.proven < size or len(at) <= size * MIN_ALIKE:
            return None
        known = self._alike_all(buffer, at, size, walk)
        return known if known.fits.all() else None

    def _by_kinds(self, buffer: Buffer, at: Places) -> _Known:
        """Cut lines of any delimiters."""
        kinds = kinds_of(buffer, at)
        size = _uniform(kinds)
        if size:
            return self._alike_all(buffer, at, size, self._walk(kinds[1 : size + 1].tobytes()))
        ends = np.flatnonzero(kinds == NEWLINE)
        known = self._unknown(at[ends] + 1)
        self._by_size(buffer, at, kinds, ends, known.fits, known.places)
        return known

    def _unknown(self, lines: Places) -> _Known:
        """No line fits as yet; the places are filled in with the lines that turn out to."""
        starts, stops = np.empty((2, len(self._columns), len(lines) - 1), dtype=np.int64)
        return _Known(np.zeros(len(lines) - 1, dtype=bool), (starts, stops), lines)

    def _alike_all(self, buffer: Buffer, at: Places, size: int, walk: Walk | None) -> _Known:
        """Cut lines that all have the same ``size`` delimiters."""
        known = self._unknown(at[::size] + 1)
        count = len(known.fits)
        if walk is None or count < MIN_ALIKE:
            return known
        every = as_strided(at, (count, size + 1), (size * at.itemsize, at.itemsize))
        return known._replace(fits=_apply(buffer, walk, every, None, known.places))

    def _by_size(
        self, buffer: Buffer, at: Places, kinds: Kinds, ends: Places, fits: Flags, places: tuple[Places, Places]
    ) -> None:
        """Cut the lines that have as many delimiters as enough others."""
        sizes = np.diff(ends)
        counts = np.bincount(sizes.clip(0, MAX_DELIMITERS + 1), minlength=1)[: MAX_DELIMITERS + 1]
        for size in np.flatnonzero(counts >= MIN_ALIKE).tolist():
            rows = np.flatnonzero(sizes == size)
            index = ends[rows][:, None] + np.arange(size + 1)
            self._alike(buffer, at[index], kinds[index[:, 1:]], rows, fits, places)

    def _alike(
        self, buffer: Buffer, at: Places, kinds: Kinds, rows: Places, fits: Flags, places: tuple[Places, Places]
    ) -> None:
        """Cut the lines ``rows``, which all have as many delimiters."""
        while len(rows) >= MIN_ALIKE:
            other = kinds != kinds[0]
            walk = self._walk(kinds[0].tobytes())
            if not other.any():
                if walk is not None:
                    fits[rows] = _apply(buffer, walk, at, rows, places)
                return
            same = ~other.any(axis=1)
            if walk is not None and np.count_nonzero(same) >= MIN_ALIKE:
                fits[rows[same]] = _apply(buffer, walk, at[same], rows[same], places)
            rows, at, kinds = rows[~same], at[~same], kinds[~same]

    def _only(self, total: int, buffer: Buffer, fits: Flags, lines: Places) -> None:
        """Leave out the lines in which the last byte of the joint, of which all have ``total``, is in a field."""
        byte = self._delimiters.joint[-1:]
        wanted = sum(literal.count(byte) for literal in self._literals)
        others = [] if fits.all() else np.flatnonzero(~fits).tolist()
        odd = sum(buffer.raw.count(byte, int(lines[row]), int(lines[row + 1])) for row in others)
        if total - odd != wanted * (len(fits) - len(others)):
            for row in np.flatnonzero(fits).tolist():
                fits[row] = buffer.raw.count(byte, int(lines[row]), int(lines[row + 1])) == wanted

    def _checked(self, buffer: Buffer, known: _Known) -> Cut:
        """Number the values of the columns and leave out the lines in which one is not what it must be."""
        fits, places, lines = known
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
            self._walks[order] = Walker(self._literals, self._slots, self._delimiters).walk(order)
        return self._walks[order]


def _uniform(kinds: Kinds) -> int:
    """How many delimiters each line has where all lines have the same ones, else 0; ``kinds`` begins with a newline."""
    size = int(np.argmax(kinds[1:] == NEWLINE)) + 1
    same = (len(kinds) - 1) % size == 0 and bool((kinds[1:-size] == kinds[1 + size :]).all())
    return size if same and size <= MAX_DELIMITERS else 0


def _apply(buffer: Buffer, walk: Walk, at: Places, rows: Places | None, places: tuple[Places, Places]) -> Flags:
    """Which of the lines fit whose delimiters are ``at``; where their columns are goes to ``places``, None: to all."""
    fits = np.ones(len(at), dtype=bool)
    edges = {number: np.ascontiguousarray(at[:, number]) for number in walk.numbers}
    for (number, behind), literal in walk.literals:
        starts = edges[number] + behind
        if not buffer.stands_always(starts, literal):
            fits &= buffer.stands(starts, literal)
    for (number, behind), (end, before), least in walk.rooms:
        fits &= edges[end] - edges[number] >= behind - before + least
    for end, before in walk.single:
        fits &= ~buffer.stands(edges[end] + before, b" : ")
    for side, known in zip(places, (walk.begins, walk.ends), strict=True):
        for column, (number, behind) in zip(side, known, strict=True):
            if rows is None:
                np.add(edges[number], behind, out=column)
            else:
                column[rows] = edges[number] + behind
    return fits


def _matches(column: Column, spans: Spans) -> Flags:
    """Where a value matches the column's check; plain digits match every such check, of JSON unpadded ones."""
    fits = spans.unpadded() if column.decimal else spans.digits()
    if fits.all():
        return fits
    for row in np.flatnonzero(~fits).tolist():
        fits[row] = column.check is not None and column.check.fullmatch(spans[row]) is not None
    return fits
