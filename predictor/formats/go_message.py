"""Gathers the lines of one error of the go command, though other lines stand between them.

A message begins with ``go: ``, with ``FILE:LINE:COL: `` or with anything that speaks of trouble beside a URL or a
``module@version``; the lines that continue it are indented by a tab. Lines that no scan kept are not seen here, so
the output of other tools between them does not matter.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_LINES = 64  # an error of the go command has at most a graph path and 8 lines of a server's answer
MAX_GAP = 12  # source lines between two parts of one message

_PROGRESS = re.compile(
    r"go: (?:downloading|finding(?: module for package)?|extracting|found|added|upgraded|downgraded|removed|creating"
    r"|to add|updating|converting|copying|using|no module dependencies|all modules verified) ?"
)
_CONTINUED = re.compile(r"\t|(?:SECURITY ERROR|This download does NOT match|fatal: |error: |remote: |ssh: )")
_TROUBLE = re.compile(
    r"(?i)error|fail|time|refused|reset|eof|lookup|unreach|read|verif|unknown|not |invalid|missing|cannot|could|denied"
    r"|disabled|unrecognized|fatal|broken|mismatch|no |too many|: [45]\d\d|tls|x509|stopped|redirect|GOAWAY|require"
)
_HEAD = re.compile(r"^(?:> ?)*(?:\S*\s){0,6}?go: |^\S+\.go:\d+:\d+: |^go(?: \S+)+: |^build \S+: ")


class Excerpt(NamedTuple):
    """The lines of one message, joined by newlines, and where its first line stood."""

    text: str
    time: float
    line: int
    code: int = 0  # of its only line, where that is known


def begins(line: str) -> bool:
    """Whether an error message may begin with this line."""
    if _PROGRESS.match(line):
        return False
    return _HEAD.match(line) is not None or _TROUBLE.search(line) is not None


def continues(line: str) -> bool:
    """Whether this line continues a message that stands before it."""
    return _CONTINUED.match(line) is not None


class Gatherer:
    """Collects one message at a time; ``parts`` are its lines so far."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._time = float("nan")
        self._line = 0
        self._last = 0
        self._code = 0

    def begin(self, line: str, time: float, number: int, code: int = 0) -> None:
        """Start a message; the one before must have been taken."""
        self.parts = [line]
        self._time, self._line, self._last, self._code = time, number, number, code

    def extend(self, line: str, number: int) -> bool:
        """Add a line to the open message; False when it does not belong there."""
        near = 0 <= number - self._last <= MAX_GAP
        if not self.parts or not near or len(self.parts) >= MAX_LINES or not continues(line):
            return False
        self.parts.append(line)
        self._last = number
        return True

    def take(self) -> Excerpt:
        """The open message, which is then closed; there must be one."""
        parts, self.parts = self.parts, []
        if len(parts) == 1:
            return Excerpt(parts[0], self._time, self._line, self._code)
        return Excerpt("\n".join(parts), self._time, self._line)
