"""How the end of a build shows in the output of CI systems, shells and containers.

A table of shapes: each gives the exit code (a group ``code``), or says that the build succeeded, failed, or was
stopped from outside. Sources: the runners' own sources and documentation, named beside each shape.
"""

from __future__ import annotations

import re
from enum import Enum


class End(Enum):
    """How a build ended."""

    OK = "ok"
    FAILED = "failed"
    KILLED = "killed"  # stopped from outside: a time limit, a signal


KILL_CODES = frozenset({124, 129, 130, 131, 137, 143})  # timeout(1) and 128 + signal

_ENDS: tuple[tuple[str, End | None], ...] = (
    # GitHub Actions and Azure Pipelines
    (r"##\[error\]The (?:operation|job) was cancell?ed", End.KILLED),
    (r"##\[error\].*(?:exceeded the maximum execution time|has timed out after)", End.KILLED),
    (r"##\[error\].*?\bexit(?:ed with(?: exit)?)? code '?(?P<code>-?\d+)", None),
    (r"The job running on .* (?:has )?exceeded the maximum execution time", End.KILLED),
    # GitLab
    (r"(?:ERROR: )?Job failed: execution took longer than", End.KILLED),
    (r"(?:ERROR: )?Job failed: (?:command terminated with )?exit (?:code|status) (?P<code>\d+)", None),
    (r"(?:ERROR: )?Job failed\b", End.FAILED),
    (r"Job succeeded\s*$", End.OK),
    # Jenkins
    (r"Finished: (?:SUCCESS|UNSTABLE)\s*$", End.OK),
    (r"Finished: FAILURE\s*$", End.FAILED),
    (r"Finished: ABORTED\s*$", End.KILLED),
    # CircleCI, Buildkite, Travis, BuildKit
    (r"Exited with code exit status (?P<code>\d+)", None),
    (r"Too long with no output \(exceeded ", End.KILLED),
    (r"(?:\W*Error: )?The command (?:exited with status|was interrupted by a signal:?) ?(?P<code>\d*)", None),
    (r"The command \".*\" (?:failed and )?exited with (?P<code>\d+)", None),
    (r"Done\. Your build exited with (?P<code>\d+)", None),
    (
        r"(?:#\d+ )?ERROR: (?:failed to solve: )?process \".*\" did not complete successfully:"
        r" exit code: (?P<code>\d+)",
        None,
    ),
    # shells
    (
        r"(?:\+ )?(?:rc|RC|exit[_ ]code|exit_status|EXIT(?:_CODE|_STATUS)?|exited with code)"
        r"\s*[=: ]\s*(?P<code>\d+)\s*$",
        None,
    ),
)
_SHAPES = [(re.compile(shape), end) for shape, end in _ENDS]
_MAY_BE = re.compile(r"[Ee]xit|EXIT|##\[error|Job |job |Finished: |exceeded |rc ?=|RC ?=|The command")
_KILLED_INSIDE = re.compile(r"(?:\S+: line \d+: +\d+ )?(?:Terminated|Killed)\b|signal: (?:killed|terminated)\s*$")
_FAILED_INSIDE = re.compile(r"^(?:exit status [1-9]\d*|g?make(?:\[\d+\])?: \*\*\* .*Error \d+|FAIL(?:\s.*)?)\s*$")


_RUN = r"(?:##\[group\]Run |\+ |\$ |> )(?:.*[\s;&(])?go (?:-C \S+ )?"
_COMMAND = re.compile(_RUN + r"(?:build|test|vet|run|get|install|generate|list|mod (?:download|tidy|vendor|verify))\b")
_ONLY_FETCHES = re.compile(_RUN + r"(?:get|mod (?:download|tidy|vendor))\b")
_GOPROXY = re.compile(r"\bGOPROXY['\"]?\s*[:=]\s*['\"]?(https?://[^\s,|'\"]+)")


def command_of(line: str) -> tuple[bool, bool]:
    """Whether a runner or a shell echoes a go command that may fetch, and whether fetching is all that it does."""
    return _COMMAND.match(line) is not None, _ONLY_FETCHES.match(line) is not None


def goproxy_of(line: str) -> str:
    """The first URL of a GOPROXY that the log shows being set, ``""`` where it shows none."""
    found = _GOPROXY.search(line) if "GOPROXY" in line else None
    return found[1] if found else ""


def end_of_job(line: str) -> End | None:
    """How this line says that the build ended, None when it does not say so."""
    if not _MAY_BE.search(line):
        return None
    for shape, end in _SHAPES:
        match = shape.match(line)
        if match:
            return end or end_of_code(match["code"])
    return None


def end_of_code(code: str) -> End:
    """How a build with this exit code ended; no code is a signal."""
    if not code or int(code) in KILL_CODES:
        return End.KILLED
    return End.FAILED if int(code) else End.OK


def failed_inside(line: str) -> bool:
    """Whether a line says that a command of the build failed, though the build may go on: ``make: *** Error 1``."""
    return _FAILED_INSIDE.match(line) is not None


def killed_inside(line: str) -> bool:
    """Whether a line says that a command was stopped by a signal, though the build may go on."""
    return _KILLED_INSIDE.match(line) is not None
