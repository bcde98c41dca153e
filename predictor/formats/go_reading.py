"""Reads the lines of the go command's output that matter; :mod:`.go_builds` has the rules by which they become events.

Lines are read alone, but for the lines of one error, which are joined, and for what a go log is full of: requests and
downloads of one moment are taken together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from math import isnan

from predictor.events import Op
from predictor.formats.go_book import MAX_KEPT, NAN, Fetch, Named, Open, Run
from predictor.formats.go_builds import Builds
from predictor.formats.go_error import read_error
from predictor.formats.go_line import head_of, said
from predictor.formats.go_message import Gatherer
from predictor.formats.go_requests import RequestReader
from predictor.formats.go_scan import DOWNLOAD, REQUEST
from predictor.formats.go_unwrap import unwrap
from predictor.protocols import Source

PAUSE_S = 60.0  # between two lines of one error: stamps may be as coarse as a minute
_PLAIN_DOWNLOAD = re.compile(r"(?m)^go: downloading ([!#-~]+) (v\d[!#-~]*)\r?$")  # nearly all of them


class GoReader(Builds):
    """Reads one log."""

    def __init__(self, source: Source, skipped: Counter[str]) -> None:
        super().__init__(source, skipped)
        self.table = RequestReader(self._asked.fetch)
        self._aliases = source.aliases
        self._message = Gatherer()
        self._message_clock = NAN  # newest stamp at the last line of the message
        self._last_line = 0

    def line(self, raw: bytes, time: float, number: int) -> None:
        """Take one line that may matter; ``time`` is its stamp, NaN where it has none."""
        self._last_line = number
        self.begin(time)
        if raw.startswith(DOWNLOAD) and self._plain([raw], time, [number]):
            return
        head = head_of(raw)
        if head:
            self._close_message()
            self._begin_message(head, time, number)
            return
        text = raw.decode("utf-8", "replace").rstrip("\r")
        if raw.startswith(REQUEST):
            self._fresh(text, time, number)
            return
        inner = unwrap(text) if '"' in text else None
        if inner is None:
            self._read(text, time, number)
            return
        for part in inner[0].splitlines():
            self._read(part, inner[1] if isnan(time) else time, number)

    def downloads(self, raws: Sequence[bytes], hashes: Sequence[int], time: float, numbers: Sequence[int]) -> None:
        """Take lines of downloads with the same stamp."""
        self.begin(time)
        printed, codes = self.printed, set(hashes)
        if len(codes) < len(hashes) or len(printed) + len(codes) > MAX_KEPT or not printed.isdisjoint(codes):
            for raw, code, number in zip(raws, hashes, numbers, strict=True):
                if code not in printed:
                    printed.add(code)
                    self.line(raw, time, number)
            return
        printed.update(codes)
        if self.shown() and not self._message.parts:
            self._last_line = max(numbers[-1], self._last_line)
        elif not self._plain(raws, time, numbers):
            for raw, number in zip(raws, numbers, strict=True):
                self.line(raw, time, number)

    def requests(self, run: Run) -> None:
        """Take lines of ``-x`` whose URLs and answers are known; the caller adds the events."""
        self.begin(run.time)
        self._close_message()
        self._last_line = run.lines[-1]
        self._follow(run)

    def tick(self, clock: float) -> None:
        """Let time pass until the stamp ``clock``: downloads become good, requests become hung."""
        if isnan(clock) or clock <= self.clock:
            return
        self.clock = clock
        if self._message.parts and clock - self._message_clock <= PAUSE_S:
            return  # time passes when the message is closed
        self._close_message()
        self._pass()

    def finish(self, now: float) -> None:
        """The log ends here; ``now`` (UTC seconds, NaN: unknown) is when that was seen."""
        self._close_message()
        last = self.clock
        self.heard(now)
        self.tick(now)
        self._end(None, last, self._last_line)

    def _plain(self, raws: Sequence[bytes], time: float, numbers: Sequence[int]) -> bool:
        """Take lines that only say which versions are downloaded; False if one of them may say more."""
        text = b"\n".join(raws).decode("ascii", "replace")
        named: list[Named] = _PLAIN_DOWNLOAD.findall(text)
        if len(named) != len(raws) or "GOPROXY" in text:
            return False
        zipped, clock = Op.ZIP, self.clock
        entries = {
            names: Open(Fetch("", zipped, names[0], names[1]), time, clock, number)
            for names, number in zip(named, numbers, strict=True)
        }
        if len(entries) < len(named):
            return False
        self._close_message()
        self._last_line = numbers[-1]
        self._started(entries)
        return True

    def _read(self, text: str, time: float, number: int) -> None:
        if text.startswith("#") or not self._message.extend(text, number):
            self._fresh(text, time, number)
        else:
            self._message_clock = self.clock

    def _fresh(self, text: str, time: float, number: int) -> None:
        """Read a line that continues no message."""
        line = said(text)
        if line.trace is not None:
            self._close_message()
            self._traced(line.trace, time, number)
            return
        if line.proxy and not self._proxy:
            self._proxy = self._asked.upstream(line.proxy)
        if line.runs:
            self._book.commanded, self._book.only_fetches = True, line.only_fetches
        if line.download or line.end or line.begins:
            self._close_message()
        if line.download:
            self._downloading(*line.download, time, number)
        elif line.end:
            self._end(line.end, time, number)
        elif line.begins:
            self._begin_message(text, time, number)
        self._book.failed_inside |= line.failed
        self._book.killed_inside |= line.killed

    def _begin_message(self, text: str, time: float, number: int) -> None:
        self._message.begin(text, time, number)
        self._message_clock = self.clock

    def _close_message(self) -> None:
        if not self._message.parts:
            return
        excerpt = self._message.take()
        told = self._book.told.get(excerpt.text)
        error = read_error(excerpt.text, self._proxy, self._aliases) if told is None else None
        if told is not None:
            self._over(*told)
        elif error is not None:
            self._failed(error, excerpt)
        self._pass()
