"""GitLab CI job logs: section markers with Unix times, and with FF_TIMESTAMPS a stamp before each line.

::

    \\x1b[0Ksection_start:1795333802:step_script\\r\\x1b[0K line
    2026-11-22T07:50:02.434178Z 00O line          O: stdout, E: stderr
    2026-11-22T07:50:02.434178Z 00O+rest          continues the line before
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isnan

from predictor.formats.wrappers.layer import NAN, Layer, Row, block_of, rows_of, share
from predictor.formats.wrappers.stamps import ISO, iso_seconds
from predictor.protocols import Block

_STAMP = re.compile(ISO + rb" (?P<stream>[0-9a-f]{2}[OE])(?P<plus>[+ ]|$)")
_SECTION = re.compile(rb"(?:\x1b\[0K)?section_(?:start|end):(\d{9,11}):[^\r\n]*?(?:\r(?:\x1b\[0K)?|$)")
_MARKED = re.compile(rb"(?:" + ISO + rb" [0-9a-f]{2}[OE] )?(?:\x1b\[0K)*section_(?:start|end):\d{9,11}:")
MAX_JOINED = 1 << 20


class _GitLab:
    name = "gitlab"
    order = 33

    def sniff(self, head: Sequence[bytes]) -> bool:
        return share(head, _STAMP) >= 0.5 or any(_MARKED.match(line) for line in head)

    def layer(self, start: float) -> Layer:  # noqa: ARG002 - stamps are complete
        return _GitLabLayer()


class _GitLabLayer:
    """Holds one line back, because the next may continue it."""

    def __init__(self) -> None:
        self._held: Row | None = None
        self._section = NAN  # time of the newest section marker

    def feed(self, block: Block) -> Block:
        """The lines that no later line can continue."""
        rows: list[Row] = []
        for row in rows_of(block):
            self._take(row, rows)
        return block_of(rows, block.first_line)

    def finish(self) -> Block:
        """The last line."""
        rest, self._held = [self._held] if self._held else [], None
        return block_of(rest)

    def _take(self, row: Row, rows: list[Row]) -> None:
        text, time, number = row
        stamp = _STAMP.match(text)
        if stamp:
            text, time = text[stamp.end() :], iso_seconds(stamp)
        mark = _SECTION.search(text)
        if mark:
            self._section = float(mark[1])
            text = _SECTION.sub(b"", text)
        if isnan(time):
            time = self._section
        if stamp and stamp["plus"] == b"+" and self._held:
            begun = self._held
            self._held = (begun[0] + text[: MAX_JOINED - len(begun[0])], *begun[1:])
            return
        if self._held:
            rows.append(self._held)
        self._held = (text, time, number)


WRAPPER = _GitLab()
