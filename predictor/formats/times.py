"""A column of time stamps in any spelling as UTC seconds.

The stamps of one log share their spelling and nearly always their day and zone: these are read once for a block, the
clock of each line by arithmetic. Stamps that differ from the first one in more than that are read one by one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from predictor.formats import stamps
from predictor.formats.columns import MAX_CODES, Coder, Floats, numbers, text_of
from predictor.formats.distinct import Distinct
from predictor.formats.spans import Flags, Places, Spans, odd_digits

_FRACTION = re.compile(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:?\d\d)?$")
_SHAPE = re.compile(rb"(?P<day>.{8,24}?)\d\d:\d\d:\d\d(?:(?P<point>[.,])(?P<fraction>\d+))?(?P<zone>\D.{0,7})?")
_CLOCK = 8  # bytes of a clock
_CLOCK_ZERO = np.frombuffer(b"00:00:00", dtype="<u8")[0]
_COLONS = np.uint64(0x0000FF0000FF0000)
_TENS = 10.0 ** np.arange(23)


class Times:
    """Turns a column of time stamps in any spelling into UTC seconds."""

    def __init__(self) -> None:
        self._coder = _stamp_coder()
        self._distinct = Distinct()

    def column(self, raw: Sequence[Any]) -> Floats:
        """UTC seconds, NaN where a value is no time."""
        if len(self._coder) > MAX_CODES:
            self._coder = _stamp_coder()
        first = text_of(raw[0])
        if first.replace(".", "", 1).isdigit():
            return self._counts(raw)
        if isinstance(raw, Spans):
            return self._clocks(raw)
        if len(first) > 20 and (match := _FRACTION.match(first)) and match[1]:
            return self._iso(list(raw), match)
        return self._coder.columns(raw)["time"]

    def _clocks(self, raw: Spans) -> Floats:
        """Stamps of the first one's day and zone by arithmetic, the others by their distinct values."""
        match = _SHAPE.fullmatch(raw[0])
        base = _base(raw[0], match) if match else math.nan
        if match is None or math.isnan(base):
            return self._distinctly(raw)
        seconds, fits = _clock(raw, match["day"], match["zone"] or b"")
        column = base + seconds
        size = match.end("day") + _CLOCK + len(match["zone"] or b"")
        lengths = raw.ends - raw.starts
        if match["point"]:
            points = raw.starts + (match.end("day") + _CLOCK)
            fits &= (lengths > size + 1) & raw.buffer.stands(points, match["point"])
            digits = Spans(raw.buffer, np.where(fits, points + 1, raw.ends), raw.ends - len(match["zone"] or b""))
            fraction, plain = digits.amounts()
            fits &= plain & ~np.isnan(fraction)
            column += fraction / _TENS.take(lengths - (size + 1), mode="clip")
        else:
            fits &= lengths == size
        if not fits.all():
            rest = np.flatnonzero(~fits)
            column[rest] = self._distinctly(raw.take(rest))
        return np.asarray(column)

    def _distinctly(self, raw: Spans) -> Floats:
        raw.ids, _ = self._distinct.number(raw)
        return self._coder.columns(raw)["time"]

    def _counts(self, raw: Sequence[Any]) -> Floats:
        """Seconds or parts of seconds since the epoch; a stamp in another spelling among them is read as one."""
        column = _epochs(numbers(raw))
        for row in np.flatnonzero(np.isnan(column)).tolist():
            column[row] = stamps.stamp(text_of(raw[row]))
        return column

    def _iso(self, raw: Sequence[Any], match: re.Match[str]) -> Floats:
        """ISO 8601 with fractions: whole seconds by dict, fractions by float, when all have the first one's shape."""
        end, zone = match.end(1), match[2] or ""
        suffix: Any = zone.encode() if isinstance(raw[0], bytes) else zone
        size = match.end()
        point: Any = b"." if isinstance(raw[0], bytes) else "."
        try:
            if not all(len(value) == size and value.endswith(suffix) and value[19:20] == point for value in raw):
                return self._coder.columns(raw)["time"]
            whole = self._coder.columns([value[:19] + suffix for value in raw])["time"]
            fraction = np.fromiter((float(value[19:end]) for value in raw), np.float64, count=len(raw))
        except (ValueError, TypeError, AttributeError):
            return self._coder.columns(raw)["time"]
        return np.asarray(whole + fraction)


def _stamp_coder() -> Coder:
    return Coder(lambda value: {"time": stamps.stamp(text_of(value))}, ("time",))


def _epochs(column: Floats) -> Floats:
    """Counts of seconds or of parts of seconds as seconds: their size tells, see :func:`.stamps.epoch`."""
    if ((column > 1e8) & (column < 1e11)).all():
        return column
    scale = np.select([column < 1e11, column < 1e14, column < 1e17], [1.0, 1e3, 1e6], 1e9)
    seconds = column / scale
    seconds[~(seconds > 1e8)] = np.nan
    return np.asarray(seconds)


def _base(first: bytes, match: re.Match[bytes]) -> float:
    """UTC seconds at which the day of the first stamp begins; NaN when that says not what :mod:`.stamps` says."""
    clock = first[match.end("day") : match.end("day") + _CLOCK]
    base = stamps.stamp(text_of(match["day"] + b"00:00:00" + (match["zone"] or b"")))
    hours, minutes, seconds = (int(part) for part in clock.split(b":"))
    whole = base + (hours * 3600 + minutes * 60 + seconds) + float(b"0." + (match["fraction"] or b"0"))
    return base if whole == stamps.stamp(text_of(first)) else math.nan


def _clock(raw: Spans, day: bytes, zone: bytes) -> tuple[Places, Flags]:
    """(second of the day, rows with this day and zone around a clock)."""
    words = raw.buffer.windows(raw.starts + len(day), _CLOCK)[:, 0] ^ _CLOCK_ZERO
    fits = (odd_digits(words) | (words & _COLONS)) == 0
    fits &= raw.buffer.stands(raw.starts, day)
    if zone:
        fits &= raw.buffer.stands(raw.ends - len(zone), zone)
    pairs = (words * np.uint64(10) + (words >> np.uint64(8))).view(np.int64)
    hours, minutes, seconds = pairs & 0xFF, (pairs >> 24) & 0xFF, (pairs >> 48) & 0xFF
    fits &= (hours < 24) & (minutes < 60)
    return hours * 3600 + minutes * 60 + seconds, fits
