"""Finds the fetch that never ended: the go command prints nothing when a server takes a request and goes silent.

A log that just ends after ``go: downloading`` says nothing: a quiet success looks the same. It is a hang only
where the log shows that the job was stopped there, or where a trace shows requests and the end of none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from math import isnan

from predictor.causes.diagnosis import Diagnosis
from predictor.causes.match import diagnose_message
from predictor.causes.text import bare

PROGRESS = re.compile(r"(?:^|[\s\"])(go: (?:downloading|finding|extracting) \S+|# get https?://\S+$)")
FINISHED = re.compile(r"# get (\S+): ")
#: Words that a job was stopped for taking too long.
STOPPED = re.compile(
    r"""execution[ ]took[ ]longer | (?:ran|running|took|active)[ ](?:for[ ])?(?:longer|more)[ ]than
    | (?:time-?out|time[ ]limit|time[ ]out|deadline)[ ](?:was[ ]|has[ ]been[ ])?(?:exceeded|reached|expired|of[ ]\d+)
    | exceed(?:ed|s|ing)[ ](?:the[ ]|its[ ])?(?:maximum|max\b|time[ ]?(?:limit|out)|deadline)
    | (?:reached|hit)[ ](?:the[ ]|its[ ])?(?:maximum|max\b|time)[ ].{0,20}time | DeadlineExceeded
    | failed[ ]to[ ]finish[ ]within | execution[ ]time-?out | ^TIMEOUT$
    | (?:job|step|command|task|process|run|build|stage|pipeline|workflow)\b.{0,60}\btimed[ ]out
    | timed[ ]out[ ]after | due[ ]to[ ](?:a[ ])?time-?out
    | too[ ]long[ ]with[ ]no[ ]output
    | no[ ](?:further[ ]|more[ ])?output[ ](?:has[ ]been[ ]received|in[ ]the[ ]last|for)
    | ^Terminated$ | nothing[ ](?:else[ ]|more[ ])?(?:is|was)[ ]printed | \bctrl[ +-]?c\b
    | signal:[ ](?:terminated|quit|interrupt) | SIGQUIT | SIGTERM
    | (?:exit[ ](?:code|status)|Error|returned)[: ]+1(?:24|43)\b | ^\^C
    | \b(?:hangs|hung|stuck|freezes|frozen)\b | never[ ](?:finishes|returns|completes|ends|comes[ ]back)
    | 卡住 | 卡死 | зависает | hängt
    """,
    re.VERBOSE | re.IGNORECASE,
)
#: What people write above such a log.
TOLD = re.compile(
    r"\b(?:hangs|hung|hanging|stuck|freezes|frozen)\b|never (?:finishes|returns|completes|ends|comes back)|卡住|卡死",
    re.IGNORECASE,
)
ABOUT = re.compile(r"\bgo\b|download|fetch|modul|proxy|build|install|deps", re.IGNORECASE)
#: A kill that may be for want of memory; it ends a hang where the log shows that a time limit was set.
KILLED = re.compile(r"^Killed\b|(?:exit (?:code|status)|Error|returned)[: ]+1(?:24|37)\b|signal: killed")
LIMITED = re.compile(
    r"\btimeout(?: -\S+(?: [A-Z]+\b)?| --\S+)* \d+[smh]?(?: \S+=\S+)*"
    r" (?:\S*/)?go (?:mod|get|build|test|install|run|list|vet)\b"
)
CANCELLED = re.compile(r"operation was cancell?ed|[Jj]ob (?:was )?cancell?ed|Cancelling|canceled by")
#: Output of what comes after all fetches.
BEYOND = re.compile(r"=== RUN|^\s*(?:--- |ok\s|FAIL|PASS|\?\s)|panic: test timed out|^# \S+\.\S+/|\.go:\d+:\d+")
STAMP = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)")
DUMP = re.compile(r"^\s*(?:cmd/go/internal/(?:modfetch|web)\b|\S*net/http\.\(\*persistConn\))")
REQUEST = "# get "
TOLD_ABOVE = 10  # lines above the first fetch in which people say what happened
LINES_BETWEEN = 4
SHORTEST_S = 60.0  # a job that was stopped sooner after the last sign of life was not stopped for a hang


def stamp(line: str) -> float | None:
    """The date and time that a line begins with, as seconds on an unknown zone's clock; None without one."""
    found = STAMP.search(line[:80])
    if found is None:
        return None
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2]}+00:00").timestamp()
    except ValueError:
        return None


