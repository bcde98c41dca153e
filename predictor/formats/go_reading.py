"""Reads the lines of the go command's output that matter; :mod:`.go_builds` has the rules by which they become events.

Lines are read alone, but for the lines of one error, which are joined, and for what a go log is full of: requests and
downloads of one moment are taken together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import compress, count
from math import isnan

from predictor.events import Op
from predictor.formats.go_book import AS_DOWNLOAD, AS_ERROR, AS_HEAD, MAX_KEPT, NAN, Lines, Run
from predictor.formats.go_builds import Builds
from predictor.formats.go_error import read_error
from predictor.formats.go_line import head_of, said
from predictor.formats.go_message import Excerpt, Gatherer
from predictor.formats.go_requests import RequestReader
from predictor.formats.go_scan import DOWNLOAD, REQUEST
from predictor.formats.go_unwrap import unwrap
from predictor.protocols import Source

PAUSE_S = 60.0  # between two lines of one error: stamps may be as coarse as a minute
_NEXT = "\ngo: downloading "
_PLAIN_DOWNLOADS = re.compile(r"(?:\ngo: downloading [!#-~]+ v\d[!#-~]*)*")  # nearly all of them


class GoReader(Builds):
    """Reads one log."""

    def __init__(self, source: Source, skipped: Counter[str]) -> None:
        super().__init__(source, skipped)
        self.table = RequestReader(self._asked.fetch)
        self._aliases = source.aliases
        self._message = Gatherer()
        self._message_clock = NAN  # newest stamp at the last line of the message
        self._last_line = 0

    def line(self, raw: bytes, time: float, number: int, code: int = 0) -> None:
        """Take one line that may matter; ``time`` is its stamp, NaN where it has none, ``code`` its hash."""
        self._last_line = max(number, self._last_line)
        self.begin(time)
        names = _names([raw]) if raw.startswith(DOWNLOAD) else None
        if names is not None:
            self._close_message()
            self._started(names, Op.ZIP, time, [number])
            return
        head = head_of(raw)
        if head:
            self._close_message()
            self._begin_message(head, time, number, code)
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

    def together(self, lines: Lines, time: float) -> None:
        """Take lines with the same stamp: downloads, errors that are :meth:`known`, and first lines of others."""
        self.begin(time)
        if self._at_once(lines, time):
            return
        settled, count = self.settled(), len(lines.kinds)
        for row, (kind, code) in enumerate(zip(lines.kinds, lines.codes, strict=True)):
            if settled != self.settled():
                settled = True
                if self._at_once(lines.part(row, count), time):
                    return
            self.heard(self.clock)
            if kind == AS_DOWNLOAD:
                if code in self.printed:
                    continue
                self.printed.add(code)
            self.line(lines.raws[row], time, lines.numbers[row], code)

    def requests(self, run: Run) -> None:
        """Take lines of ``-x`` whose URLs and answers are known; the caller adds the events."""
        self.begin(run.time)
        self._close_message()
        self._last_line = run.lines[-1]
        self._follow(run)

    def known(self, codes: Sequence[int]) -> list[bool]:
        """Which hashes are of lines that are an error of this build, all of it, and no news."""
        return list(map(self._book.repeated.__contains__, codes))

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

    def _at_once(self, lines: Lines, time: float) -> bool:
        """Take all of these lines; False: none was taken, as one may say more or less than the others."""
        loads = [kind == AS_DOWNLOAD for kind in lines.kinds]
        hashed, printed = list(compress(lines.codes, loads)), self.printed
        if len(set(hashed)) < len(hashed) or len(printed) + len(hashed) > MAX_KEPT or not printed.isdisjoint(hashed):
            return False
        if AS_HEAD in lines.kinds and not self.settled():
            return False
        if len(hashed) < len(loads) or self._message.parts or not self.shown():
            names, pending = _names(compress(lines.raws, loads)), self._book.pending
            if names is None or len(pending) + len(names) > MAX_KEPT or not pending.keys().isdisjoint(names):
                return False
            self._close_message()
            failed = self._errors(lines, time) if len(names) < len(loads) else {}
            if names:
                self._started(names, Op.ZIP, time, list(compress(lines.numbers, loads)))
            both = failed.keys() & pending.keys()
            if both:
                started = dict(zip(names, compress(count(), loads), strict=True))
                for named in both:  # its download began among these lines, before or after it failed
                    if started[named] < failed[named]:
                        del pending[named]
        printed.update(hashed)
        self._last_line = max(lines.numbers[-1], self._last_line)
        return True

    def _errors(self, lines: Lines, time: float) -> dict[str, int]:
        """Take those of the lines that are errors; what failed, and which of the lines said so last."""
        kinds, codes, raws, numbers = lines.kinds, lines.codes, lines.raws, lines.numbers
        repeated, pending, last = self._book.repeated, self._book.pending, len(kinds) - 1
        told = {row: repeated[codes[row]] for row, kind in enumerate(kinds) if kind == AS_ERROR and row < last}
        failed = {one.named: row for row, one in told.items()}
        if not self._book.open and pending.keys().isdisjoint(failed):
            told = {}  # all that they say
        for row in [row for row, kind in enumerate(kinds) if (kind == AS_HEAD and row < last) or row in told]:
            if row in told:
                self._over(told[row].url, told[row].named)
                continue
            named = self._tell(Excerpt(head_of(raws[row]), time, numbers[row], codes[row]))
            failed[named] = max(row, failed.get(named, -1))
        if kinds[last] != AS_DOWNLOAD:  # it may go on
            text = repeated[codes[last]].text if kinds[last] == AS_ERROR else head_of(raws[last])
            self._begin_message(text, time, numbers[last], codes[last])
        return failed

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

    def _begin_message(self, text: str, time: float, number: int, code: int = 0) -> None:
        self._message.begin(text, time, number, code)
        self._message_clock = self.clock

    def _close_message(self) -> None:
        if self._message.parts:
            self._tell(self._message.take())
            self._pass()

    def _tell(self, excerpt: Excerpt) -> str:
        """Take a whole message; the name of what failed, as a line of a download has it."""
        told = self._book.told.get(excerpt.text)
        if told is not None:
            self._over(told.url, told.named)
            return told.named
        error = read_error(excerpt.text, self._proxy, self._aliases)
        if error is None:
            return ""
        self._failed(error, excerpt)
        return error.fetch.named


def _names(raws: Iterable[bytes]) -> list[str] | None:
    """What lines of downloads name, None where one may say more than that or one that was named before."""
    text = b"\n".join((b"", *raws)).decode("ascii", "replace").replace("\r\n", "\n").removesuffix("\r")
    if not _PLAIN_DOWNLOADS.fullmatch(text) or "GOPROXY" in text:
        return None
    names = text.split(_NEXT)[1:]
    return names if len(names) < 2 or len(set(names)) == len(names) else None
