"""Timestamps in front of lines, read into UTC seconds.

Most CI systems put an RFC 3339 stamp of fixed width before every line. :class:`StampLayer` reads those as columns
of digits with NumPy; what does not have that exact shape goes through a regular expression, line by line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from math import isnan

import numpy as np
import numpy.typing as npt

from predictor.formats.wrappers.layer import BYTES, NAN, carried, joined_times, newlines
from predictor.protocols import Block

#: A date and time with optional fraction and zone, as groups ``date``, ``clock``, ``fraction``, ``zone``.
ISO = (
    rb"(?P<date>\d{4}[-/]\d\d[-/]\d\d)[T ](?P<clock>\d\d:\d\d:\d\d)(?:[.,](?P<fraction>\d{1,9}))?"
    rb"(?: ?(?P<zone>Z|UTC|[+-]\d\d:?\d\d))?"
)
DAY_S = 86400.0


@lru_cache(maxsize=4096)
def _seconds(date: bytes, clock: bytes) -> float:
    """UTC seconds of a date and a clock reading; NaN when there is no such moment."""
    try:
        day = datetime.strptime(date.decode().replace("/", "-"), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return NAN
    return day.timestamp() + clock_seconds(clock)


def clock_seconds(clock: bytes) -> float:
    """Seconds since midnight of ``HH:MM:SS``; NaN when there is no such time."""
    hour, minute, second = (int(part) for part in clock.split(b":"))
    if hour > 23 or minute > 59 or second > 60:
        return NAN
    return float(hour * 3600 + minute * 60 + second)


def zone_seconds(zone: bytes | None) -> float:
    """Offset from UTC of ``Z``, ``+08:00`` or ``-0500``; no zone is read as UTC."""
    if not zone or zone in (b"Z", b"UTC"):
        return 0.0
    digits = zone[1:].replace(b":", b"")
    seconds = int(digits[:2]) * 3600.0 + int(digits[2:]) * 60.0
    return -seconds if zone.startswith(b"-") else seconds


def iso_seconds(match: re.Match[bytes]) -> float:
    """UTC seconds of a match of :data:`ISO`."""
    fraction = match["fraction"]
    part = int(fraction) / 10 ** len(fraction) if fraction else 0.0
    return _seconds(match["date"], match["clock"]) + part - zone_seconds(match["zone"])


_ISO_ALONE = re.compile(ISO)


def parse_iso(text: bytes) -> float:
    """UTC seconds of a stamp that fills ``text``; NaN when it is none."""
    match = _ISO_ALONE.fullmatch(text)
    return iso_seconds(match) if match else NAN


def month_day_seconds(stamp: bytes, start: float) -> float:
    """UTC seconds of ``Nov 22 07:50:02``, the year taken from ``start``; NaN when that is unknown."""
    if isnan(start):
        return NAN
    year = datetime.fromtimestamp(start, UTC).year
    try:
        parsed = datetime.strptime(f"{year} {stamp.decode()}", "%Y %b %d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return NAN
    seconds = parsed.timestamp()
    return seconds + 365 * DAY_S if seconds < start - 180 * DAY_S else seconds


class Midnight:
    """Completes clock readings without a date: the day moves on when the clock falls back by hours."""

    def __init__(self, start: float) -> None:
        self._start = start
        self._last = start

    def complete(self, clock_s: float) -> float:
        """UTC seconds of ``clock_s`` seconds after some midnight; NaN when the log's start is unknown."""
        if isnan(self._start) or isnan(clock_s):
            return NAN
        base = self._last - self._last % DAY_S
        time = base + clock_s
        if time < self._last - DAY_S / 2:
            time += DAY_S
        self._last = max(self._last, time)
        return time


_DIGITS = np.array([0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18])
_FORM = b"0000-00-00T00:00:00."
_MARKS = {4: b"-", 7: b"-", 10: b"T", 13: b":", 16: b":", 19: b"."}


