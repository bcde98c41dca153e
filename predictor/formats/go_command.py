"""Output of the go command in a build log: build, test, vet, run, list, get, install, mod download, tidy, toolchains.

Plain and ``-x`` output of Go 1.11 to 1.27 is read. Only the few lines that matter are looked at
(:mod:`.go_scan`); :mod:`.go_reading` says how they become events.
"""

from __future__ import annotations

import re
from collections import Counter

from predictor.events import EventBatch
from predictor.formats.go_reading import GoReader
from predictor.formats.go_walk import Walk
from predictor.protocols import Block, Parser, Source

_SURE = re.compile(
    rb"(?m)^.{0,80}?\bgo: (?:downloading|finding|extracting|found|finding module|added|upgraded) \S+"
    rb"|^# get https?://|^\d+\.\d{3}s # cd |^.{0,80}?\bgo: \S+@v\S+: |^.{0,60}?\bgo: .*(?:reading|Get|verifying|dial) "
    rb"|\.go:\d+:\d+: \S+@v\d\S*: |\.go:\d+:\d+: (?:cannot find module|no required module|unrecognized import)"
)
_LIKELY = re.compile(
    rb"(?m)^(?:\$ |\+ |> )*go (?:build|test|vet|run|list|get|install|generate|mod|work|version)\b"
    rb"|^go: |/@v/\S+\.(?:info|mod|zip)|/@v/list|^(?:ok|FAIL|---|\?) +\t?\S+|(?:proxy|sum)\.golang\.org|go version go1"
    rb"|\bgo\.(?:mod|sum)\b"
)


class GoParser:
    """Reads one log of the go command from its beginning."""

    def __init__(self, source: Source) -> None:
        self.skipped: Counter[str] = Counter()
        self.lines_fed = 0  # of all blocks so far
        self._reader = GoReader(source, self.skipped)

    def feed(self, block: Block) -> EventBatch:
        """Events that these lines complete."""
        if block.text:
            walk = Walk(block, self._reader)
            walk.go()
            self.lines_fed += walk.count
        return self._reader.events.build()

    def finish(self, now: float) -> EventBatch:
        """Events that only the end of the log completes."""
        self._reader.finish(now)
        return self._reader.events.build()


class _GoCommand:
    name = "go"

    def sniff(self, head: bytes) -> float:
        if _SURE.search(head):
            return 0.9
        return 0.5 if _LIKELY.search(head) else 0.0

    def parser(self, source: Source) -> Parser:
        return GoParser(source)


FORMAT = _GoCommand()
