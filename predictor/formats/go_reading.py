"""Reads the lines of the go command's output that matter and keeps the book of the build.

Rules (each holds line by line, so that cutting the log changes nothing before the cut):

- an ``-x`` request is a fetch at its end line; a body that dies after ``200 OK`` is a second, failed fetch;
- ``go: downloading M V`` is a fetch of the zip that counts as ``ok`` ``HOLD_S`` later, or when the build ends, unless
  an error for M@V came first: without ``-x`` the go command prints no line when a download is done;
- a start without an end after ``HUNG_AFTER_S`` gives one sign ``hung``, whether or not the end comes later;
- the end of the build gives one row per upstream that it used, or the one at fault.
"""

from __future__ import annotations

import re
from collections import Counter
from math import isnan

from predictor.events import Cause, Kind, Op, Outcome
from predictor.formats.go_book import HUNG_AFTER_S, MAX_KEPT, NAN, Book, Fault, Fetch, Open
from predictor.formats.go_error import cause_of, diagnosed, of_status, read_error
from predictor.formats.go_jobs import End, command_of, end_of_job, failed_inside, goproxy_of, killed_inside
from predictor.formats.go_message import Gatherer, begins
from predictor.formats.go_rows import Rows
from predictor.formats.go_trace import Trace, parse_trace
from predictor.formats.go_unwrap import unwrap
from predictor.formats.go_urls import asked_of
from predictor.formats.urls import split_url
from predictor.protocols import Source

SILENT_AFTER_S = 300.0  # a download without -x, when the log says nothing more: compilers are silent for minutes too
HOLD_S = 30.0  # a download without -x is taken as good after this time

OWN_HOST = frozenset({Op.NONE, Op.META, Op.VCS, Op.SUMDB})  # fetches whose host is not the module proxy
_PLAIN_DOWNLOAD = re.compile(r"go: (downloading) ([^\s\"]+) (v\d[^\s\"]*)")  # nearly all of them
_DOWNLOAD = re.compile(r"(?:^|[\s|>])go: (downloading|finding|extracting) (\S+) (v\d\S*|\(\S+/\S+\))")