class Watch:
    """The fetches of a log that have begun and have not ended, line by line."""

    def __init__(self) -> None:
        self.sign: int | None = None  # line of the last sign of a fetch, None when nothing can be open
        self.last = ""  # what that line says
        self.seen = 0  # lines since then that say something else
        self.finished = False  # whether any request ended
        self.first: int | None = None  # line of the first fetch
        self._open: dict[str, tuple[int, str]] = {}  # requests of a trace

    def hears(self, number: int, line: str) -> bool:
        """Take a line; whether it says that a fetch began or ended."""
        finished = FINISHED.search(line)
        if finished:
            self.end(finished[1], number)
            return True
        progress = PROGRESS.search(line)
        if progress:
            self.progress(number, progress[1])
        return progress is not None

    def progress(self, number: int, said: str) -> None:
        """Take a line that a fetch begins with."""
        self.first = number if self.first is None else self.first
        self.sign, self.last, self.seen = number, said, 0
        if said.startswith(REQUEST):
            self._open.setdefault(said.removeprefix(REQUEST), (number, said))

    def end(self, url: str, number: int) -> None:
        """Take the end of a request: others may still be open."""
        self.finished = True
        self._open.pop(url, None)
        self.sign, self.seen = (number, 0) if self._open else (None, 0)

    def other(self) -> None:
        """Take a line that says something else: too many of them, and the fetches are over."""
        self.seen += 1
        if self.seen > LINES_BETWEEN:
            self.beyond()

    def beyond(self) -> None:
        """All fetches are over."""
        self.sign = None
        self._open.clear()

    @property
    def oldest(self) -> tuple[int, str]:
        """Line and words of the fetch that has been open for longest."""
        return next(iter(self._open.values()), (self.sign or 0, self.last))


def hung(lines: Sequence[str], times: Sequence[float] = ()) -> Diagnosis | None:
    """The fetch that was open when the job was stopped, None when the log shows none.

    Args:
        lines: the log with wrappers off.
        times: stamps of the lines that a wrapper held, in seconds, NaN where there was none; or empty.
    """
    watch = Watch()
    for number, raw in enumerate(lines):
        if watch.sign is None and "go: " not in raw and "# get " not in raw:
            continue
        if raw.startswith("go: downloading "):
            watch.progress(number, raw.rstrip())
            continue
        line = bare(raw).strip()
        if watch.hears(number, line) or watch.sign is None or not line:
            continue
        if BEYOND.search(line):
            watch.beyond()
        elif stops(lines, times, watch.sign, number):
            return described(watch.oldest, lines[number + 1 :])
        else:
            watch.other()
    if watch.sign is None:
        return None
    if watch.last.startswith(REQUEST) and not watch.seen and not watch.finished:
        return described((watch.sign, watch.last), [])  # a trace of requests none of which ever ended
    above = lines[max(0, (watch.first or 0) - TOLD_ABOVE) : watch.first]
    told = any(TOLD.search(line) and ABOUT.search(line) for line in above)
    return described(watch.oldest, []) if told else None


def stops(lines: Sequence[str], times: Sequence[float], sign: int, number: int) -> bool:
    """Whether a line says that the job was stopped while a fetch, last heard of at line ``sign``, was open.

    It must come long enough after the last sign of life, or plainly be for a time limit.
    """
    line = bare(lines[number]).strip()
    if KILLED.search(line) and any(LIMITED.search(before) for before in lines[:number]):
        return True
    stopped = STOPPED.search(line) is not None
    if not stopped and not CANCELLED.search(line):
        return False
    begin, end = (moment(lines, times, at) for at in (sign, number))
    if begin is not None and end is not None:
        return end - begin >= SHORTEST_S
    return stopped


def moment(lines: Sequence[str], times: Sequence[float], number: int) -> float | None:
    """When a line was written, in seconds on a clock of the log's own; None when it does not say."""
    if number < len(times) and not isnan(times[number]):
        return times[number]
    return stamp(lines[number])


def described(last: tuple[int, str], after: Sequence[str]) -> Diagnosis | None:
    """The diagnosis of an open fetch; a dump inside go's fetching code makes it surer."""
    found = diagnose_message(f"fetch open when the job was stopped: {last[1]}")
    if found is None:
        return None
    sure = any(DUMP.match(line) for line in after)
    return replace(found, line=last[0], text=last[1], confidence=0.9 if sure else found.confidence)
