"""The dilated clock: one real second becomes ``dilation`` log seconds, in every stamp of every log.

Durations are scaled by the same factor (unless told otherwise), so that a log agrees with itself: the stamps of two
lines differ by what the durations between them say, and nginx's read timeout of one real second reads as its usual 60.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

DURATION = re.compile(r"\d+\.\d{3}")
GO_SECONDS = re.compile(r"(# get \S+: \d{3} [^(]*\()(\d+\.\d{3})(s\))")
ERROR_STAMP = re.compile(r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d")
COMBINED_STAMP = re.compile(r"\[(\d+\.\d{3})\]")
COMBINED_DURATION = re.compile(r"\b((?:rt|uct|uht|urt)=)(\"?)([0-9., :-]+)(\"?)")


@dataclass(frozen=True, slots=True)
class LogClock:
    """Maps real epoch seconds to log epoch seconds."""

    real_start: float
    log_start: float
    dilation: float
    scale_durations: bool = True

    def log_time(self, real: float) -> float:
        """Log epoch seconds of a real moment."""
        return self.log_start + (real - self.real_start) * self.dilation

    def duration(self, real: float) -> float:
        """A duration as the log states it, in seconds."""
        return real * self.dilation if self.scale_durations else real

    def durations(self, text: str) -> str:
        """Every ``N.NNN`` in ``text`` (nginx lists tries as ``0.001, 0.002``) as a log duration."""
        return DURATION.sub(lambda found: f"{self.duration(float(found[0])):.3f}", text)


def stamp_actions(seconds: float) -> str:
    """The stamp of GitHub Actions: seven digits after the point, ``Z``."""
    whole = int(seconds // 1)
    ticks = int((seconds - whole) * 1e7)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{ticks:07d}Z"


def stamp_style(style: str, seconds: float) -> str | float:
    """A time as one of the spellings admins choose: ``msec``, ``number``, ``iso``, ``iso_ms``."""
    moment = datetime.fromtimestamp(round(seconds, 3), UTC)
    if style == "msec":
        return f"{seconds:.3f}"
    if style == "number":
        return round(seconds, 3)
    if style == "iso_ms":
        return moment.isoformat(timespec="milliseconds")
    return moment.isoformat(timespec="seconds")


def rewrite_go(line: str, clock: LogClock) -> str:
    """Durations of ``go -x`` as log durations."""
    return GO_SECONDS.sub(lambda found: f"{found[1]}{clock.duration(float(found[2])):.3f}{found[3]}", line)


def rewrite_error(line: str, seconds: float) -> str:
    """nginx's error.log line with its stamp moved to log time ``seconds``."""
    return ERROR_STAMP.sub(f"{datetime.fromtimestamp(seconds, UTC):%Y/%m/%d %H:%M:%S}", line)


def rewrite_json(
    lines: Iterable[str], clock: LogClock, time_field: str, style: str, duration_fields: Mapping[str, bool]
) -> Iterator[tuple[float, str]]:
    """Access log lines on the log clock, with the log time of each; durations stay text or number as they were."""
    for line in lines:
        record = json.loads(line)
        seconds = clock.log_time(float(record[time_field]))
        record[time_field] = stamp_style(style, seconds)
        for name, number in duration_fields.items():
            value = record[name]
            record[name] = round(clock.duration(float(value)), 3) if number else clock.durations(value)
        yield seconds, json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def rewrite_combined(lines: Iterable[str], clock: LogClock) -> Iterator[tuple[float, str]]:
    """The combined log with timings, on the log clock: ``[msec]`` becomes ``[02/Mar/2026:08:00:01 +0000]``."""
    for line in lines:
        found = COMBINED_STAMP.search(line)
        if found is None:
            continue
        seconds = clock.log_time(float(found[1]))
        text = f"[{datetime.fromtimestamp(seconds, UTC):%d/%b/%Y:%H:%M:%S +0000}]"
        moved = line[: found.start()] + text + line[found.end() :]
        yield seconds, COMBINED_DURATION.sub(lambda hit: f"{hit[1]}{hit[2]}{clock.durations(hit[3])}{hit[4]}", moved)
