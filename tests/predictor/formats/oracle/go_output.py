"""Output of the go command written line by line, with a slow book of what each line tells.

Every method of :class:`Output` writes what one happening prints and notes its events. Rules: a traced request is a
fetch at its end; a download without ``-x`` is good half a minute later unless an error came first; a start without an
end is hung after a minute; the end of a build says how each upstream did.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

from predictor.protocols import Source
from tests.predictor.formats.oracle.written import NAN, NOTHING, Event, Written

PROXY = "proxy.corp.example:3000"
HOLD_S, HUNG_S, SILENT_S = 30, 60, 300
SHELL_LINES = 4
HANG = ("hung", "proxy_hang")


@dataclass(frozen=True)
class File:
    """One file of a module on the proxy, its record in the checksum database, its repository, or a toolchain."""

    module: str
    version: str
    op: str

    @property
    def url(self) -> str:
        if self.op == "sumdb":
            return f"https://sum.golang.org/lookup/{self.module}@{self.version}"
        escaped = "".join(f"%21{c.lower()}" if c.isupper() else c for c in self.module)
        return f"http://{PROXY}/{escaped}/@v/{self.version}.{self.op}"

    @property
    def command(self) -> str:
        """How ``-x`` shows git at work on the repository."""
        return f"cd /go/pkg/mod/cache/vcs/cdce; git ls-remote -q --end-of-options https://{self.module}"

    @property
    def host(self) -> str:
        own = {"sumdb": "sum.golang.org", "vcs": self.module.partition("/")[0]}
        return own.get(self.op, PROXY)

    def event(self) -> Event:
        """What was asked, of whom."""
        return {"op": self.op, "module": self.module, "version": self.version or None, "upstream": self.host}


@dataclass
class Running:
    """A fetch without an end so far."""

    file: File
    time: float | None
    line: int
    told: bool = False


@dataclass
class Build:
    """What one build did."""

    first: float | None = None
    begun: bool = False
    traced: bool = False
    upstreams: list[str] = field(default_factory=list)
    running: list[Running] = field(default_factory=list)  # requests of the trace
    downloads: list[Running] = field(default_factory=list)  # without -x, neither good nor failed yet
    newest: Running | None = None  # download
    faults: list[tuple[str, str, str]] = field(default_factory=list)  # upstream, outcome, cause as messages say
    hidden: dict[File, tuple[str, str, str]] = field(default_factory=dict)  # failed in the trace, no good answer since
    counted: set[tuple[str, str]] = field(default_factory=set)  # URL and outcome of failures that have their event


class Output:
    """A log of builds.

    Args:
        draw: given by Hypothesis; says how much time passes.
        stamped: a wrapper knows the time of each line.
        upstream: what the source says.
    """

    def __init__(self, draw: st.DrawFn, *, stamped: bool, upstream: str) -> None:
        self._draw = draw
        self._source = Source(upstream=upstream, job="build-7")
        self._proxy = upstream
        self.time = float(draw(st.integers(1_700_000_000, 1_900_000_000))) if stamped else None
        self.lines: list[str] = []
        self.stamps: list[float] = []
        self.events: list[Event] = []
        self.build = Build()
        self._said = 0  # number of the last line that is not another tool's

    # --- lines ---------------------------------------------------------------------------------

    def other(self, line: str) -> None:
        """A line of another tool."""
        self._write(line)

    def download(self, file: File) -> None:
        """A module's zip or a toolchain is being fetched."""
        what = f"{file.version} (linux/amd64)" if file.op == "toolchain" else f"{file.module} {file.version}"
        number = self._say(f"go: downloading {what}")
        self._use(self._proxy)
        self.build.newest = Running(file, self.time, number)
        if not self.build.traced:
            self.build.downloads.append(self.build.newest)

    def start(self, file: File) -> None:
        """A request of the trace starts; the go command asks for nothing twice at once."""
        if any(each.file == file for each in self.build.running):
            return
        number = self._say(file.command if file.op == "vcs" else f"# get {file.url}")
        self.build.traced = True
        self._know(file)
        self._use(file.host)
        self.build.running.append(Running(file, self.time, number))

    def answer(self, running: Running, words: str, outcome: str, cause: str, ms: int) -> None:
        """Its answer's headers are there."""
        file, status = running.file, int(words[:3])
        number = self._say(f"# get {file.url}: {words} ({ms / 1000:.3f}s)")
        self._end_of(running, number, outcome, cause, status=status, latency_s=ms / 1000)

    def ran(self, running: Running, ms: int) -> None:
        """A command of git has ended; the trace does not say how."""
        number = self._say(f"{ms / 1000:.3f}s # {running.file.command}")
        self._end_of(running, number, "ok", "none", latency_s=ms / 1000)

    def broke(self, running: Running, words: str, outcome: str, cause: str) -> None:
        """It ended in a transport error: no duration, no status."""
        number = self._say(f'# get {running.file.url}: Get "{running.file.url}": {words}')
        took = None if self.time is None or running.time is None else self.time - running.time
        self._end_of(running, number, outcome, cause, latency_s=took)

    def error(self, head: str, file: File, words: str, outcome: str, cause: str) -> None:
        """The go command says that a fetch failed; what several lines of ``words`` say holds from the first on."""
        first, *more = f"{head}{file.module}@{file.version}: {words}".split("\n")
        self._failed(self._say(first), file, outcome, cause)
        for line in more:
            self._say(line)

    def _failed(self, number: int, file: File, outcome: str, cause: str) -> None:
        build, time = self.build, self.time
        self._know(file)
        build.downloads = [each for each in build.downloads if _name(each.file) != _name(file)]
        started = next((each for each in build.running if each.file == file), None)
        build.running = [each for each in build.running if each.file != file]
        build.faults.append((file.host, outcome, cause))
        if (file.url, outcome) in build.counted:
            return
        build.counted.add((file.url, outcome))
        self._use(file.host)
        took = time - started.time if started and time is not None and started.time is not None else None
        self._event(file.event(), number, time, outcome=outcome, cause=cause, latency_s=took)

    def end(self, line: str, how: str) -> None:
        """The job says how it ended: ``ok``, ``failed`` or ``killed``."""
        number, build = self._say(line), self.build
        newest = build.newest
        silent = newest if how == "killed" and newest and not build.traced and self._near(newest, number) else None
        for each in build.downloads:
            if each is not silent:
                self._good(each, self.time)
        self._jobs(how, number, self.time, silent=silent is not None)
        self.build = Build()

    def finish(self, later_s: float | None) -> Written:
        """The log ends without a word; ``later_s`` after its last line that was seen."""
        last, build, now = self.time, self.build, NAN
        if later_s is not None and last is not None:
            now = self.time = last + later_s
            newest = build.newest
            if newest and not build.traced and newest.line == len(self.lines) and later_s >= SILENT_S:
                self._sign(newest, SILENT_S)
                build.downloads.remove(newest)
            self._pass_time()
        for each in build.downloads:
            self._good(each, None)
        self._jobs("", self._said, last, silent=False)
        return Written(self.lines, self.events, self._source, self.stamps if last is not None else None, now)

    # --- the book ------------------------------------------------------------------------------

    def _say(self, line: str) -> int:
        self._said = self._write(line)
        return self._said

    def _write(self, line: str) -> int:
        if self.time is not None:
            self.time += self._draw(st.integers(0, 20))
            self.stamps.append(self.time)
        if not self.build.begun:
            self.build.first, self.build.begun = self.time, True
        self._pass_time()
        self.lines.append(line)
        return len(self.lines)

    def _pass_time(self) -> None:
        if self.time is None:
            return
        for each in list(self.build.downloads):
            if each.time is not None and self.time - each.time >= HOLD_S:
                self.build.downloads.remove(each)
                self._good(each, None)
        for each in self.build.running:
            if each.time is not None and self.time - each.time >= HUNG_S and not each.told:
                each.told = True
                self._sign(each, HUNG_S)

    def _end_of(self, running: Running, number: int, outcome: str, cause: str, **columns: float | None) -> None:
        file, build = running.file, self.build
        build.running.remove(running)
        if outcome == "ok":
            build.hidden.pop(file, None)
        else:
            build.counted.add((file.url, outcome))
            if outcome == "failed":
                build.hidden.setdefault(file, (file.host, outcome, cause))
        self._event(file.event(), number, self.time, outcome=outcome, cause=cause, **columns)

    def _good(self, download: Running, end: float | None) -> None:
        time = None if download.time is None else min(download.time + HOLD_S, end if end is not None else 1e12)
        self._event({**download.file.event(), "upstream": self._proxy or None}, download.line, time)

    def _sign(self, running: Running, age_s: float) -> None:
        """A start without an end; nothing without stamps."""
        event = running.file.event()
        if running is self.build.newest:
            event["upstream"] = self._proxy or None
        time = None if running.time is None else running.time + age_s
        self._event(event, running.line, time, kind="sign", outcome=HANG[0], cause=HANG[1])

    def _jobs(self, how: str, number: int, time: float | None, *, silent: bool) -> None:
        """A row per upstream, or one for the upstream at fault."""
        hung_time = time if how else self.time
        for upstream, outcome, cause in self._verdicts(how, silent=silent):
            moment = hung_time if outcome == "hung" else time
            age = None if moment is None or self.build.first is None else moment - self.build.first
            said = {"kind": "job", "upstream": upstream or self._proxy or None, "outcome": outcome, "cause": cause}
            self._event(said, number, moment, latency_s=age)

    def _verdicts(self, how: str, *, silent: bool) -> list[tuple[str, str, str]]:
        build = self.build
        upstreams = list(dict.fromkeys(name or self._proxy for name in build.upstreams))
        named = [fault for fault in build.faults if fault[1] == "failed"]
        shown = [*named, *build.hidden.values()] if how or build.faults else []
        hung = [each for each in build.running if how == "killed" or each.told]
        if how == "ok":
            return [(upstream, "ok", "none") for upstream in upstreams]
        if shown:
            return shown[:1]
        if hung or silent:
            return [(hung[0].file.host if hung else self._proxy, *HANG)]
        if build.faults:
            host, outcome, cause = build.faults[0]
            return [(upstream, outcome, cause if upstream == host else "none") for upstream in upstreams]
        if how:
            return [(upstream, "user_error", "none") for upstream in upstreams]
        unsure = {each.file.host for each in build.running}
        return [(upstream, "ok", "none") for upstream in upstreams if upstream not in unsure]

    def _near(self, download: Running, number: int) -> bool:
        return number - download.line <= SHELL_LINES

    def _use(self, upstream: str) -> None:
        if upstream not in self.build.upstreams:
            self.build.upstreams.append(upstream)

    def _know(self, file: File) -> None:
        """Lines that name no upstream are about the proxy that was named first."""
        if not self._proxy and file.host == PROXY:
            self._proxy = file.host

    def _event(self, event: Event, line: int, time: float | None, **columns: object) -> None:
        self.events.append({**NOTHING, "job": "build-7", **event, **columns, "line": line, "time": time})


def _name(file: File) -> tuple[str, str]:
    return file.module, file.version
