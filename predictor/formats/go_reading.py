"""Reads the lines of the go command's output that matter and keeps the book of the build.

Rules (each holds line by line, so that cutting the log changes nothing before the cut):

- an ``-x`` request is a fetch at its end line; a body that dies after ``200 OK`` is a second, failed fetch;
- ``go: downloading M V`` is a fetch of the zip that counts as ``ok`` ``HOLD_S`` later, or when the build ends, unless
  an error for M@V came first: without ``-x`` the go command prints no line when a download is done;
- no time passes while an error is printed: what it says holds from its first line on;
- a start without an end after ``HUNG_AFTER_S`` gives one sign ``hung``, whether or not the end comes later;
- the end of the build gives one row per upstream that it used, or the one at fault.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from math import isnan

from predictor.events import Cause, Kind, Op, Outcome
from predictor.formats.go_book import HUNG_AFTER_S, MAX_KEPT, NAN, Answer, Book, Fault, Fetch, Open, Run
from predictor.formats.go_error import GoError, cause_of, diagnosed, of_status, read_error, template_of
from predictor.formats.go_jobs import End
from predictor.formats.go_line import said
from predictor.formats.go_message import Excerpt, Gatherer
from predictor.formats.go_requests import RequestReader
from predictor.formats.go_rows import Rows
from predictor.formats.go_scan import DOWNLOAD, REQUEST
from predictor.formats.go_trace import Trace
from predictor.formats.go_unwrap import unwrap
from predictor.formats.go_urls import asked_of
from predictor.formats.urls import split_url
from predictor.protocols import Source

SILENT_AFTER_S = 300.0  # a download without -x, when the log says nothing more: compilers are silent for minutes too
PAUSE_S = 60.0  # between two lines of one error: stamps may be as coarse as a minute
HOLD_S = 30.0  # a download without -x is taken as good after this time

OWN_HOST = frozenset({Op.NONE, Op.META, Op.VCS, Op.SUMDB})  # fetches whose host is not the module proxy
_PLAIN_DOWNLOAD = re.compile(rb"go: downloading ([!#-~]+) (v\d[!#-~]*)\r?")  # nearly all of them


class GoReader:
    """The state of reading one log; events are added to ``events``."""

    def __init__(self, source: Source, skipped: Counter[str]) -> None:
        self.events = Rows(source)
        self.table = RequestReader(self._fetch)
        self.clock = NAN  # newest stamp seen, so that a clock that jumps back does not undo ages
        self._passed = NAN  # until when time has passed: not while an error is printed
        self.ended = 0  # builds that have ended
        self._source = source
        self._skipped = skipped
        self._book = Book()
        self._message = Gatherer()
        self._proxy = source.upstream  # of lines that name no upstream
        self._message_clock = NAN  # newest stamp at the last line of the message
        self._last_line = 0

    # --- lines ---------------------------------------------------------------------------------

    def printed(self) -> set[bytes]:
        """The lines of downloads that the build has printed, to be added to: a terminal's display repeats them."""
        return self._book.printed

    def line(self, raw: bytes, time: float, number: int) -> None:
        """Take one line that may matter; ``time`` is its stamp, NaN where it has none."""
        self._last_line = number
        self.begin(time)
        if raw.startswith(DOWNLOAD):
            if len(self._book.printed) < MAX_KEPT:
                self._book.printed.add(raw)
            plain = _PLAIN_DOWNLOAD.fullmatch(raw)
            if plain and b"GOPROXY" not in raw:  # it says nothing else, so that all other questions are spared
                self._close_message()
                module, version = plain.groups()
                self._downloading("downloading", module.decode(), version.decode(), time, number)
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

    def shown(self) -> bool:
        """Whether lines of downloads say nothing new about this build: its trace shows the requests."""
        return self._book.traced and bool(self._proxy) and self._proxy in self._book.upstreams

    def downloads(self, raws: Sequence[bytes], time: float, numbers: Sequence[int]) -> None:
        """Take lines of downloads with the same stamp of a build whose trace is :meth:`shown`."""
        self.begin(time)
        printed = self._book.printed
        new = set(raws) - printed  # mostly none
        full = self._message.parts or len(printed) + len(new) > MAX_KEPT
        for raw, number in zip(raws, numbers, strict=True) if new else ():
            if raw in printed:
                continue
            if full:
                self.line(raw, time, number)
            else:
                printed.add(raw)
                self._last_line = max(number, self._last_line)

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
            self._proxy = self._upstream(line.proxy)
        if line.runs:
            self._book.commanded, self._book.only_fetches = True, line.only_fetches
        if line.download or line.end or line.begins:
            self._close_message()
        if line.download:
            self._downloading(*line.download, time, number)
        elif line.end:
            self._end(line.end, time, number)
        elif line.begins:
            self._message.begin(text, time, number)
            self._message_clock = self.clock
        self._book.failed_inside |= line.failed
        self._book.killed_inside |= line.killed

    def begin(self, time: float) -> None:
        """Note the stamp of a line, whatever it says: a build begins with the first."""
        if isnan(self._book.first_time):
            self._book.first_time = time

    def tick(self, clock: float) -> None:
        """Let time pass until the stamp ``clock``: downloads become good, requests become hung."""
        if isnan(clock) or clock <= self.clock:
            return
        self.clock = clock
        if self._message.parts and clock - self._message_clock <= PAUSE_S:
            return  # time passes when the message is closed
        self._close_message()
        self._pass()

    def _pass(self) -> None:
        clock = self.clock
        if isnan(clock) or clock == self._passed:
            return
        self._passed = clock
        self._settle(clock)
        for key, entry in self._book.open.items():  # oldest first
            if entry.told or isnan(entry.clock):
                continue
            if clock - entry.clock < HUNG_AFTER_S:
                break
            self._book.open[key] = entry._replace(told=True)
            self._sign(entry, HUNG_AFTER_S)

    def _settle(self, clock: float) -> None:
        pending = self._book.pending
        while pending:
            key, entry = next(iter(pending.items()))  # the oldest
            if clock - entry.clock < HOLD_S and len(pending) <= MAX_KEPT:
                break
            self._good(pending.pop(key))

    def heard(self, clock: float) -> None:
        """Note that the log went on at the stamp ``clock``, with whatever line: silence after a download ends."""
        book = self._book
        last = book.last_download
        if last is None or book.heard or book.traced:
            return
        book.quiet_s = max(0.0, clock - last.clock)
        book.heard = True
        if book.quiet_s >= SILENT_AFTER_S:
            book.pending.pop(last.fetch[2:], None)
            self._sign(last, SILENT_AFTER_S)

    def finish(self, now: float) -> None:
        """The log ends here; ``now`` (UTC seconds, NaN: unknown) is when that was seen."""
        self._close_message()
        last = self.clock
        self.heard(now)
        self.tick(now)
        self._end(None, last, self._last_line)

    # --- requests ------------------------------------------------------------------------------

    def requests(self, run: Run) -> None:
        """Take lines of ``-x`` whose URLs and answers are known; the caller adds the events."""
        self.begin(run.time)
        self._close_message()
        self._last_line = run.lines[-1]
        self._asked_of(run.fetches)
        self._book.follow(run, self.clock)

    def _upstream(self, url: str) -> str:
        host, _ = split_url(url)
        return self._source.aliases.get(host, host)

    def _fetch(self, url: str) -> Fetch:
        """What a URL asks for; the same each time that it is asked."""
        asked, upstream = asked_of(url), self._upstream(url)
        if asked is None:
            return Fetch(upstream, Op.NONE, "", "")
        module = f"{split_url(url)[0]}/{asked.module}".strip("/") if asked.op is Op.META else asked.module
        return Fetch(upstream, asked.op, module, asked.version)

    def _vcs(self, url: str) -> Fetch:
        host, path = split_url(self._book.clones.get(url, url))
        if not host:
            return Fetch(self._proxy, Op.VCS, "", "")
        return Fetch(self._source.aliases.get(host, host), Op.VCS, f"{host}{path}".removesuffix(".git"), "")

    def _asked_of(self, fetches: Sequence[Fetch]) -> None:
        """Note whom the build asks."""
        for upstream in dict.fromkeys([fetch.upstream for fetch in fetches]):
            self._book.use(upstream)
        if not self._proxy:
            self._proxy = next((fetch.upstream for fetch in fetches if fetch.op not in OWN_HOST), "")

    def _traced(self, trace: Trace, time: float, number: int) -> None:
        book = self._book
        book.traced = True
        if trace.kind == "clone":
            book.clones[trace.key] = trace.url
            return
        key = trace.key.encode()
        start = book.open.pop(key, None) if trace.end else None
        fetch = start.fetch if start else self._vcs(trace.url) if trace.kind == "vcs" else self._fetch(trace.url)
        if fetch.op is Op.NONE:
            if not trace.end:
                self._skipped["request that is no fetch"] += 1
            return
        self._asked_of([fetch])
        answer = self._answer(trace, time - start.time if start else NAN) if trace.end else None
        book.follow(Run([key], [fetch], [answer], [number], time, trace.end), self.clock)
        if answer is not None:
            self.events.add(fetch, time, number, **answer._asdict())

    def _answer(self, trace: Trace, age_s: float) -> Answer:
        """How a request ended that began ``age_s`` ago."""
        if trace.status:
            return Answer(trace.status, trace.seconds, *of_status(trace.status))
        if trace.error:
            text = f"go: {trace.error}"
            found = diagnosed(text)
            return Answer(0, age_s, Outcome.FAILED, cause_of(found), template_of(found, text))
        return Answer(0, trace.seconds, Outcome.OK, Cause.NONE)

    def _downloading(self, verb: str, module: str, version: str, time: float, number: int) -> None:
        if version.startswith("("):  # go: downloading go1.23.4 (linux/amd64)
            fetch = Fetch("", Op.TOOLCHAIN, "golang.org/toolchain", module)
        else:
            fetch = Fetch("", Op.INFO if verb == "finding" else Op.ZIP, module, version)
        if verb == "extracting":  # Go 1.11 to 1.13 said so when the zip was there
            done = self._book.pending.pop(fetch[2:], None)
            if done:
                self._good(done, time)
            return
        entry, book = Open(fetch, time, self.clock, number), self._book
        book.downloading(entry)
        book.use(self._proxy)
        if not book.traced:
            finding = book.pending.pop(fetch[2:], None)
            if finding and finding.fetch.op is not fetch.op:
                self._good(finding, time)
            book.pending[fetch[2:]] = entry
            if len(book.pending) > MAX_KEPT:
                self._settle(self.clock)

    def _good(self, entry: Open, end: float = NAN) -> None:
        """Count a download without ``-x`` as good, at the latest ``HOLD_S`` after its start."""
        time = min(entry.time + HOLD_S, end) if not isnan(end) else entry.time + HOLD_S
        _, op, module, version = entry.fetch
        self.events.add(Fetch(self._proxy, op, module, version), time, entry.line)

    # --- errors and ends -----------------------------------------------------------------------

    def _close_message(self) -> None:
        excerpt = self._message.take() if self._message.parts else None
        if excerpt is None:
            return
        error = read_error(excerpt.text, self._proxy, self._source.aliases)
        if error is not None:
            self._failed(error, excerpt)
        self._pass()

    def _failed(self, error: GoError, excerpt: Excerpt) -> None:
        """Take an error that the go command printed."""
        fetch = error.fetch
        if not self._proxy and error.url and fetch.op not in OWN_HOST:
            self._proxy = fetch.upstream
        start = self._book.open.pop(error.url.encode(), None)
        self._book.pending.pop(fetch[2:], None)
        self._book.named(Fault(fetch.upstream, error.outcome, error.cause))
        if error.outcome is Outcome.USER_ERROR and not error.url:
            return  # a build that is wrong in itself: no fetch
        keys = {(error.url, error.outcome), (error.cause, *fetch)} if error.url else {(error.cause, *fetch)}
        if keys & self._book.counted:
            return
        if len(self._book.counted) < MAX_KEPT:
            self._book.counted |= keys
        self._book.use(fetch.upstream)
        latency = excerpt.time - start.time if start else NAN
        answer = Answer(0, latency, error.outcome, error.cause, error.template)
        self.events.add(fetch, excerpt.time, excerpt.line, **answer._asdict())

    def _end(self, end: End | None, time: float, number: int) -> None:
        """Close the build: what is pending is settled, each upstream gets its row, a new build begins."""
        book = self._book
        silent = book.silent_download(number) if end is End.KILLED or book.killed_inside else None
        for entry in book.pending.values():
            if entry is not silent:
                self._good(entry, time if end else NAN)
        if book.commanded and self._proxy and not book.upstreams:
            book.use(self._proxy)
        book.upstreams = {upstream or self._proxy: None for upstream in book.upstreams}
        for upstream, outcome, cause in book.verdicts(end, self.clock, number, self._proxy):
            fetch = Fetch(upstream or self._proxy, Op.NONE, "", "")
            moment = self.clock if outcome is Outcome.HUNG and not end else time  # it is hung only now
            age = moment - book.first_time
            self.events.add(fetch, moment, number, kind=Kind.JOB, outcome=outcome, cause=cause, latency_s=age)
        self._book = Book()
        self.ended += 1

    def _sign(self, entry: Open, age_s: float) -> None:
        fetch = entry.fetch._replace(upstream=entry.fetch.upstream or self._proxy)
        self.events.add(
            fetch, entry.time + age_s, entry.line, kind=Kind.SIGN, outcome=Outcome.HUNG, cause=Cause.PROXY_HANG
        )
