"""Output of ``go build -json``, ``go test -json`` and ``go mod download -json``.

It is the go command's text in JSON (:mod:`.go_unwrap`), mixed with plain lines of stderr: one parser reads both.
"""

from __future__ import annotations

import re

from predictor.formats.go_command import GoParser
from predictor.protocols import Parser, Source

_LINE = re.compile(
    rb'(?m)^\{"(?:ImportPath|Time|Action|Package)":.*"(?:Action|Output)":|^\t"(?:Path|Version|Error|GoModSum)": '
)


class _GoJson:
    name = "go-json"

    def sniff(self, head: bytes) -> float:
        """High where most lines are JSON of the go command; plain output in between is normal."""
        found = len(_LINE.findall(head))
        return min(0.95, 1.5 * found / sum(1 for line in head.split(b"\n") if line.strip())) if found else 0.0

    def parser(self, source: Source) -> Parser:
        return GoParser(source)


FORMAT = _GoJson()
