"""Travis CI: ``travis_fold:start:name`` and ``travis_time:end:id:start=NS,finish=NS,duration=NS`` markers in lines.

A time marker dates the lines after it; the lines of the first command have none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isnan

from predictor.formats.wrappers.layer import Layer, Row, RowLayer

_MARK = re.compile(
    rb"(?:\x1b\[0K)?travis_(?:fold:(?:start|end):[^\r\n]*?|time:(?:start:\w+|end:\w+:[^\r\n]*?))(?:\r|$)(?:\x1b\[0K)?"
)
_FINISH = re.compile(rb"finish=(\d{10})(\d{9})")


class _Travis:
    name = "travis"
    order = 32

    def sniff(self, head: Sequence[bytes]) -> bool:
        return any(_MARK.match(line) for line in head)

    def layer(self, start: float) -> Layer:
        last = start

        def read(row: Row) -> Sequence[Row]:
            nonlocal last
            text, time, number = row
            if b"travis_" in text:
                finish = _FINISH.search(text)
                if finish:
                    last = int(finish[1]) + int(finish[2]) / 1e9
                text = _MARK.sub(b"", text)
            return [(text, last if isnan(time) else time, number)]

        return RowLayer(read)


WRAPPER = _Travis()
