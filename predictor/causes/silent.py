"""Finds the go command that another program ended after it had said nothing for a long time.

Programs that run go print neither its progress nor its trace: all that is left of a fetch that hung is the command,
the signal or the deadline that ended it, and the time between two stamps. Without a long silence a signal says
nothing: people stop commands, and want of memory kills them soon.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, takewhile
from math import isnan

from predictor.causes.diagnosis import Diagnosis
from predictor.causes.match import diagnose_message
from predictor.causes.message import flatten, redacted
from predictor.causes.text import bare

#: A go command that does little else than fetch, and how it was ended.
ENDED = re.compile(
    r"\bgo (?:mod|get|install|list)\b(?:(?!https?://|rpc error|\bdial ).){0,300}?"
    r"(?:signal: (?P<signal>terminated|killed|interrupt|quit|aborted)|(?P<deadline>context deadline exceeded)"
    r"|\bSIG(?P<name>TERM|KILL|INT|QUIT)\b|\btimed out\b)(?=\W*$|[\"'`)\],;])",
    re.IGNORECASE,
)
STAMP = re.compile(
    r"^.{0,24}?(?:(?P<date>\d{4}[-/]\d\d[-/]\d\d)[T ]|\b[IWEF]\d{4} |(?<![\d:.]))"
    r"(?P<h>[01]\d|2[0-3]):(?P<m>[0-5]\d):(?P<s>[0-5]\d)(?![\d:])"
)
DAY_S = 86_400.0
LONG_S = 60.0  # of silence before a deadline or a polite signal
KILLED_S = 300.0  # of silence before a kill, which want of memory brings sooner
ABOVE = 6  # lines above the end in which the last stamp is looked for
FAR = 60  # lines above that one in which the stamp before it is looked for
MOST = 50  # ends of commands that are looked at
#: A goroutine of a dump that has waited for minutes, and what it waits in when go fetches or waits for who does.
WAITED = re.compile(r"^goroutine \d+(?: \S+=\S+)* \[[^\]]*\b\d+ minutes\b.*\]:$")
FETCHES = re.compile(r"^\s*cmd/go/internal/(?:modfetch|web|lockedfile)\b")
DEEP = 60  # lines of a dump that are read of one goroutine
WORDS = ("signal: ", "context deadline", "SIG", "imed out")


def silent(lines: Sequence[str], times: Sequence[float] = ()) -> Diagnosis | None:
    """The go command that was ended after a long silence or shows in a dump that it waits; None when there is none.

    Args:
        lines: the log with wrappers off.
        times: stamps of the lines that a wrapper held, in seconds, NaN where there was none; or empty.
    """
    ends = (n for n, raw in enumerate(lines) if "go " in raw and any(map(raw.__contains__, WORDS)))
    for number in islice(ends, MOST):
        line = bare(lines[number]).strip()
        ended = ENDED.search(line)
        if ended is None or not long_silence(lines, times, number, ended):
            continue
        found = diagnose_message(f"fetch open when the job was stopped: go: {line}")
        if found is not None and found.cause == "proxy_hang":
            return replace(found, line=number, text=redacted(flatten(line)), confidence=0.5)
    return waiting(lines)


def waiting(lines: Sequence[str]) -> Diagnosis | None:
    """The fetch in which a goroutine of a dump of the go command has waited for minutes; None when none has."""
    heads = (n for n, raw in enumerate(lines) if raw.startswith("goroutine ") and WAITED.match(raw.rstrip()))
    for number in islice(heads, MOST):
        frames = takewhile(str.strip, islice(lines, number + 1, number + DEEP))
        frame = next((line.strip() for line in frames if FETCHES.match(line)), "")
        found = diagnose_message(f"fetch open when the job was stopped: go: {frame}") if frame else None
        if found is not None:
            return replace(found, line=number, text=flatten(f"{lines[number]} {frame}"), module="", confidence=0.7)
    return None


def long_silence(lines: Sequence[str], times: Sequence[float], number: int, ended: re.Match[str]) -> bool:
    """Whether nothing was written for long before the end of a command at a line; a deadline needs no stamps."""
    end = stamped(lines, times, number, ABOVE)
    begin = None if end is None else stamped(lines, times, end[0] - 1, FAR)
    if end is None or begin is None:
        return ended["deadline"] is not None
    kill = (ended["signal"] or "").lower() == "killed" or ended["name"] == "KILL"
    return (end[1] - begin[1]) % DAY_S >= (KILLED_S if kill else LONG_S)


def stamped(lines: Sequence[str], times: Sequence[float], number: int, far: int) -> tuple[int, float] | None:
    """The last line with a stamp at or up to ``far`` lines before a line, and its moment; None where there is none."""
    for line in range(number, max(number - far, 0) - 1, -1):
        at = moment(lines, times, line)
        if at is not None:
            return line, at
    return None


def moment(lines: Sequence[str], times: Sequence[float], number: int) -> float | None:
    """When a line was written, in seconds of a day of the log's own clock; None when it does not say."""
    if number < len(times) and not isnan(times[number]):
        return times[number] % DAY_S
    found = STAMP.match(lines[number])
    return None if found is None else 3600.0 * int(found["h"]) + 60.0 * int(found["m"]) + int(found["s"])
