"""Artifactory's request-out.log: what it asked of the real upstreams, whose host stands in the URL.

``time|trace|remote repository|user|method|URL|status|length|length|ms``; the lengths are not used, because the two
are not told apart reliably.
"""

from __future__ import annotations

from predictor.formats.layout import Layout, LayoutFormat

FORMAT = LayoutFormat(
    "artifactory-out", [Layout("{time}|{}|{}|{}|{method}|{path}|{status}|{}|{}|{ticks}", scale=1e-3)], 0.95
)
