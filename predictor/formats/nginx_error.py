"""nginx error.log: it alone shows resets, truncation, failed name resolution and a full disk.

Every line is a sign: the fetch itself is counted in the access log. Times carry no zone and are taken as UTC.
"""

from __future__ import annotations

import re

from predictor.events import Cause, Kind, Op, Outcome
from predictor.formats import stamps, symptoms, urls
from predictor.formats.lines import Line, LineParser
from predictor.protocols import Parser, Source

_LINE = re.compile(
    r"^(?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(?P<level>\w+)\] \d+#\d+: (?:\*\d+ )?(?P<text>.*?)"
    r"(?:, client: (?P<client>[^,\s]+))?(?P<rest>, server: .*)?$"
)
_FIELD = re.compile(r', (request|upstream|host): "([^"]*)"')
_START = re.compile(rb"(?m)^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\w+\] \d+#\d+: ")
_NAME = re.compile(r"^(?P<name>[\w.-]+) could not be resolved")
_SOCKET = re.compile(r"^https?://(unix:[^:]+)")


class NginxErrorParser(LineParser):
    """Reads one error.log."""

    def line(self, line: Line) -> None:
        """A line about a fetch gives one sign."""
        match = _LINE.match(line.text)
        if not match or match["level"] in ("notice", "info", "debug"):
            return
        fields = dict(_FIELD.findall(match["rest"] or ""))
        request = fields.get("request", "").split(" ")
        found = urls.parse_path(request[1]) if len(request) > 1 else None
        seen = symptoms.symptom(match["text"])
        if seen.outcome not in (Outcome.FAILED, Outcome.HUNG) or not (found or fields.get("upstream")):
            return
        if match["level"] == "warn" and seen.cause is Cause.NONE:
            return  # "an upstream response is buffered to a temporary file": the request goes on
        named = _NAME.match(match["text"])
        self.emit(
            _upstream(fields.get("upstream", "")) or (named["name"] if named else ""),
            time=stamps.iso(match["time"]),
            kind=Kind.SIGN,
            op=found.op if found else Op.NONE,
            module=found.module if found else "",
            version=found.version if found else "",
            outcome=seen.outcome,
            cause=seen.cause,
            client=match["client"] or "",
            line=line.number,
            template=seen.template,
        )


def _upstream(url: str) -> str:
    """Host of an upstream's URL; sockets stand in it as ``http://unix:/run/athens.sock:/path``."""
    socket = _SOCKET.match(url)
    return socket[1] if socket else urls.split_url(url)[0]


class NginxError:
    """nginx error.log."""

    name = "nginx-error"

    def sniff(self, head: bytes) -> float:
        """Share of the lines that begin like error.log's."""
        return 0.95 * min(1.0, len(_START.findall(head)) / max(head.count(b"\n"), 1))

    def parser(self, source: Source) -> Parser:
        """A fresh parser for one log."""
        return NginxErrorParser(source)


FORMAT = NginxError()
