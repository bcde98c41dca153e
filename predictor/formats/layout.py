"""Text access logs of one fixed layout, written as a template.

``{client} {} {} [{time}] "{method} {path}{proto}" {status}``: names are the roles of ``access``, ``{}`` skips a field.
A regular expression made from it is the exact reader of a line; nearly all lines are cut without it, by
``cutting``. Neighbouring fields with few distinct values become one group, taken apart once per distinct value.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.events import EventBatch
from predictor.formats import urls
from predictor.formats.access import AccessColumns, located
from predictor.formats.columns import Values
from predictor.formats.sampling import SAMPLE_LINES, first_lines
from predictor.formats.spans import FRONT, Buffer, Spans
from predictor.formats.template import Template
from predictor.protocols import Block, Parser, Source

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Layout:
    """A template and what its values mean."""

    template: str
    starts: bool = False  # the time is the beginning of the request
    scale: float = 1.0  # seconds per unit of latency_s
    hints: Callable[[str], float] | None = None
    dash_bytes: float = math.nan  # what ``-`` means as a size
    parsed: Template = field(init=False, repr=False)
    exact: re.Pattern[bytes] = field(init=False, repr=False)  # see Compiled
    groups: tuple[str, ...] = field(init=False)
    inner: Mapping[str, re.Pattern[bytes]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        parsed = Template(self.template)
        compiled = parsed.compiled()
        for name, value in (
            ("parsed", parsed),
            ("exact", compiled.exact),
            ("groups", compiled.groups),
            ("inner", compiled.inner),
        ):
            object.__setattr__(self, name, value)

    @property
    def probe(self) -> int:
        """Index of the group that holds the path: filled in every line that fits."""
        return next(i for i, name in enumerate(self.groups) if "path" in name.split("+"))

    def share(self, head: bytes) -> float:
        """Share of the filled lines of ``head`` that fit."""
        rows, probe = self.exact.findall(_closed(first_lines(head, SAMPLE_LINES))), self.probe
        fits = sum(1 for row in rows if row[probe])
        filled = fits + sum(1 for row in rows if row[-1].strip())
        return fits / filled if filled else 0.0


class LayoutParser:
    """Reads one log in one of several layouts: a block in which the newest layout fits no line tries the others."""

    def __init__(self, source: Source, layouts: Sequence[Layout]) -> None:
        self.skipped: Counter[str] = Counter()
        self._readers = [_LayoutReader(source, layout, self.skipped) for layout in layouts]

    @property
    def lines_fed(self) -> int:
        """Lines of all blocks so far: the first layout is tried on every one."""
        return self._readers[0].lines_seen

    def feed(self, block: Block) -> EventBatch:
        """Events of these lines; lines that fit no layout are taken up by the next one."""
        return self._read(_closed(block.text), None, block, 0)

    def _read(self, text: bytes, at: Rows | None, block: Block, index: int) -> EventBatch:
        """Events of ``text``, whose lines are the rows ``at`` of ``block``, None: all of them."""
        reader = self._readers[index]
        batch, rest = reader.read(text, at, block)
        if not rest:
            return batch
        if index + 1 == len(self._readers):
            self.skipped["malformed"] += sum(urls.may_be_fetch(line) for _, line in rest)
            return batch
        left = self._read(
            b"".join(line + b"\n" for _, line in rest), np.array([row for row, _ in rest]), block, index + 1
        )
        if not len(left):
            return batch
        both = EventBatch.concat([batch, left])
        return both.take(np.argsort(both.line, kind="stable"))

    def finish(self, now: float) -> EventBatch:  # noqa: ARG002 - part of the protocol
        """No event waits for the end of an access log."""
        return EventBatch.empty()


class _LayoutReader:
    """Reads the lines that fit one layout and gives the others back."""

    def __init__(self, source: Source, layout: Layout, skipped: Counter[str]) -> None:
        self._layout, self._skipped = layout, skipped
        self.lines_seen = 0
        self._columns = AccessColumns(
            source, starts=layout.starts, scale=layout.scale, hints=layout.hints, dash_bytes=layout.dash_bytes
        )
        self._cutter = layout.parsed.cutter()
        self._parsers = {name: self._apart(pattern) for name, pattern in layout.inner.items()}

    def _apart(self, pattern: re.Pattern[bytes]) -> Callable[[Any], Values]:
        def parse(value: bytes) -> Values:
            match = pattern.fullmatch(value)
            values: dict[str, float] = {}
            for role, text in match.groupdict().items() if match else ():
                values |= self._columns.meaning(role, text)
            return values

        return parse

    def read(self, text: bytes, at: Rows | None, block: Block) -> tuple[EventBatch, list[tuple[int, bytes]]]:
        """Events, and the lines (row, text) that do not fit."""
        rows, columns, rest = self._cut(text)
        left = [(row if at is None else int(at[row]), line) for row, line in rest if line]
        if not len(rows):
            return EventBatch.empty(), left
        lines, stamps = located(block, rows if at is None else at[rows])
        raw = dict(zip(self._layout.groups, columns, strict=True))
        return self._columns.events(raw, lines, stamps, self._parsers), left

    def _cut(self, text: bytes) -> tuple[Rows, list[Spans], list[tuple[int, bytes]]]:
        """(rows that fit, their columns, other rows)."""
        if self._cutter is None:
            buffer = Buffer(text)
            found = list(self._layout.exact.finditer(buffer.raw, FRONT, FRONT + len(text)))
            self.lines_seen += len(found)
            return self._exactly(buffer, list(enumerate(found)))
        cut = self._cutter.cut(text)
        self.lines_seen += len(cut.lines) - 1
        missing = cut.rest()
        if not missing:
            return cut.rows, cut.columns, []
        exact, raw, lines = self._layout.exact, cut.buffer.raw, cut.lines
        tried = [(row, exact.match(raw, int(lines[row]))) for row, line in missing if line]
        rows, columns, rest = self._exactly(cut.buffer, [(row, match) for row, match in tried if match])
        if not len(rows):
            return cut.rows, cut.columns, rest
        both = np.concatenate([cut.rows, rows])
        order = np.argsort(both)
        merged = []
        for i, (fast, slow) in enumerate(zip(cut.columns, columns, strict=True)):
            starts, ends = np.concatenate([fast.starts, slow.starts]), np.concatenate([fast.ends, slow.ends])
            merged.append(self._cutter.spans(cut.buffer, i, starts[order], ends[order]))
        return both[order], merged, rest

    def _exactly(
        self, buffer: Buffer, found: Sequence[tuple[int, re.Match[bytes]]]
    ) -> tuple[Rows, list[Spans], list[tuple[int, bytes]]]:
        """(rows that fit, their columns, other rows) of matches of the exact pattern."""
        count = len(self._layout.groups)
        fits = [(row, match) for row, match in found if match.end(count + 1) < 0]
        rest = [(row, match[count + 1]) for row, match in found if match.end(count + 1) >= 0]
        places = np.array([match.regs[1 : count + 1] for _, match in fits], dtype=np.int64).reshape(len(fits), count, 2)
        columns = [Spans(buffer, places[:, i, 0], places[:, i, 1]) for i in range(count)]
        return np.array([row for row, _ in fits], dtype=np.int64), columns, rest


class LayoutFormat:
    """A format with one or several known layouts.

    Args:
        name: as the user calls it.
        layouts: tried in this order on each line.
        confidence: how sure a log is of this format when all its lines fit.
    """

    def __init__(self, name: str, layouts: Sequence[Layout], confidence: float = 0.9) -> None:
        self.name = name
        self._layouts, self._confidence = layouts, confidence

    def sniff(self, head: bytes) -> float:
        """Confidence by the share of lines that fit."""
        return self._confidence * min(1.0, sum(layout.share(head) for layout in self._layouts))

    def parser(self, source: Source) -> Parser:
        """A fresh parser for one log."""
        return LayoutParser(source, self._layouts)


def _closed(text: bytes) -> bytes:
    """Text whose lines all end with a plain newline."""
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n")
    return text if text.endswith(b"\n") else text + b"\n"
