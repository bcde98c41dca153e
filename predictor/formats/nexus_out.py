"""Nexus outbound-request.log (3.59 and newer): what it asked of the real upstreams, whose host stands in the URL."""

from __future__ import annotations

from predictor.formats.layout import Layout, LayoutFormat

FORMAT = LayoutFormat(
    "nexus-out",
    [Layout('[{time}] {} "{method} {path}{proto}" {status} {bytes} {ticks} "{}" [{}]', scale=1e-3)],
    0.95,
)