class GoReader:
    """The state of reading one log; events are added to ``events``."""

    def __init__(self, source: Source, skipped: Counter[str]) -> None:
        self.events = Rows(source)
        self.clock = NAN  # newest stamp seen, so that a clock that jumps back does not undo ages
        self._source = source
        self._skipped = skipped
        self._book = Book()
        self._message = Gatherer()
        self._proxy = source.upstream  # of lines that name no upstream
        self._last_line = 0

    # --- lines ---------------------------------------------------------------------------------

    def knows(self, raw: bytes) -> bool:
        """Whether this line is a download that the build has already printed: a terminal's display repeats lines."""
        return raw in self._book.printed

    def line(self, raw: bytes, time: float, number: int) -> None:
        """Take one line that may matter; ``time`` is its stamp, NaN where it has none."""
        text = raw.decode("utf-8", "replace").rstrip("\r")
        self._last_line = number
        self.begin(time)
        if raw.startswith(b"go: downloading "):
            if len(self._book.printed) < MAX_KEPT:
                self._book.printed.add(raw)
            plain = _PLAIN_DOWNLOAD.fullmatch(text)
            if plain and "GOPROXY" not in text:  # it says nothing else, so that all other questions are spared
                self._close_message()
                self._downloading(plain, time, number)
                return
        if text.startswith("# get "):
            self._fresh(text, time, number)
            return
        inner = unwrap(text) if '"' in text else None
        if inner is None:
            self._read(text, time, number)
            return
        for part in inner[0].splitlines():
            self._read(part, inner[1] if isnan(time) else time, number)

    def _read(self, text: str, time: float, number: int) -> None:
        if text.startswith("#") or not self._message.extend(text, number):
            self._fresh(text, time, number)

    def _fresh(self, text: str, time: float, number: int) -> None:
        """Read a line that continues no message."""
        trace = parse_trace(text)
        if trace is not None:
            self._close_message()
            self._traced(trace, time, number)
            return
        self._environment(text)
        download = _DOWNLOAD.search(text)
        end = None if download else end_of_job(text)
        if download:
            self._close_message()
            self._downloading(download, time, number)
        elif end is not None:
            self._close_message()
            self._end(end, time, number)
        elif begins(text):
            self._close_message()
            self._message.begin(text, time, number)
        self._book.failed_inside |= failed_inside(text)
        self._book.killed_inside |= killed_inside(text)

    def _environment(self, text: str) -> None:
        """Note the proxy that the build is told to use, and that it runs the go command."""
        url = goproxy_of(text)
        if url and not self._proxy:
            host = split_url(url)[0]
            self._proxy = self._source.aliases.get(host, host)
        runs, only_fetches = command_of(text)
        if runs:
            self._book.commanded, self._book.only_fetches = True, only_fetches

    def begin(self, time: float) -> None:
        """Note the stamp of a line, whatever it says: a build begins with the first."""
        if isnan(self._book.first_time):
            self._book.first_time = time

    def tick(self, clock: float) -> None:
        """Let time pass until the stamp ``clock``: downloads become good, requests become hung."""
        if isnan(clock) or clock <= self.clock:
            return
        self.clock = clock
        self._settle(clock)
        for entry in self._book.open.values():  # oldest first
            if entry.told or isnan(entry.clock):
                continue
            if clock - entry.clock < HUNG_AFTER_S:
                break
            entry.told = True
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
        last = self._book.last_download
        if last is None or last.told or self._book.traced:
            return
        last.quiet_s = max(last.quiet_s, clock - last.clock)
        last.told = True
        if last.quiet_s >= SILENT_AFTER_S:
            self._book.pending.pop(last.fetch[2:], None)
            self._sign(last, SILENT_AFTER_S)

    def finish(self, now: float) -> None:
        """The log ends here; ``now`` (UTC seconds, NaN: unknown) is when that was seen."""
        self._close_message()
        last = self.clock
        self.heard(now)
        self.tick(now)
        self._end(None, last, self._last_line)

    # --- requests ------------------------------------------------------------------------------

    def _fetch(self, url: str) -> Fetch:
        host, _ = split_url(url)
        asked = asked_of(url)
        upstream = self._source.aliases.get(host, host)
        if asked is None:
            return Fetch(upstream, Op.NONE, "", "")
        if not self._proxy and asked.op not in OWN_HOST:
            self._proxy = upstream
        module = f"{host}/{asked.module}".strip("/") if asked.op is Op.META else asked.module
        return Fetch(upstream, asked.op, module, asked.version)

    def _vcs(self, url: str) -> Fetch:
        host, path = split_url(self._book.clones.get(url, url))
        if not host:
            return Fetch(self._proxy, Op.VCS, "", "")
        return Fetch(self._source.aliases.get(host, host), Op.VCS, f"{host}{path}".removesuffix(".git"), "")

    def _traced(self, trace: Trace, time: float, number: int) -> None:
        self._book.traced = True
        if trace.kind == "clone":
            self._book.clones[trace.key] = trace.url
            return
        if trace.end:
            start = self._book.open.pop(trace.key, None)
            fetch = start.fetch if start else self._asked(trace)
            if fetch.op is not Op.NONE:
                self._ended(trace, fetch, start.time if start else NAN, time, number)
            return
        fetch = self._asked(trace)
        if fetch.op is Op.NONE:
            self._skipped["request that is no fetch"] += 1
            return
        self._book.use(fetch.upstream)
        self._book.pending.pop(fetch[2:], None)
        self._book.open.pop(trace.key, None)
        self._book.open[trace.key] = Open(fetch, time, self.clock, number)
        if len(self._book.open) > MAX_KEPT:
            del self._book.open[next(iter(self._book.open))]

    def _asked(self, trace: Trace) -> Fetch:
        return self._vcs(trace.url) if trace.kind == "vcs" else self._fetch(trace.url)

    def _ended(self, trace: Trace, fetch: Fetch, began: float, time: float, number: int) -> None:
        outcome, cause, latency = Outcome.OK, Cause.NONE, trace.seconds
        if trace.status:
            outcome, cause = of_status(trace.status)
        elif trace.error:
            outcome, cause, latency = Outcome.FAILED, cause_of(diagnosed(f"go: {trace.error}")), time - began
        self._book.use(fetch.upstream)
        self._book.answered(fetch, outcome, cause)
        if outcome is not Outcome.OK:
            self._book.counted.add((trace.url, outcome))
        self.events.add(fetch, time, number, outcome=outcome, cause=cause, status=trace.status, latency_s=latency)

    def _downloading(self, match: re.Match[str], time: float, number: int) -> None:
        verb, module, version = match.groups()
        if version.startswith("("):  # go: downloading go1.23.4 (linux/amd64)
            fetch = Fetch("", Op.TOOLCHAIN, "golang.org/toolchain", module)
        else:
            fetch = Fetch("", Op.INFO if verb == "finding" else Op.ZIP, module, version)
        if verb == "extracting":  # Go 1.11 to 1.13 said so when the zip was there
            done = self._book.pending.pop(fetch[2:], None)
            if done:
                self._good(done, time)
            return
        entry = Open(fetch, time, self.clock, number)
        self._book.last_download = entry
        self._book.use(self._proxy)
        if not self._book.traced:
            finding = self._book.pending.pop(fetch[2:], None)
            if finding and finding.fetch.op is not fetch.op:
                self._good(finding, time)
            self._book.pending[fetch[2:]] = entry
            if len(self._book.pending) > MAX_KEPT:
                self._settle(self.clock)

    def _good(self, entry: Open, end: float = NAN) -> None:
        """Count a download without ``-x`` as good, at the latest ``HOLD_S`` after its start."""
        time = min(entry.time + HOLD_S, end) if not isnan(end) else entry.time + HOLD_S
        _, op, module, version = entry.fetch
        self.events.add(Fetch(self._proxy, op, module, version), time, entry.line)

    # --- errors and ends -----------------------------------------------------------------------

    def _close_message(self) -> None:
        excerpt = self._message.take()
        error = read_error(excerpt.text, self._proxy, self._source.aliases) if excerpt else None
        if excerpt is None or error is None:
            return
        fetch = error.fetch
        if not self._proxy and error.url and fetch.op not in OWN_HOST:
            self._proxy = fetch.upstream
        start = self._book.open.pop(error.url, None)
        self._book.pending.pop(fetch[2:], None)
        self._book.faults.append(Fault(fetch.upstream, error.outcome, error.cause))
        if error.outcome is Outcome.USER_ERROR and not error.url:
            return  # a build that is wrong in itself: no fetch
        keys = {(error.url, error.outcome), (error.cause, *fetch)} if error.url else {(error.cause, *fetch)}
        if keys & self._book.counted:
            return
        if len(self._book.counted) < MAX_KEPT:
            self._book.counted |= keys
        self._book.use(fetch.upstream)
        latency = excerpt.time - start.time if start else NAN
        outcome, cause = error.outcome, error.cause
        self.events.add(fetch, excerpt.time, excerpt.line, outcome=outcome, cause=cause, latency_s=latency)

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

    def _sign(self, entry: Open, age_s: float) -> None:
        fetch = entry.fetch._replace(upstream=entry.fetch.upstream or self._proxy)
        self.events.add(
            fetch, entry.time + age_s, entry.line, kind=Kind.SIGN, outcome=Outcome.HUNG, cause=Cause.PROXY_HANG
        )
