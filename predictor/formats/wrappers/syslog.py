"""Syslog: RFC 5424 ``<34>1 2026-11-22T07:50:02Z host app - - - line``, BSD ``Nov 22 07:50:02 host app[1]: line``.

The BSD form has no year: the log's start gives it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from predictor.formats.wrappers.layer import Layer, share
from predictor.formats.wrappers.stamps import ISO, StampLayer, iso_seconds, month_day_seconds

_DATA = rb'(?:-|(?:\[[^\]"]*(?:"(?:[^"\\]|\\.)*"[^\]"]*)*\])+)'  # structured data
_NEW = re.compile(rb"<\d{1,3}>1 " + ISO + rb" \S+ \S+ \S+ \S+ " + _DATA + rb"(?: (?:\xef\xbb\xbf)?|$)")
_OLD = re.compile(rb"(?:<\d{1,3}>)?(?P<stamp>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) \S+ [^\s:\[]+(?:\[\d+\])?: ?")


class _Syslog:
    name = "syslog"
    order = 50

    def sniff(self, head: Sequence[bytes]) -> bool:
        return share(head, _NEW) >= 0.5 or share(head, _OLD) >= 0.5

    def layer(self, start: float) -> Layer:
        def read(match: re.Match[bytes]) -> float:
            stamp = match["stamp"]
            return month_day_seconds(stamp, start) if stamp else iso_seconds(match)

        return StampLayer(_EITHER, read)


_EITHER = re.compile(b"(?:" + _NEW.pattern + b")|(?:" + _OLD.pattern + b")")
WRAPPER = _Syslog()
