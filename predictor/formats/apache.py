"""Apache: ``combined`` with ``%D`` (microseconds) at its end, with or without a virtual host before it.

Plain ``combined`` is the same text as nginx's and read as such. Times are those of the request's start.
A body of 0 bytes is written ``-`` (``%b`` of mod_log_config).
"""

from __future__ import annotations

from predictor.formats.layout import Layout, LayoutFormat

_COMBINED = '{client} {} {} [{time}] "{method} {path}{proto}" {status} {bytes} "{}" "{}"'
FORMAT = LayoutFormat(
    "apache",
    [
        Layout(_COMBINED + " {ticks}", starts=True, scale=1e-6, dash_bytes=0),
        Layout("{host} " + _COMBINED + " {ticks}", starts=True, scale=1e-6, dash_bytes=0),
        Layout("{host} " + _COMBINED, starts=True, dash_bytes=0),
    ],
    0.85,
)
