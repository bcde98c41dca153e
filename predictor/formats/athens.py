"""Athens's plain log: ``INFO[7:50AM]: incoming request<tab>http-method=GET http-path=/... http-status=200``.

Times are of the kitchen clock: no date, no seconds, no zone. A wrapper's stamp is better and wins; else the date
comes from the source's start, and without that the time is unknown. Error messages span several lines.
"""

from __future__ import annotations

import math
import re

from predictor.formats import stamps
from predictor.formats.athens_entries import AthensParser
from predictor.formats.lines import Line
from predictor.protocols import Parser, Source

_ENTRY = re.compile(
    r"^(?:\x1b\[[\d;]*m)?[A-Z]{4,7}(?:\x1b\[[\d;]*m)?\[(\d{1,2}:\d\d(?::\d\d)?(?:[AP]M)?)\]:? ?(.*)$", re.DOTALL
)
_HEAD = re.compile(
    rb"(?m)^(?:\x1b\[[\d;]*m)?(?:DEBUG|INFO|WARN|WARNING|ERROR|FATAL|PANIC)(?:\x1b\[[\d;]*m)?"
    rb"\[\d{1,2}:\d\d(?::\d\d)?(?:[AP]M)?\]:? "
)
_PAIR = re.compile(r"([\w-]+)=(?:\[([^\]]*)\]|\"([^\"]*)\"|(\S*))")
_FIELDS = re.compile(r"\t\s*(?=[\w-]+=)")
MAX_MESSAGE_LINES = 200


class AthensPlainParser(AthensParser):
    """Joins the lines of an entry; an access entry is whole in its first line."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._clock = stamps.DayClock(source.start)
        self._open: list[str] = []
        self._time = math.nan
        self._number = 0

    def line(self, line: Line) -> None:
        """Begin an entry, or go on with the open one."""
        match = _ENTRY.match(line.text)
        if match:
            self._close()
            of_day = self._clock.at(stamps.kitchen(match[1]))
            self._time = of_day if math.isnan(line.stamp) else line.stamp
            self._open = [match[2]]
        elif self._open and len(self._open) < MAX_MESSAGE_LINES:
            self._open.append(line.text)
        self._number = line.number
        if self._open and "request-id=" in line.text:
            self._close()

    def end(self) -> None:
        """The last entry has no successor."""
        self._close()

    def _close(self) -> None:
        if not self._open:
            return
        text, self._open = "\n".join(self._open), []
        parts = _FIELDS.split(text)
        if len(parts) < 2:
            return
        fields = {key: boxed or quoted or bare for key, boxed, quoted, bare in _PAIR.findall(parts[-1])}
        self.entry("\n".join(parts[:-1]), fields, self._time, self._number)


class Athens:
    """Athens's plain log."""

    name = "athens"

    def sniff(self, head: bytes) -> float:
        """Share of lines that begin an entry; multi-line messages make it a minority in a bad hour."""
        starts, lines = len(_HEAD.findall(head)), max(head.count(b"\n"), 1)
        return (
            0.9 * min(1.0, 3 * starts / lines)
            if b"http-path=" in head or b"Starting application" in head
            else 0.5 * starts / lines
        )

    def parser(self, source: Source) -> Parser:
        """A fresh parser for one log."""
        return AthensPlainParser(source)


FORMAT = Athens()
