"""Joins lines that a container runtime or a runner wrote in parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from predictor.formats.wrappers.layer import Row, block_of, rows_of
from predictor.protocols import Block

MAX_JOINED = 1 << 20  # bytes of one joined line that are kept


class Part(NamedTuple):
    """A line or a part of one; ``more`` says that the next part of the same stream continues it."""

    row: Row
    stream: bytes = b""
    more: bool = False


class PartLayer:
    """A layer over lines of which some are parts: ``read`` says what a raw line is, None drops it."""

    def __init__(self, read: Callable[[Row], Sequence[Part]]) -> None:
        self._read = read
        self._open: dict[bytes, Row] = {}

    def feed(self, block: Block) -> Block:
        """The lines that are complete."""
        return block_of(list(self._rows(rows_of(block))), block.first_line)

    def finish(self) -> Block:
        """Lines whose last part never came."""
        rest, self._open = list(self._open.values()), {}
        return block_of(rest)

    def _rows(self, rows: Sequence[Row]) -> Iterator[Row]:
        for raw in rows:
            for row, stream, more in self._read(raw):
                begun = self._open.pop(stream, None)
                whole = (begun[0] + row[0][: MAX_JOINED - len(begun[0])], *begun[1:]) if begun else row
                if more:
                    self._open[stream] = whole
                else:
                    yield whole
