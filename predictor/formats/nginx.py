"""nginx access logs in text: ``combined`` and what administrators append to it or put in its place.

Every house has its own: ``rt=0.958 urt=0.958 us=200 cs=HIT``, bare columns ``0.958 0.958 10.0.0.1:443``, any order.
The layout is guessed from a sample; the configuration can give the exact one instead:
``[formats.nginx] log_format = "$remote_addr [$time_local] ..."``.
"""

from __future__ import annotations

import re

from predictor.formats import spellings, tokens
from predictor.formats.layout import Layout, LayoutParser
from predictor.formats.sampling import SAMPLE_LINES, SampledParser, first_lines
from predictor.protocols import Parser, Source

#: reads the beginning of every line that begins like ``combined``, whatever follows
PREFIX = Layout('{client} {} {} [{time}] "{method} {path}{proto}" {status} {bytes}{rest}')
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")


def template(log_format: str) -> str:
    """The layout template of an nginx ``log_format``: variables by name, everything else literally."""
    roles: set[str] = set()

    def slot(match: re.Match[str]) -> str:
        if match[1] == "request":
            roles.update(("method", "path"))
            return "{method} {path}{proto}"
        name = spellings.normal(match[1])
        role = next((role for role, names in spellings.NAMES.items() if name in names and role not in roles), "")
        roles.add(role)
        return f"{{{role}}}"

    return _VARIABLE.sub(slot, log_format.replace("{", "").replace("}", ""))


class Nginx:
    """Any text access log with a request and a status, in the layout that its lines show."""

    name = "nginx"

    def sniff(self, head: bytes) -> float:
        """Share of the lines that fit guessed layouts."""
        sample = first_lines(head, SAMPLE_LINES)
        if sample.lstrip().startswith(b"{"):
            return 0.0
        layouts = tokens.guess(sample, {})
        return (
            0.75 * min(1.0, sum(layout.share(sample) for layout in layouts)) if layouts else 0.5 * PREFIX.share(sample)
        )

    def parser(self, source: Source) -> Parser:
        """A fresh parser for one log."""
        given = source.fields.get("log_format", "")
        if given:
            return LayoutParser(source, [Layout(template(given)), PREFIX])
        chosen = dict(source.fields)
        return SampledParser(lambda sample: LayoutParser(source, [*tokens.guess(sample, chosen), PREFIX]))


FORMAT = Nginx()
