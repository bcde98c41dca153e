"""What has happened to the builds of one log so far, and the events that follow from it.

Rules (each holds line by line, so that cutting the log changes nothing before the cut):

- an ``-x`` request is a fetch at its end line; a body that dies after ``200 OK`` is a second, failed fetch;
- ``go: downloading M V`` is a fetch of the zip that counts as ``ok`` ``HOLD_S`` later, or when the build ends, unless
  an error for M@V came first: without ``-x`` the go command prints no line when a download is done;
- no time passes while an error is printed: what it says holds from its first line on;
- a start without an end after ``HUNG_AFTER_S`` gives one sign ``hung``, whether or not the end comes later;
- the end of the build gives one row per upstream that it used, or the one at fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from math import isnan

from predictor.events import Cause, Kind, Op, Outcome
from predictor.formats.go_asked import Asked
from predictor.formats.go_book import HUNG_AFTER_S, MAX_KEPT, NAN, START, Answer, Book, Fault, Fetch, Named, Open, Run
from predictor.formats.go_error import GoError, answer_of
from predictor.formats.go_jobs import End
from predictor.formats.go_message import Excerpt
from predictor.formats.go_printed import Printed
from predictor.formats.go_rows import Rows
from predictor.formats.go_trace import Trace
from predictor.protocols import Source

SILENT_AFTER_S = 300.0  # a download without -x, when the log says nothing more: compilers are silent for minutes too
HOLD_S = 30.0  # a download without -x is taken as good after this time

OWN_HOST = frozenset({Op.NONE, Op.META, Op.VCS, Op.SUMDB})  # fetches whose host is not the module proxy


class Builds:
    """The state of one log; events are added to ``events``."""

    def __init__(self, source: Source, skipped: Counter[str]) -> None:
        self.events = Rows(source)
        self.printed = Printed()
        self.clock = NAN  # newest stamp seen, so that a clock that jumps back does not undo ages
        self.ended = 0  # builds that have ended
        self._passed = NAN  # until when time has passed: not while an error is printed
        self._skipped = skipped
        self._asked = Asked(source.aliases)
        self._book = Book()
        self._proxy = source.upstream  # of lines that name no upstream

    def begin(self, time: float) -> None:
        """Note the stamp of a line, whatever it says: a build begins with the first."""
        if isnan(self._book.first_time):
            self._book.first_time = time

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
            self._good([pending.pop(key)])

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

    def shown(self) -> bool:
        """Whether lines of downloads say nothing new about this build: its trace shows the requests."""
        return self._book.traced and bool(self._proxy) and self._proxy in self._book.upstreams

    def _follow(self, run: Run) -> None:
        if not self._proxy:
            fetches = map(run.fetches.__getitem__, run.asked)
            self._proxy = next((fetch.upstream for fetch in fetches if fetch.op not in OWN_HOST), "")
        self._book.follow(run, self.clock)

    def _traced(self, trace: Trace, time: float, number: int) -> None:
        book = self._book
        book.traced = True
        if trace.kind == "clone":
            book.clones[trace.key] = trace.url
            return
        key = trace.key.encode()
        start = book.open.pop(key, None) if trace.end else None
        fetch = (
            start.fetch
            if start
            else self._asked.repository(book.clones.get(trace.url, trace.url), self._proxy)
            if trace.kind == "vcs"
            else self._asked.fetch(trace.url)
        )
        if fetch.op is Op.NONE:
            if not trace.end:
                self._skipped["request that is no fetch"] += 1
            return
        answers = [answer_of(trace, time - start.time if start else NAN)] if trace.end else []
        self._follow(Run([key], [fetch], answers, [0], [0 if answers else START], [number], time, trace.end))
        for answer in answers:
            self.events.add(fetch, time, number, **answer._asdict())

    def _downloading(self, verb: str, module: str, version: str, time: float, number: int) -> None:
        if version.startswith("("):  # go: downloading go1.23.4 (linux/amd64)
            fetch = Fetch("", Op.TOOLCHAIN, "golang.org/toolchain", module)
        else:
            fetch = Fetch("", Op.INFO if verb == "finding" else Op.ZIP, module, version)
        if verb == "extracting":  # Go 1.11 to 1.13 said so when the zip was there
            done = self._book.pending.pop(fetch[2:], None)
            if done:
                self._good([done], time)
            return
        self._started({fetch[2:]: Open(fetch, time, self.clock, number)})

    def _started(self, entries: Mapping[Named, Open]) -> None:
        """Note downloads without ``-x`` with the same stamp."""
        book = self._book
        *_, last = entries.values()
        book.downloading(last)
        book.use(self._proxy)
        for named, entry in entries.items() if not book.traced else ():
            finding = book.pending.pop(named, None)
            if finding is not None and finding.fetch.op is not entry.fetch.op:
                self._good([finding], entry.time)
            book.pending[named] = entry
            if len(book.pending) > MAX_KEPT:
                self._settle(self.clock)

    def _good(self, entries: Iterable[Open], end: float = NAN) -> None:
        """Count downloads without ``-x`` as good, each at the latest ``HOLD_S`` after its start."""
        proxy, add = self._proxy, self.events.add
        for (_, op, module, version), start, _, line, _ in entries:
            add(Fetch(proxy, op, module, version), start + HOLD_S if isnan(end) else min(start + HOLD_S, end), line)

    def _over(self, url: str, named: Named) -> Open | None:
        """A fetch has failed: it is open no more. How it began, if a trace said so."""
        self._book.pending.pop(named, None)
        return self._book.open.pop(url.encode(), None)

    def _failed(self, error: GoError, excerpt: Excerpt) -> None:
        """Take an error that the go command printed."""
        fetch, book = error.fetch, self._book
        if not self._proxy and error.url and fetch.op not in OWN_HOST:
            self._proxy = fetch.upstream
        start = self._over(error.url, fetch[2:])
        book.named(Fault(fetch.upstream, error.outcome, error.cause))
        no_fetch = error.outcome is Outcome.USER_ERROR and not error.url  # a build that is wrong in itself
        if not no_fetch and book.first(error.url, error.outcome, (error.cause, *fetch)):
            book.use(fetch.upstream)
            latency = excerpt.time - start.time if start else NAN
            answer = Answer(0, latency, error.outcome, error.cause, error.template)
            self.events.add(fetch, excerpt.time, excerpt.line, **answer._asdict())
        if fetch.upstream and len(book.counted) < MAX_KEPT:
            book.told[excerpt.text] = error.url, fetch[2:]

    def _end(self, end: End | None, time: float, number: int) -> None:
        """Close the build: what is pending is settled, each upstream gets its row, a new build begins."""
        book = self._book
        silent = book.silent_download(number) if end is End.KILLED or book.killed_inside else None
        self._good((entry for entry in book.pending.values() if entry is not silent), time if end else NAN)
        if book.commanded and self._proxy and not book.upstreams:
            book.use(self._proxy)
        book.upstreams = {upstream or self._proxy: None for upstream in book.upstreams}
        for upstream, outcome, cause in book.verdicts(end, self.clock, number, self._proxy):
            fetch = Fetch(upstream or self._proxy, Op.NONE, "", "")
            moment = self.clock if outcome is Outcome.HUNG and not end else time  # it is hung only now
            age = moment - book.first_time
            self.events.add(fetch, moment, number, kind=Kind.JOB, outcome=outcome, cause=cause, latency_s=age)
        self._book = Book()
        self.printed.clear()
        self.ended += 1

    def _sign(self, entry: Open, age_s: float) -> None:
        fetch = entry.fetch._replace(upstream=entry.fetch.upstream or self._proxy)
        self.events.add(
            fetch, entry.time + age_s, entry.line, kind=Kind.SIGN, outcome=Outcome.HUNG, cause=Cause.PROXY_HANG
        )
