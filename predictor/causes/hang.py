"""Finds the fetch that never ended: the go command prints nothing when a server takes a request and goes silent.

A log that just ends after ``go: downloading`` says nothing: a quiet success looks the same. It is a hang only
where the log shows that the job was stopped there, or where a trace shows requests and the end of none.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from predictor.causes.diagnosis import Diagnosis
from predictor.causes.match import diagnose_message
from predictor.causes.text import bare

PROGRESS = re.compile(r"(?:^|\s)(go: (?:downloading|finding|extracting) \S+|# get https?://\S+$)")
FINISHED = re.compile(r"# get (\S+): ")
#: Words that a job was stopped for taking too long.
STOPPED = re.compile(
    r"""execution[ ]took[ ]longer
    | (?:timeout|time[ ]limit|time[ ]out)[ ](?:was[ ])?(?:exceeded|reached|expired)
    | exceeded[ ](?:the[ ])?(?:maximum[ ]execution[ ]time|time[ ]?limit|timeout|its[ ]deadline|max)
    | [Bb]uild[ ]timed[ ]out
    | (?:[Jj]ob|[Ss]tep|[Cc]ommand|[Tt]ask|[Pp]rocess|[Rr]un)\b.{0,60}\btimed[ ]out
    | timed[ ]out[ ]after | due[ ]to[ ]timeout
    | [Tt]oo[ ]long[ ]with[ ]no[ ]output | no[ ]output[ ](?:has[ ]been[ ]received|in[ ]the[ ]last|for)
    | ^Terminated$
    | signal:[ ](?:terminated|quit|interrupt) | SIGQUIT | SIGTERM
    | (?:exit[ ](?:code|status)|Error|returned)[: ]+1(?:24|43)\b | ^\^C
    | \b(?:hangs|hung|stuck|freezes|frozen)\b | never[ ](?:finishes|returns|completes|ends|comes[ ]back)
    | 卡住 | 卡死 | зависает | hängt
    """,
    re.VERBOSE,
)
CANCELLED = re.compile(r"operation was cancell?ed|[Jj]ob (?:was )?cancell?ed|Cancelling|canceled by")
#: Output of what comes after all fetches.
BEYOND = re.compile(r"=== RUN|^\s*(?:--- |ok\s|FAIL|PASS|\?\s)|panic: test timed out|^# \S+\.\S+/|\.go:\d+:\d+")
STAMP = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)")
DUMP = re.compile(r"^\s*(?:cmd/go/internal/(?:modfetch|web)\b|\S*net/http\.\(\*persistConn\))")
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


def hung(lines: list[str]) -> Diagnosis | None:
    """The fetch that was open when the job was stopped, None when the log shows none. Lines as in the log."""
    last: tuple[int, str] | None = None
    seen: list[str] = []
    finished = False
    for number, raw in enumerate(lines):
        line = bare(raw).strip()
        progress = PROGRESS.search(line)
        finished = finished or FINISHED.search(line) is not None
        if progress:
            last, seen = (number, progress[1]), []
        elif last is None or not line:
            continue
        elif FINISHED.search(line) or BEYOND.search(line):
            last = None
        elif (STOPPED.search(line) or CANCELLED.search(line)) and stopped_here(lines[last[0]], raw, line):
            return described(last, lines[number + 1 :])
        else:
            seen.append(line)
            if len(seen) > LINES_BETWEEN:
                last = None
    if last is not None and last[1].startswith("# get ") and not seen and not finished:
        return described(last, [])  # a trace of requests none of which ever ended
    return None


def stopped_here(opened: str, raw: str, line: str) -> bool:
    """Whether a stop line ends a hang: long enough after the last sign of life, or plainly for a time limit."""
    begin, end = stamp(opened), stamp(raw)
    if begin is not None and end is not None:
        return end - begin >= SHORTEST_S
    return STOPPED.search(line) is not None


def described(last: tuple[int, str], after: list[str]) -> Diagnosis | None:
    """The diagnosis of an open fetch; a dump inside go's fetching code makes it surer."""
    found = diagnose_message(f"fetch open when the job was stopped: {last[1]}")
    if found is None:
        return None
    sure = any(DUMP.match(line) for line in after)
    return replace(found, line=last[0], text=last[1], confidence=0.9 if sure else found.confidence)
