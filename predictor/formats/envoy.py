"""Envoy's default access log, and Istio's, which says more. Durations in ms, times are those of the start.

Response flags say what a bare 503 does not: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage
"""

from __future__ import annotations

import math

from predictor.events import Cause, Outcome
from predictor.formats.access import hint
from predictor.formats.layout import Layout, LayoutFormat

_FLAGS = {
    "DC": (Outcome.USER_ERROR, Cause.NONE),
    "RL": (Outcome.FAILED, Cause.HTTP_429),
    "DF": (Outcome.FAILED, Cause.DNS),
    "UT": (Outcome.FAILED, Cause.PROXY_HANG),
    "SI": (Outcome.FAILED, Cause.PROXY_HANG),
    "UF": (Outcome.FAILED, Cause.TCP_REFUSED),
    "UC": (Outcome.FAILED, Cause.TCP_RESET),
    "UR": (Outcome.FAILED, Cause.TCP_RESET),
    "UPE": (Outcome.FAILED, Cause.HTTP2_STREAM),
    "UH": (Outcome.FAILED, Cause.HTTP_5XX),
    "UO": (Outcome.FAILED, Cause.HTTP_5XX),
}


def flags(text: str) -> float:
    """What response flags (``UF,URX``) say; NaN when nothing."""
    return next((hint(*_FLAGS[flag]) for flag in text.split(",") if flag in _FLAGS), math.nan)


_HEAD = '[{time}] "{method} {path}{proto}" {status} {hint} '
_TAIL = '"{client}" "{}" "{}" "{host}" "{upstream}"{rest}'
FORMAT = LayoutFormat(
    "envoy",
    [
        Layout(_HEAD + "{} {bytes} {ticks} {} " + _TAIL, starts=True, scale=1e-3, hints=flags),
        Layout(_HEAD + '{} {} "{}" {} {bytes} {ticks} {} ' + _TAIL, starts=True, scale=1e-3, hints=flags),
    ],
    0.95,
)
