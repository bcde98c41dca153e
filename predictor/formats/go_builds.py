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
from collections.abc import Sequence
from math import isnan

from predictor.events import Cause, Kind, Op, Outcome
from predictor.formats.go_asked import Asked
from predictor.formats.go_book import HUNG_AFTER_S, MAX_KEPT, NAN, START, Book, Fetch, Open, Run, Told
from predictor.formats.go_error import GoError, answer_of
from predictor.formats.go_jobs import End
from predictor.formats.go_message import Excerpt
from predictor.formats.go_pending import Download
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
        for named in self._book.pending.due(clock, HOLD_S, MAX_KEPT):
            self._good(self._book.pending.take(named))

    def heard(self, clock: float) -> None:
        """Note that the log went on at the stamp ``clock``, with whatever line: silence after a download ends."""
        book = self._book
        last = book.last_download
        if last is None or book.heard or book.traced:
            return
        book.quiet_s = max(0.0, clock - last.clock)
        book.heard = True
        if book.quiet_s >= SILENT_AFTER_S:
            book.pending.pop(last.fetch.named, None)
            self._sign(last, SILENT_AFTER_S)

    def shown(self) -> bool:
        """Whether lines of downloads say nothing new about this build: its trace shows the requests."""
        return self._book.traced and self.settled()

    def settled(self) -> bool:
        """Whether this build is known to use the proxy of lines that name none."""
        return bool(self._proxy) and self._proxy in self._book.upstreams

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
        op = Op.INFO if verb == "finding" else Op.ZIP
        if version.startswith("("):  # go: downloading go1.23.4 (linux/amd64)
            op, module, version = Op.TOOLCHAIN, "golang.org/toolchain", module
        named = f"{module} {version}"
        if verb == "extracting":  # Go 1.11 to 1.13 said so when the zip was there
            self._good(self._book.pending.take(named), time)
        else:
            self._started([named], op, time, [number])

    def _started(self, names: Sequence[str], op: Op, time: float, lines: Sequence[int]) -> None:
        """Note downloads without ``-x`` with the same stamp."""
        book, pending = self._book, self._book.pending
        module, _, version = names[-1].partition(" ")
        book.downloading(Open(Fetch("", op, module, version), time, self.clock, lines[-1]))
        book.use(self._proxy)
        if book.traced:
            return
        if len(pending) + len(names) <= MAX_KEPT and pending.keys().isdisjoint(names):
            pending.start(names, op, time, self.clock, lines)
            return
        for named, line in zip(names, lines, strict=True):
            finding = pending.take(named)
            if finding is not None and finding.op is not op:
                self._good(finding, time)
            pending.start([named], op, time, self.clock, [line])
            if len(pending) > MAX_KEPT:
                self._settle(self.clock)

    def _good(self, download: Download | None, end: float = NAN) -> None:
        """Count a download without ``-x``, if there is one, as good, at the latest ``HOLD_S`` after its start."""
        if download is not None:
            done = download.time + HOLD_S
            fetch = Fetch(self._proxy, *download.asked)
            self.events.add(fetch, done if isnan(end) else min(done, end), download.line)

    def _all_good(self, end: float) -> None:
        """Count all that is pending as good: a build may have downloaded thousands."""
        names, ops, starts, lines = self._book.pending.everything()
        if names:
            words = " ".join(names).split(" ")  # modules and versions
            times = starts + HOLD_S
            times[times > end] = end
            self.events.add_good(self._proxy, (ops, words[::2], words[1::2]), times, lines)

    def _over(self, url: bytes, named: str) -> Open | None:
        """A fetch has failed: it is open no more. How it began, if a trace said so."""
        self._book.pending.pop(named, None)
        return self._book.open.pop(url, None)

    def _failed(self, error: GoError, excerpt: Excerpt) -> None:
        """Take an error that the go command printed."""
        fetch, book = error.fetch, self._book
        if not self._proxy and error.url and fetch.op not in OWN_HOST:
            self._proxy = fetch.upstream
        over = error.url.encode(), fetch.named
        start = self._over(*over)
        book.named(fetch.upstream, error.outcome, error.cause)
        no_fetch = error.outcome is Outcome.USER_ERROR and not error.url  # a build that is wrong in itself
        if not no_fetch and book.first(error.url, error.outcome, (error.cause, *fetch)):
            book.use(fetch.upstream)
            latency = excerpt.time - start.time if start else NAN
            self.events.add(
                fetch,
                excerpt.time,
                excerpt.line,
                outcome=error.outcome,
                cause=error.cause,
                latency_s=latency,
                template=error.template,
            )
        if fetch.upstream and len(book.counted) < MAX_KEPT:
            book.told[excerpt.text] = told = Told(excerpt.text, *over)
            if excerpt.code:
                book.repeated[excerpt.code] = told

    def _end(self, end: End | None, time: float, number: int) -> None:
        """Close the build: what is pending is settled, each upstream gets its row, a new build begins."""
        book = self._book
        silent = book.silent_download(number) if end is End.KILLED or book.killed_inside else None
        if silent is not None:
            book.pending.pop(silent.fetch.named, None)
        self._all_good(time if end else NAN)
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
