"""What a wrapper is: something that a CI system, a container or a terminal put around the lines of a log.

A wrapper recognises itself in the head of a log and gives a :class:`Layer`, which takes one skin off. Layers are
stacked, so any nesting is peeled from the outside in. A layer sees whole lines and must give the same lines
however they were cut into blocks, so what it carries over is kept in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from predictor.protocols import Block

NAN = float("nan")
BYTES = np.uint8
NEWLINE = 10
_SLICE = 1 << 18  # bytes looked at together: a multiple of eight
_LOWEST = np.array([0, *((number & -number).bit_length() - 1 for number in range(1, 256))])  # lowest bit of a byte

Row = tuple[bytes, float, int]  # a line without its end, its time (NaN: none), its number in the source


class Layer(Protocol):
    """Takes one skin off one log, from its beginning."""

    def feed(self, block: Block) -> Block:
        """The lines of ``block`` without this skin; may hold lines back until they are complete."""

    def finish(self) -> Block:
        """The lines that were held back."""


class Wrapper(Protocol):
    """One kind of skin; a module of this folder has it as ``WRAPPER``."""

    name: str
    order: int  # lower is asked first: the more specific shapes come before the general ones

    def sniff(self, head: Sequence[bytes]) -> bool:
        """Whether these lines (ends taken off, at least one not blank) wear this skin."""

    def layer(self, start: float) -> Layer:
        """A fresh layer; ``start`` (UTC seconds, NaN: unknown) completes stamps without a date."""


def rows_of(block: Block) -> list[Row]:
    """The lines of a block one by one: the slow path for skins that join, drop or split lines."""
    texts = block.text.split(b"\n")
    known = block.times if block.lines is None else block.lines
    if not texts[-1] and (known is None or len(known) < len(texts)):  # else the last line is empty and unfinished
        texts.pop()
    times = [NAN] * len(texts) if block.times is None else block.times.tolist()
    first = block.first_line
    numbers = range(first, first + len(texts)) if block.lines is None else block.lines.tolist()
    return list(zip(texts, times, numbers, strict=True))


def block_of(rows: Sequence[Row], first_line: int = 1) -> Block:
    """The block that these lines make; every line ends with a newline."""
    if not rows:
        return Block(b"", first_line)
    texts, times, numbers = zip(*rows, strict=True)
    return stamped(b"\n".join(texts) + b"\n", np.array(times, dtype=np.float64), np.array(numbers, dtype=np.int64))


def stamped(text: bytes, times: npt.NDArray[np.float64], numbers: npt.NDArray[np.int64]) -> Block:
    """A block with explicit times and line numbers, each kept only where it says something."""
    first = int(numbers[0]) if len(numbers) else 1
    regular = bool((numbers == np.arange(first, first + len(numbers))).all())
    known = not bool(np.isnan(times).all())
    return Block(text, first, times if known else None, None if regular else numbers)


def octets(flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """Eight flags in each byte."""
    return np.packbits(flags, bitorder="little")


def ones(packed: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Where the ones stand in :func:`octets`: twice as fast as NumPy finds the true ones where few are true."""
    at = np.flatnonzero(packed > 0)
    packed = packed[at]
    found = [at[:0]]
    while len(at):
        found.append(at * 8 + _LOWEST.take(packed))
        packed &= packed - BYTES(1)
        more = np.flatnonzero(packed)  # bytes that have another one
        at, packed = at[more], packed[more]
    places = np.concatenate(found)
    if len(found) > 2:
        places.sort()
    return places


def places_of(byte: int, text: bytes) -> npt.NDArray[np.int64]:
    """Where a byte that few are like stands in ``text``; by slices, as flags of the whole would leave the cache."""
    data = np.frombuffer(text, BYTES)
    slices = [octets(data[at : at + _SLICE] == byte) for at in range(0, len(data), _SLICE)]
    return ones(np.concatenate(slices)) if slices else np.zeros(0, dtype=np.int64)


def newlines(text: bytes) -> npt.NDArray[np.int64]:
    """Positions of the line ends, an unfinished last line counted as if it had one."""
    ends = places_of(NEWLINE, text)
    return np.append(ends, len(text)) if text and not text.endswith(b"\n") else ends


def carried(times: npt.NDArray[np.float64], last: float) -> npt.NDArray[np.float64]:
    """Times with gaps filled from the line before: only the first physical line of a message wears a stamp."""
    if not len(times):
        return times
    known = ~np.isnan(times)
    if known.all():
        return times
    filled = np.concatenate(([last], times))
    index = np.where(np.concatenate(([True], known)), np.arange(len(filled)), 0)
    result: npt.NDArray[np.float64] = filled[np.maximum.accumulate(index)][1:]
    return result


def joined_times(outer: npt.NDArray[np.float64] | None, inner: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The inner stamp where there is one (it is nearer to what happened), else the outer one."""
    if outer is None:
        return inner
    return np.where(np.isnan(inner), outer, inner)


def share(head: Sequence[bytes], pattern: re.Pattern[bytes]) -> float:
    """Share of the lines that are not blank at whose start ``pattern`` matches."""
    lines = [line for line in head if line.strip()]
    return sum(pattern.match(line) is not None for line in lines) / max(1, len(lines))


@dataclass(frozen=True, slots=True)
class RowLayer:
    """A layer that treats each line by itself: ``function`` gives the rows that one row becomes."""

    function: RowFunction

    def feed(self, block: Block) -> Block:
        """The rows that the rows of ``block`` become."""
        return block_of([new for row in rows_of(block) for new in self.function(row)], block.first_line)

    def finish(self) -> Block:
        """Nothing: no line is held back."""
        return Block(b"")


class RowFunction(Protocol):
    """What a skin does to one line."""

    def __call__(self, row: Row) -> Sequence[Row]:
        """The lines that this line becomes: none, one or more."""
