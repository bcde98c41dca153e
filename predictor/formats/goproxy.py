"""goproxy/goproxy in slog's text: ``time=... level=ERROR msg="failed to ..." error="..." target=...``."""

from __future__ import annotations

import re

from predictor.formats.goproxy_entries import GoproxyParser
from predictor.formats.lines import Line
from predictor.protocols import Parser, Source

_PAIR = re.compile(r'([\w.-]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))')
_ESCAPED = re.compile(r"\\(.)")
_HEAD = re.compile(rb"(?m)^time=\S+ level=[A-Z]+\S* msg=")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class GoproxyTextParser(GoproxyParser):
    """One entry a line."""

    def line(self, line: Line) -> None:
        """Take one entry."""
        if not line.text.startswith("time=") or "target=" not in line.text:
            return
        pairs = _PAIR.findall(line.text)
        fields = {key: _plain(quoted) if quoted else bare for key, quoted, bare in pairs}
        self.entry(fields, line)


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda match: _ESCAPES.get(match[1], match[1]), text)


class Goproxy:
    """goproxy's text log."""

    name = "goproxy"

    def sniff(self, head: bytes) -> float:
        """Share of slog text lines; surer where they have a target."""
        share = min(1.0, len(_HEAD.findall(head)) / max(head.count(b"\n"), 1))
        return share * (0.95 if b" target=" in head else 0.35)

    def parser(self, source: Source) -> Parser:
        """A fresh parser for one log."""
        return GoproxyTextParser(source)


FORMAT = Goproxy()
