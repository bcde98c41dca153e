"""Nexus 3 request.log (the pattern of its logback-access.xml): sizes of request and response, ms, agent, thread."""

from __future__ import annotations

from predictor.formats.layout import Layout, LayoutFormat

FORMAT = LayoutFormat(
    "nexus",
    [Layout('{client} {} {} [{time}] "{method} {path}{proto}" {status} {} {bytes} {ticks} "{}" [{}]', scale=1e-3)],
    0.95,
)
