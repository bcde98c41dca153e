"""Jenkins' timestamper and its like: ``07:50:02  line``. Stamps with a date are :mod:`.iso`'s.

The default format has no date: the log's start completes it, and midnight is passed when the clock falls back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from predictor.formats.wrappers.layer import Layer, share
from predictor.formats.wrappers.stamps import Midnight, StampLayer, clock_seconds

_LINE = re.compile(rb"\[?(?P<clock>\d\d:\d\d:\d\d)(?:[.,](?P<fraction>\d{1,6}))?\]?(?: {1,2}|\t|$)")


class _Jenkins:
    name = "jenkins"
    order = 62

    def sniff(self, head: Sequence[bytes]) -> bool:
        return share(head, _LINE) >= 0.5

    def layer(self, start: float) -> Layer:
        return clock_layer(_LINE, start)


def clock_layer(pattern: re.Pattern[bytes], start: float) -> Layer:
    """A layer for stamps without a date: groups ``clock`` and ``fraction`` of ``pattern``."""
    midnight = Midnight(start)

    def read(match: re.Match[bytes]) -> float:
        fraction = match["fraction"]
        return midnight.complete(clock_seconds(match["clock"]) + (float(b"0." + fraction) if fraction else 0.0))

    return StampLayer(pattern, read)


WRAPPER = _Jenkins()
