"""Lines that a terminal cut at its width, inside of tokens: joined where the cut is certain.

A head in which no line is longer than a width that several lines fill exactly was wrapped at that width. A
line of that width is joined with the next when the cut is inside of a URL, a path or a module's name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from predictor.formats.wrappers.joining import Part, PartLayer
from predictor.formats.wrappers.layer import Layer, Row

_COMMON = frozenset({72, 80, 100, 120, 132, 160})
_TOKEN_END = re.compile(rb"[^\s]*[/@:.\"][^\s]*$")
_GO = re.compile(rb"go: |://|@v\d|https?:|; git |# cd ")


def _width(head: Sequence[bytes]) -> int:
    """The width at which these lines were cut, 0 when they were not."""
    lengths = Counter(len(line.rstrip(b"\r")) for line in head)
    widest = max(lengths, default=0)
    enough = 1 if widest in _COMMON else 2
    return widest if 60 <= widest <= 240 and lengths[widest] >= enough else 0


def _cut(line: bytes, width: int) -> bool:
    return len(line) == width and _TOKEN_END.search(line) is not None and _GO.search(line) is not None


class _Terminal:
    name = "terminal"
    order = 80

    def sniff(self, head: Sequence[bytes]) -> bool:
        width = _width(head)
        if not width:
            return False
        lines = [line.rstrip(b"\r") for line in head]
        after = [after for line, after in pairwise(lines) if _cut(line, width)]
        return bool(after) and all(line[:1].strip() and not line.startswith((b"go: ", b"# ")) for line in after)

    def layer(self, start: float) -> Layer:  # noqa: ARG002 - it has no stamps
        return PartLayer(_Rejoin())


class _Rejoin:
    """Joins lines cut at the width that the first of them shows."""

    def __init__(self) -> None:
        self._joining = False

    def __call__(self, row: Row) -> Sequence[Part]:
        """The part that this row is."""
        line = row[0].rstrip(b"\r")
        more = len(line) in _COMMON and (self._joining or _GO.search(line) is not None)
        self._joining = more
        return [Part((line, *row[1:]), b"", more)]


WRAPPER = _Terminal()
