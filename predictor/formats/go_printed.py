"""Which lines of downloads a build has printed: the go command prints each once, a terminal's display repeats them.

A line is remembered by its hash (:func:`.distinct.hashes`): in a set, and in a table that is asked for all lines of a
block at once.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from predictor.formats.go_book import MAX_KEPT
from predictor.formats.hash_table import HashTable
from predictor.formats.spans import Flags, Words


class Printed(set[int]):
    """Hashes of the lines that one build has printed, of at most ``MAX_KEPT``."""

    def __init__(self) -> None:
        super().__init__()
        self._forget()

    def _forget(self) -> None:
        self._table, self._waiting = HashTable(), list[int]()  # what the table lacks

    def add(self, line: int) -> None:
        """Note a line, unless there are too many already."""
        if len(self) < MAX_KEPT:
            super().add(line)
            self._waiting.append(line)

    def update(self, *lines: Iterable[int]) -> None:
        """Note lines, of which there are not too many."""
        super().update(*lines)
        for some in lines:
            self._waiting += some

    def clear(self) -> None:
        """Forget all lines: another build begins."""
        super().clear()
        self._forget()

    def fresh(self, lines: Words) -> Flags:
        """Which of these lines were not printed before them; what is repeated in them is fresh each time."""
        if self._waiting:
            waiting = np.array(self._waiting, dtype=np.uint64)
            self._table.insert(waiting, np.zeros(len(waiting), dtype=np.int64))
            self._waiting = []
        return self._table.look_up(lines)[1]
