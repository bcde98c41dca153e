"""Which lines of downloads a build has printed: the go command prints each once, a terminal's display repeats them.

A line is remembered by its hash (:func:`.distinct.hashes`). Those of a block are looked up at once in a table that has
one place for a hash, so that it may have lost some; only then the set that has all of them is asked.
"""

from __future__ import annotations

import numpy as np

from predictor.formats.go_book import MAX_KEPT
from predictor.formats.spans import Flags, Places, Words

_LEAST = 12  # bits of a hash that choose its place, at the beginning


class Printed(set[int]):
    """Hashes of the lines that one build has printed, of at most ``MAX_KEPT``."""

    def __init__(self) -> None:
        super().__init__()
        self._empty(_LEAST)

    def _empty(self, bits: int) -> None:
        self._table, self._shift = np.zeros(1 << bits, dtype=np.uint64), np.uint64(64 - bits)

    def add(self, line: int) -> None:
        """Note a line, unless there are too many already."""
        if len(self) < MAX_KEPT:
            super().add(line)

    def clear(self) -> None:
        """Forget all lines: another build begins."""
        super().clear()
        self._empty(_LEAST)

    def fresh(self, lines: Words) -> Flags:
        """Which of these lines were not printed before them; what is repeated in them is fresh each time."""
        if len(self) * 4 > len(self._table):
            self._empty(len(self).bit_length() + 3)
        fresh = self._table[self._places(lines)] != lines
        rows = np.flatnonzero(fresh)
        unsure = lines[rows].tolist()
        lost = self.intersection(unsure)
        if lost:
            known = rows[[line in lost for line in unsure]]
            self.expect(lines[known])
            fresh[known] = False
        return np.asarray(fresh)

    def expect(self, lines: Words) -> None:
        """Lines that will have been added, or forgotten, when :meth:`fresh` is asked next."""
        self._table[self._places(lines)] = lines

    def _places(self, lines: Words) -> Places:
        return (lines >> self._shift).view(np.int64)
