"""docker build: BuildKit's plain progress ``#12 34.56 line`` and the frames ``=> => # line`` of its terminal display.

Seconds count from the start of the step, which the lines before it date. A failed build repeats the step's last lines
between two rules: they are dropped. Source: moby/buildkit, progressui/display.go.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isnan

import numpy as np

from predictor.formats.wrappers.layer import NAN, NEWLINE, Layer, Row, block_of, places_of, rows_of
from predictor.protocols import Block

_FIRST = re.compile(rb"(?:#\d+ (?:\d+\.\d+ |\[|DONE|ERROR|CACHED|transferring)| => => # )")
_LINE = re.compile(rb"#(?P<step>\d+) (?:(?P<seconds>\d+\.\d+)(?: |$))?")
_FRAME = re.compile(rb" => => # ?")
_RULE = b"------"
DIGITS = 10
MAX_REPEATED = 400  # lines between the rules; BuildKit itself keeps fewer
MAX_FRAMES = 4096  # lines of the terminal display that are remembered to be told once


class _BuildKit:
    name = "buildkit"
    order = 75

    def sniff(self, head: Sequence[bytes]) -> bool:
        return any(_FIRST.match(line) for line in head)

    def layer(self, start: float) -> Layer:
        return Steps(start)


class Steps:
    """The layer; it is on every log, because a build of an image may begin after the head."""

    def __init__(self, start: float) -> None:
        self._seen = False
        self._now = start
        self._begun: dict[bytes, float] = {}  # step -> when it began
        self._rule = False  # the line before was a rule
        self._repeated = 0  # lines of the repetition that may still come
        self._frames: set[bytes] = set()

    def feed(self, block: Block) -> Block:
        """The lines of the steps, dated where the log's start is known and nothing else dates them."""
        if not self._seen and not _may_begin(block.text):
            return block
        rows: list[Row] = []
        for row in rows_of(block):
            self._seen = self._seen or _FIRST.match(row[0]) is not None
            rows += self._peel(row) if self._seen else [row]
        return block_of(rows, block.first_line)

    def finish(self) -> Block:
        """Nothing: no line is held back."""
        return Block(b"")

    def _peel(self, row: Row) -> list[Row]:
        text, time, number = row
        if self._is_repeated(text):
            return []
        step = _LINE.match(text)
        if step:
            said = self._date(step) if isnan(time) else time
            return [(text[step.end() :], said, number)]
        frame = _FRAME.match(text)
        if not frame:
            return [(text, self._now if isnan(time) else time, number)]
        line = text[frame.end() :].rstrip()
        if line in self._frames or len(self._frames) >= MAX_FRAMES:
            return []
        self._frames.add(line)
        return [(line, time, number)]

    def _is_repeated(self, text: bytes) -> bool:
        """Whether the line belongs to the repetition at the end of a failed build."""
        if self._repeated:
            self._repeated = 0 if text.rstrip() == _RULE else self._repeated - 1
            return True
        if self._rule and text.startswith(b" > "):
            self._repeated = MAX_REPEATED
        self._rule = text.rstrip() == _RULE
        return bool(self._repeated)

    def _date(self, step: re.Match[bytes]) -> float:
        begun = self._begun.setdefault(step["step"], self._now)
        if step["seconds"] is None or isnan(begun):
            return NAN if isnan(begun) else self._now
        time = begun + float(step["seconds"])
        self._now = max(self._now, time)
        return time


def _may_begin(text: bytes) -> bool:
    """Whether a block may hold the first line of an image build; single bytes are searched for many times as fast."""
    if b"#" not in text:
        return False
    if (b">" in text and b" => => # " in text) or _FIRST.match(text) is not None:
        return True
    data = np.frombuffer(text, np.uint8)
    at = places_of(ord("#"), text)
    at = at[(at > 0) & (at < len(data) - 1)]
    at = at[(data[at - 1] == NEWLINE) & (data[at + 1] - np.uint8(ord("0")) < DIGITS)]  # wraps around below 0
    return any(_FIRST.match(text, begin) is not None for begin in at.tolist())


WRAPPER = _BuildKit()
