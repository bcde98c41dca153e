"""Squid's native access.log: ``time elapsed client code/status bytes method URL user hierarchy/peer type``.

The upstream is the URL's host: behind it stand changing addresses. The time is the end, elapsed in ms.
"""

from __future__ import annotations

import math

from predictor.events import Cause, Outcome
from predictor.formats.access import hint
from predictor.formats.layout import Layout, LayoutFormat


def code(text: str) -> float:
    """What a result code says of the end: ``_ABORTED`` is the client's doing, ``_TIMEDOUT`` a wait in vain."""
    if "ABORTED" in text:
        return hint(Outcome.USER_ERROR, Cause.NONE)
    if "TIMEDOUT" in text:
        return hint(Outcome.HUNG, Cause.PROXY_HANG)
    return math.nan


FORMAT = LayoutFormat(
    "squid",
    [
        Layout(
            "{time} {pad}{ticks} {client} {cache}/{status} {bytes} {method} {path} {} {}/{} {rest}",
            scale=1e-3,
            hints=code,
        )
    ],
    0.95,
)