class StampLayer:
    """Takes a stamp that ``pattern`` matches off each line; lines without one belong to the stamp before.

    Args:
        pattern: matches at the start of a line and contains :data:`ISO`.
        read: UTC seconds of a match, NaN where the skin has no stamp.
        digits: where stamps are ``YYYY-MM-DDTHH:MM:SS.`` + this many digits + ``Z ``, read them as columns.
    """

    def __init__(
        self, pattern: re.Pattern[bytes], read: Callable[[re.Match[bytes]], float] = iso_seconds, digits: int = 0
    ) -> None:
        self._pattern = pattern
        self._read = read
        self._digits = digits
        self._last = NAN

    def feed(self, block: Block) -> Block:
        """The lines without their stamps, and the times that these said."""
        if not block.text:
            return block
        ends = newlines(block.text)
        starts = np.concatenate(([0], ends[:-1] + 1))
        widths = np.zeros(len(starts), dtype=np.int64)
        times = np.full(len(starts), NAN)
        slow = np.ones(len(starts), dtype=bool)
        data = np.frombuffer(block.text, BYTES)
        if self._digits:
            slow = self._columns(data, starts, ends, widths, times)
        for i in np.flatnonzero(slow).tolist():
            match = self._pattern.match(block.text, int(starts[i]), int(ends[i]))
            if match:
                widths[i], times[i] = match.end() - match.start(), self._read(match)
        times = carried(times, self._last)
        self._last = float(times[-1])
        text = without(data, starts, widths)
        known = block.times is not None or not bool(np.isnan(times).all())
        return Block(text, block.first_line, joined_times(block.times, times) if known else None, block.lines)

    def finish(self) -> Block:
        """Nothing: no line is held back."""
        return Block(b"")

    def _columns(
        self,
        data: npt.NDArray[np.uint8],
        starts: npt.NDArray[np.int64],
        ends: npt.NDArray[np.int64],
        widths: npt.NDArray[np.int64],
        times: npt.NDArray[np.float64],
    ) -> npt.NDArray[np.bool_]:
        """Fill ``widths`` and ``times`` of lines whose stamp has the fixed shape; True where it has not."""
        width = len(_FORM) + self._digits + 1
        index = np.flatnonzero(ends - starts >= width)
        columns = data[starts[index][:, None] + np.arange(width)]
        digits = columns - 48
        places = np.concatenate((_DIGITS, np.arange(20, 20 + self._digits)))
        good = (digits[:, places] <= 9).all(axis=1) & (columns[:, width - 1] == ord("Z"))
        for place, mark in _MARKS.items():
            good &= columns[:, place] == mark[0]
        index, digits = index[good], digits[good].astype(np.int64)
        seconds, valid = _column_seconds(digits)
        fraction = digits[:, 20 : 20 + self._digits] @ (10 ** np.arange(self._digits - 1, -1, -1))
        index = index[valid]
        times[index] = seconds[valid] + (fraction / 10**self._digits)[valid]
        padded = index[ends[index] - starts[index] > width]
        widths[index] = width
        widths[padded] += data[starts[padded] + width] == ord(" ")
        slow = np.ones(len(starts), dtype=bool)
        slow[index] = False
        return slow


def _column_seconds(digits: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """UTC seconds of rows of digits of ``YYYY-MM-DDTHH:MM:SS``, and which rows name a moment that exists."""
    year = digits[:, 0] * 1000 + digits[:, 1] * 100 + digits[:, 2] * 10 + digits[:, 3]
    month, day, hour, minute, second = (digits[:, i] * 10 + digits[:, i + 1] for i in (5, 8, 11, 14, 17))
    valid = (year >= 1970) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    valid &= (hour < 24) & (minute < 60) & (second <= 60)
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]").astype(np.int64) + day - 1
    return days * 86400 + hour * 3600 + minute * 60 + second, valid


def without(data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], widths: npt.NDArray[np.int64]) -> bytes:
    """The text without the first ``widths[i]`` bytes of each line that begins at ``starts[i]``."""
    if not widths.any():
        return data.tobytes()
    edges = np.zeros(len(data) + 1, dtype=np.int8)
    worn = widths > 0
    edges[starts[worn]] = 1
    edges[starts[worn] + widths[worn]] -= 1
    keep = np.cumsum(edges[:-1], dtype=np.int8) == 0
    kept: bytes = data[keep].tobytes()
    return kept
