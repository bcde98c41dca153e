"""Buildkite: an APC sequence with milliseconds before lines, ``ESC _bk;t=1795333802365 BEL line``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isnan

from predictor.formats.wrappers.layer import NAN, Layer, Row, RowLayer

_MARK = re.compile(rb"(?:\x1b)?_bk;t=(\d{10,16})(?:\x07|\x1b\\)")


class _Buildkite:
    name = "buildkite"
    order = 31

    def sniff(self, head: Sequence[bytes]) -> bool:
        return any(_MARK.match(line) for line in head)

    def layer(self, start: float) -> Layer:  # noqa: ARG002 - stamps are complete
        last = NAN

        def read(row: Row) -> Sequence[Row]:
            nonlocal last
            text, time, number = row
            mark = _MARK.search(text)
            if mark:
                last = int(mark[1]) / 1000.0
                text = _MARK.sub(b"", text)
            return [(text, time if isnan(last) else last, number)]

        return RowLayer(read)


WRAPPER = _Buildkite()
