"""HAProxy's HTTP log, with or without syslog's prefix. Durations in ms, times (local, no zone) are the accept's.

The upstream is ``backend/server``. The two letters of the termination state tell who ended the session and in which
phase: https://docs.haproxy.org/2.8/configuration.html#8.5
"""

from __future__ import annotations

import math

from predictor.events import Cause, Outcome
from predictor.formats.access import hint
from predictor.formats.layout import Layout, LayoutFormat

_STATES = {
    "sC": Cause.TCP_TIMEOUT,
    "SC": Cause.TCP_REFUSED,
    "sH": Cause.PROXY_HANG,
    "sQ": Cause.PROXY_HANG,
    "sD": Cause.PROXY_HANG,
    "SH": Cause.TCP_RESET,
    "SD": Cause.TRUNCATED_BODY,
}


def state(text: str) -> float:
    """What a termination state (``sH--``) says; NaN when nothing."""
    if text[:1] in ("C", "c"):
        return hint(Outcome.USER_ERROR, Cause.NONE)
    cause = _STATES.get(text[:2])
    return math.nan if cause is None else hint(Outcome.FAILED, cause)


_BODY = (
    "{peer}:{digits} [{time}] {} {upstream} {}/{}/{}/{}/{ticks} {status} {bytes} {} {} {hint} {} {}"
    '"{method} {path}{proto}"{rest}'
)
FORMAT = LayoutFormat(
    "haproxy",
    [
        Layout(_BODY, starts=True, scale=1e-3, hints=state),
        Layout("{rest}haproxy[{digits}]: " + _BODY, starts=True, scale=1e-3, hints=state),
    ],
    0.95,
)
