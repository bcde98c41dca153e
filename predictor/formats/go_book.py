"""What one build has done so far: which fetches are open, which upstreams it used, what went wrong.

Kept apart from the reading of lines, so that the rules about outcomes stand in one place. Nothing here looks ahead: an
event at time t never depends on a line that is stamped after t.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from predictor.events import Cause, Op, Outcome
from predictor.formats.go_jobs import End
from predictor.formats.go_pending import Pending

NAN = float("nan")
HUNG_AFTER_S = 60.0  # an open request is called hung at this age
MAX_KEPT = 20_000  # open fetches, and failures and lines remembered, of one build: more is no build of our time
BROKEN = (Outcome.FAILED, Outcome.HUNG)  # outcomes that are the fault of infrastructure
START = -1  # number of no answer
SHELL_LINES = 4  # between the last download and the words that the build was killed


class Fetch(NamedTuple):
    """What one fetch asks for, and of whom."""

    upstream: str
    op: Op
    module: str
    version: str

    @property
    def named(self) -> str:
        """What a line of a download calls it."""
        return f"{self.module} {self.version}"


class Open(NamedTuple):
    """A fetch whose start was seen."""

    fetch: Fetch
    time: float  # stamp of the start
    clock: float  # newest stamp of the log at the start: never runs backwards
    line: int
    told: bool = False  # it was already said to be hung


class Answer(NamedTuple):
    """How a traced request ended."""

    status: int
    latency_s: float
    outcome: Outcome
    cause: Cause
    template: str = ""  # shape of an error that no family knows


#: how a line is read, all but the first in runs: AS_ERROR is an error that is no news, AS_HEAD begins one and no more
AS_ALONE, AS_REQUEST, AS_DOWNLOAD, AS_ERROR, AS_HEAD = range(5)


class Lines(NamedTuple):
    """Lines that are no plain requests, as columns."""

    indexes: list[int]  # among all lines of the block
    numbers: list[int]  # in the source
    kinds: list[int]
    codes: list[int]  # hashes
    raws: list[bytes]

    def part(self, begin: int, end: int) -> Lines:
        """The lines between two."""
        indexes, numbers, kinds, codes, raws = self
        run = slice(begin, end)
        return Lines(indexes[run], numbers[run], kinds[run], codes[run], raws[run])


class Run(NamedTuple):
    """Lines of a trace that have the same stamp ``time``, as numbers of what they say."""

    keys: Sequence[bytes]  # URLs or commands, by number
    fetches: Sequence[Fetch]  # what they ask for, by number
    answers: Sequence[Answer]  # by number
    asked: Sequence[int]  # of each line the number of its URL or command
    said: Sequence[int]  # ... and of its answer, START where it has none
    lines: Sequence[int]
    time: float
    troubled: bool  # some answer is not good


class Fault(NamedTuple):
    """Why a build failed."""

    upstream: str
    outcome: Outcome
    cause: Cause


class Told(NamedTuple):
    """A message of an error that has its event."""

    text: str
    url: bytes
    named: str  # what failed, as a line of a download calls it


Verdict = tuple[str, Outcome, Cause]  # an upstream and what the build says about it


@dataclass(slots=True)
class Book:
    """The state of one build."""

    first_time: float = NAN
    traced: bool = False  # -x is on: requests tell their own ends
    upstreams: dict[str, None] = field(default_factory=dict)  # in order of first use
    open: dict[bytes, Open] = field(default_factory=dict)  # by URL or command
    pending: Pending = field(default_factory=Pending)  # downloads without -x
    hidden: dict[tuple[Op, str, str], Fault] = field(default_factory=dict)  # failed in the trace, not answered since
    counted: set[tuple[object, ...]] = field(default_factory=set)  # failures that have their event
    told: dict[str, Told] = field(default_factory=dict)  # messages that are no news
    repeated: dict[int, Told] = field(default_factory=dict)  # ... of one line, by its hash
    faults: list[Fault] = field(default_factory=list)  # what the go command named first, of all and of infrastructure
    clones: dict[str, str] = field(default_factory=dict)  # folder -> URL of the repository
    last_download: Open | None = None
    heard: bool = True  # the log went on after it
    quiet_s: float = 0.0  # ... after this time
    commanded: bool = False  # a go command that may fetch was run, though it may have printed nothing
    only_fetches: bool = False  # ... the newest of them does nothing but fetch
    failed_inside: bool = False
    killed_inside: bool = False

    def use(self, upstream: str) -> None:
        """Note that the build depends on ``upstream``."""
        self.upstreams.setdefault(upstream)

    def downloading(self, entry: Open) -> None:
        """Note a download without ``-x``, after which nothing was heard yet."""
        self.last_download, self.heard, self.quiet_s = entry, False, 0.0

    def follow(self, run: Run, clock: float) -> None:
        """Note traced requests; ``clock`` is the newest stamp of the log."""
        self.traced = True
        newest = dict(zip(run.asked, range(len(run.asked)), strict=True))  # row of each request's newest line
        for number in newest:
            self.upstreams.setdefault(run.fetches[number].upstream)
        rows: Iterable[int] = range(len(run.asked))
        if len(newest) < len(run.asked) and len(self.open) + len(newest) <= MAX_KEPT:
            rows = sorted(newest.values())  # else the oldest must be forgotten at the same line however a log is cut
        keys, asked, said, opened = run.keys, run.asked, run.said, self.open
        for row in rows:
            number = asked[row]
            key = keys[number]
            opened.pop(key, None)
            if said[row] == START:
                opened[key] = Open(run.fetches[number], run.time, clock, run.lines[row])
                if len(opened) > MAX_KEPT:
                    del opened[next(iter(opened))]
        self._learn(run)

    def _learn(self, run: Run) -> None:
        """Take from requests what they say about downloads and failures."""
        if self.pending:  # what the trace shows being asked for is not counted by its line ``go: downloading`` too
            for number in {number for number, answer in zip(run.asked, run.said, strict=True) if answer == START}:
                self.pending.pop(run.fetches[number].named, None)
        if self.hidden or run.troubled:
            for number, answer in zip(run.asked, run.said, strict=True):
                if answer != START:
                    self.answered(run.keys[number], run.fetches[number], run.answers[answer])

    def answered(self, key: bytes, fetch: Fetch, answer: Answer) -> None:
        """Note how a traced request ended; a good answer from anywhere forgives the failures of the same request."""
        asked = (fetch.op, fetch.module, fetch.version)
        if answer.outcome is Outcome.OK:
            self.hidden.pop(asked, None)
            return
        if answer.outcome is Outcome.FAILED:
            self.hidden.setdefault(asked, Fault(fetch.upstream, answer.outcome, answer.cause))
        if len(self.counted) < MAX_KEPT:
            self.counted.add((key.decode(), answer.outcome))

    def first(self, url: str, outcome: Outcome, failed: tuple[object, ...]) -> bool:
        """Note a failure that the go command printed; False if it or the request for ``url`` is counted already."""
        asked, counted = (url, outcome), self.counted
        if failed in counted or (url and asked in counted):
            return False
        if len(counted) < MAX_KEPT:
            counted.add(failed)
            if url:
                counted.add(asked)
        return True

    def named(self, upstream: str, outcome: Outcome, cause: Cause) -> None:
        """Note a fault that the go command named: the first of all and the first of infrastructure count."""
        if not self.faults or (len(self.faults) == 1 and outcome in BROKEN and self._named() is None):
            self.faults.append(Fault(upstream, outcome, cause))

    def _named(self) -> Fault | None:
        for fault in self.faults:
            if fault.outcome in BROKEN:
                return fault
        return None

    def infrastructure_fault(self) -> Fault | None:
        """The first fault of infrastructure that the go command named, else one that only the trace shows.

        A list ``proxy|direct`` hides the proxy's error behind that of the direct fetch; the trace still has it.
        """
        return self._named() or next(iter(self.hidden.values()), None)

    def hanging(self, clock: float, *, any_age: bool) -> Fault | None:
        """The oldest open request that is hung, or of any age when the build was stopped from outside."""
        for entry in self.open.values():
            if any_age or entry.told or clock - entry.clock >= HUNG_AFTER_S:
                return Fault(entry.fetch.upstream, Outcome.HUNG, Cause.PROXY_HANG)
        return None

    def silent_download(self, line: int) -> Open | None:
        """The last download without ``-x``, when the log fell silent after it until it was stopped at ``line``."""
        last = self.last_download
        if last is None or self.traced:
            return None
        return last if self.quiet_s >= HUNG_AFTER_S or 0 < line - last.line <= SHELL_LINES else None

    def silent(self, proxy: str, line: int) -> Fault | None:
        """What hung when a build without a trace was stopped at ``line``: its last download, or all of its command."""
        if self.silent_download(line) is None and not (self.only_fetches and not self.traced):
            return None
        return Fault(proxy, Outcome.HUNG, Cause.PROXY_HANG)

    def verdicts(self, end: End | None, clock: float, line: int, proxy: str) -> Iterator[Verdict]:
        """What this build says about each upstream at its end; ``None``: the log ends without saying how."""
        if end is End.OK:
            yield from ((upstream, Outcome.OK, Cause.NONE) for upstream in self.upstreams)
            return
        killed = end is End.KILLED or self.killed_inside
        fault = self.infrastructure_fault() if end is not None or self.faults else None
        fault = fault or self.hanging(clock, any_age=killed)
        if fault is None and killed:
            fault = self.silent(proxy, line)
        if fault is not None:
            yield fault
        else:
            yield from self._harmless(failed=end is not None or killed or self.failed_inside)

    def _harmless(self, *, failed: bool) -> Iterator[Verdict]:
        """Rows of a build that infrastructure did not break."""
        own = self.faults[0] if self.faults else None
        unsure = {entry.fetch.upstream for entry in self.open.values()}  # in flight: the log does not say
        for upstream in self.upstreams:
            if own is not None:
                cause = own.cause if own.upstream == upstream else Cause.NONE
                yield upstream, own.outcome, cause
            elif failed:
                yield upstream, Outcome.USER_ERROR, Cause.NONE
            elif upstream not in unsure:
                yield upstream, Outcome.OK, Cause.NONE
