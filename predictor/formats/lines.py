"""Logs where few lines matter: a parser that takes lines one by one and fills an event builder."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, NamedTuple

import numpy as np

from predictor.events import EventBatch, EventBuilder
from predictor.formats.access import NO_UPSTREAM, located
from predictor.protocols import Block, Source


class Line(NamedTuple):
    """One line with what is known of its place."""

    text: str
    number: int
    stamp: float  # UTC seconds that a wrapper knows, NaN when none


class LineParser:
    """Base of the parsers that go line by line; a format gives :meth:`line` and, when it holds lines, :meth:`end`."""

    def __init__(self, source: Source) -> None:
        self.skipped: Counter[str] = Counter()
        self.source = source
        self._builder = EventBuilder()
        self._seen = ""

    def line(self, line: Line) -> None:
        """Take one line."""
        raise NotImplementedError

    def end(self) -> None:
        """Take the end of the log."""

    def feed(self, block: Block) -> EventBatch:
        """Events that these lines complete."""
        texts = block.text.decode("utf-8", "replace").split("\n")
        if texts and not texts[-1]:
            texts.pop()
        numbers, stamps = located(block, np.arange(len(texts), dtype=np.int64))
        known = stamps.tolist() if stamps is not None else [math.nan] * len(texts)
        for text, number, stamp in zip(texts, numbers.tolist(), known, strict=True):
            self.line(Line(text.rstrip("\r"), number, stamp))
        return self._builder.build()

    def finish(self, now: float) -> EventBatch:  # noqa: ARG002 - part of the protocol
        """Events that only the end of the log completes."""
        self.end()
        return self._builder.build()

    def emit(self, upstream: str, **values: Any) -> None:
        """Add one event; an empty ``upstream`` is the last one seen, else the source's, else ``local``."""
        if upstream:
            self._seen = upstream
        name = upstream or self._seen or self.source.upstream or NO_UPSTREAM
        self._builder.add(
            vantage=self.source.vantage,
            job=self.source.job,
            upstream=self.source.aliases.get(name, name),
            **values,
        )
