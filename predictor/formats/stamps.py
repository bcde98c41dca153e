"""Times as servers write them, turned into UTC seconds since the epoch; NaN when a text is no time.

A stamp without a zone is taken as UTC: the log does not say, and servers of CI farms run in UTC.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

NAN = math.nan
_MONTHS = {
    m: i for i, m in enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1)
}
_CLF = re.compile(r"^(\d{1,2})/([A-Z][a-z]{2})/(\d{4}):(\d{2}):(\d{2}):(\d{2})(\.\d+)?(?: ?([+-])(\d{2}):?(\d{2}))?$")
_ISO = re.compile(
    r"^(\d{4})[-/](\d{2})[-/](\d{2})[T \t](\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))? ?(?:(Z|UTC)|([+-])(\d{2}):?(\d{2}))?$"
)
_KITCHEN = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2}))?([AP]M)?$")
_NUMBER = re.compile(r"^\d{9,20}(?:\.\d+)?$")


def stamp(text: str) -> float:
    """Any of the usual spellings: epoch in s, ms, us or ns; Common Log Format; ISO 8601 and its relatives."""
    text = text.strip('[]" ')
    if _NUMBER.match(text):
        return epoch(float(text))
    value = iso(text)
    return clf(text) if math.isnan(value) else value


def epoch(value: float) -> float:
    """Seconds from a count in seconds, milli-, micro- or nanoseconds; the size tells (years 1973 to 5138)."""
    for limit, scale in ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6)):
        if value < limit:
            return value / scale
    return value / 1e9


def clf(text: str) -> float:
    """``22/Nov/2026:07:50:02 +0000``; HAProxy's milliseconds and a missing zone are taken too."""
    match = _CLF.match(text)
    if not match:
        return NAN
    day, month, year, hour, minute, second, fraction, sign, zone_h, zone_m = match.groups()
    return _utc(
        (int(year), _MONTHS.get(month, 0), int(day), int(hour), int(minute), int(second)),
        float(fraction or 0),
        _zone(sign, zone_h, zone_m),
    )


def iso(text: str) -> float:
    """``2026-11-22T07:50:02.365Z``, with blank or slashes, any fraction, any zone."""
    match = _ISO.match(text)
    if not match:
        return NAN
    *parts, fraction, _, sign, zone_h, zone_m = match.groups()
    return _utc([int(part) for part in parts], float(f"0.{fraction or 0}"), _zone(sign, zone_h, zone_m))


def kitchen(text: str) -> float:
    """Seconds of the day of ``7:50AM`` or ``07:50:02``."""
    match = _KITCHEN.match(text)
    if not match:
        return NAN
    hour, minute, second, half = int(match[1]), int(match[2]), int(match[3] or 0), match[4]
    if half:
        hour = hour % 12 + (12 if half == "PM" else 0)
    return float(hour * 3600 + minute * 60 + second)


class DayClock:
    """Completes times of day to dates: starts on the day of ``start`` and goes on at each midnight.

    Args:
        start: UTC seconds at which the log begins; NaN leaves every time unknown.
    """

    JUMP_S = 6 * 3600.0  # a step back beyond this is a midnight, below it lines out of order

    def __init__(self, start: float) -> None:
        self._day = math.floor(start / 86400) * 86400.0 if math.isfinite(start) else NAN
        self._last = start % 86400 if math.isfinite(start) else 0.0

    def at(self, second_of_day: float) -> float:
        """UTC seconds of a time of day that comes next in the log."""
        if math.isnan(second_of_day):
            return NAN
        if second_of_day < self._last - self.JUMP_S:
            self._day += 86400.0
        self._last = second_of_day
        return self._day + second_of_day


def _zone(sign: str | None, hours: str | None, minutes: str | None) -> float:
    if not sign:
        return 0.0
    seconds = int(hours or 0) * 3600 + int(minutes or 0) * 60
    return float(-seconds if sign == "-" else seconds)


def _utc(parts: tuple[int, ...] | list[int], fraction: float, zone_s: float) -> float:
    year, month, day, hour, minute, second = parts
    try:
        whole = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return NAN
    return (whole + timedelta(seconds=max(second - 59, 0))).timestamp() + fraction - zone_s
