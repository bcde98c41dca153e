"""Downloads without ``-x`` that are neither good nor failed yet: as columns, because a build may begin thousands."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from predictor.events import Op

_TYPES = "bddq"  # of the columns
_LEAST = 1 << 16  # rows that are worth a look at how many of them are still pending

Column = npt.NDArray[Any]


class Download(NamedTuple):
    """A download without ``-x`` whose start was seen."""

    named: str  # MODULE VERSION, as its line says
    op: Op
    time: float  # stamp of the start
    clock: float  # newest stamp of the log at the start
    line: int

    @property
    def asked(self) -> tuple[Op, str, str]:
        """What is loaded: operation, module and version."""
        module, _, version = self.named.partition(" ")
        return self.op, module, version


class Pending(dict[str, int]):
    """The names of those of one build, oldest first, and their rows in the columns."""

    def __init__(self) -> None:
        super().__init__()
        self._columns: list[array[Any]] = [array(code) for code in _TYPES]

    def start(self, names: Sequence[str], op: Op, time: float, clock: float, lines: Sequence[int]) -> None:
        """Note downloads that begin at the same stamp and are not pending."""
        ops, times, clocks, numbers = self._columns
        first, count = len(numbers), len(names)
        self.update(zip(names, range(first, first + count), strict=True))
        ops.extend(repeat(op, count))
        times.extend(repeat(time, count))
        clocks.extend(repeat(clock, count))
        numbers.extend(lines)
        if first > _LEAST and first > 2 * len(self):
            self._pack()

    def _pack(self) -> None:
        """Forget the rows of what is pending no more."""
        rows = self.values()
        self._columns = [array(column.typecode, map(column.__getitem__, rows)) for column in self._columns]
        self.update(zip(self, range(len(self)), strict=True))

    def take(self, named: str) -> Download | None:
        """A download, if it is pending, which is then forgotten."""
        row = self.pop(named, None)
        if row is None:
            return None
        op, time, clock, line = [column[row] for column in self._columns]
        return Download(named, Op(op), time, clock, line)

    def due(self, clock: float, after_s: float, most: int) -> list[str]:
        """Names of those that are ``after_s`` old at the stamp ``clock``, and of the oldest of more than ``most``.

        Where there are no stamps and too many, those are all: nothing says how old they are.
        """
        due, clocks, excess = list[str](), self._columns[2], len(self) - most
        for named, row in self.items():
            if clock - clocks[row] < after_s and len(due) >= excess:
                break
            due.append(named)
        return due

    def everything(self) -> tuple[list[str], Column, Column, Column]:
        """Names, operations, stamps and lines of all."""
        rows = np.fromiter(self.values(), np.int64, count=len(self))
        ops, times, _, lines = [np.frombuffer(column, column.typecode)[rows] for column in self._columns]
        return list(self), ops, times, lines
