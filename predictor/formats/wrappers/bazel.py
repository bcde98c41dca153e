"""Bazel with ``--show_timestamps``: ``(07:50:02) INFO: ...``; and the name that gazelle puts before its lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from predictor.formats.wrappers.jenkins import clock_layer
from predictor.formats.wrappers.layer import Layer, share

_STAMPED = re.compile(rb"\(\d\d:\d\d:\d\d(?:\.\d+)?\) |gazelle: ")
_LINE = re.compile(rb"\((?P<clock>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,6}))?\) (?:gazelle: )?")
_NAMED = re.compile(rb"(?:\((?P<clock>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,6}))?\) )?(?:gazelle: )?")


class _Bazel:
    name = "bazel"
    order = 63

    def sniff(self, head: Sequence[bytes]) -> bool:
        return share(head, _STAMPED) >= 0.3

    def layer(self, start: float) -> Layer:
        return clock_layer(_LINE, start)


WRAPPER = _Bazel()
