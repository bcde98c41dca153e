"""What one build has done so far: which fetches are open, which upstreams it used, what went wrong.

Kept apart from the reading of lines, so that the rules about outcomes stand in one place. Nothing here looks ahead: an
event at time t never depends on a line that is stamped after t.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from predictor.events import Cause, Op, Outcome
from predictor.formats.go_jobs import End

NAN = float("nan")
HUNG_AFTER_S = 60.0  # an open request is called hung at this age
MAX_KEPT = 20_000  # open fetches, and failures and lines remembered, of one build: more is no build of our time
SHELL_LINES = 4  # between the last download and the words that the build was killed


class Fetch(NamedTuple):
    """What one fetch asks for, and of whom."""

    upstream: str
    op: Op
    module: str
    version: str


@dataclass(slots=True)
class Open:
    """A fetch whose start was seen."""

    fetch: Fetch
    time: float  # stamp of the start
    clock: float  # newest stamp of the log at the start: never runs backwards
    line: int
    told: bool = False  # it was already said to be hung
    quiet_s: float = 0.0  # how long the log said nothing at all after the start


class Fault(NamedTuple):
    """Why a build failed."""

    upstream: str
    outcome: Outcome
    cause: Cause


Verdict = tuple[str, Outcome, Cause]  # an upstream and what the build says about it


@dataclass(slots=True)
class Book:
    """The state of one build."""

    first_time: float = NAN
    traced: bool = False  # -x is on: requests tell their own ends
    upstreams: dict[str, None] = field(default_factory=dict)  # in order of first use
    open: dict[str, Open] = field(default_factory=dict)  # by URL or command
    pending: dict[tuple[str, str], Open] = field(default_factory=dict)  # downloads without -x, by module and version
    hidden: dict[tuple[Op, str, str], Fault] = field(default_factory=dict)  # failed in the trace, not answered since
    counted: set[tuple[object, ...]] = field(default_factory=set)  # failures that have their event
    faults: list[Fault] = field(default_factory=list)  # what the go command said, in order
    clones: dict[str, str] = field(default_factory=dict)  # folder -> URL of the repository
    printed: set[bytes] = field(default_factory=set)  # lines of downloads: the go command prints each once
    last_download: Open | None = None
    commanded: bool = False  # a go command that may fetch was run, though it may have printed nothing
    only_fetches: bool = False  # ... the newest of them does nothing but fetch
    failed_inside: bool = False
    killed_inside: bool = False

    def use(self, upstream: str) -> None:
        """Note that the build depends on ``upstream``."""
        self.upstreams.setdefault(upstream)

    def answered(self, fetch: Fetch, outcome: Outcome, cause: Cause) -> None:
        """Note how a traced request ended; a good answer from anywhere forgives the failures of the same request."""
        key = (fetch.op, fetch.module, fetch.version)
        if outcome is Outcome.OK:
            self.hidden.pop(key, None)
        elif outcome is Outcome.FAILED:
            self.hidden.setdefault(key, Fault(fetch.upstream, outcome, cause))

    def infrastructure_fault(self) -> Fault | None:
        """The first fault of infrastructure that the go command named, else one that only the trace shows.

        A list ``proxy|direct`` hides the proxy's error behind that of the direct fetch; the trace still has it.
        """
        named = next((fault for fault in self.faults if fault.outcome in (Outcome.FAILED, Outcome.HUNG)), None)
        return named or next(iter(self.hidden.values()), None)

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
        return last if last.quiet_s >= HUNG_AFTER_S or 0 < line - last.line <= SHELL_LINES else None

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
