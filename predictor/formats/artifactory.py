"""Artifactory's request.log: ``time|trace|address|user|method|path|status|request length|response length|ms|agent``."""

from __future__ import annotations

from predictor.formats.layout import Layout, LayoutFormat

FORMAT = LayoutFormat(
    "artifactory",
    [Layout("{time}|{}|{client}|{}|{method}|{path}|{status}|{}|{bytes}|{ticks}|{rest}", scale=1e-3)],
    0.95,
)
