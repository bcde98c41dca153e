"""Text access logs of one fixed layout, read by one regular expression over whole blocks.

A layout is written as a template, ``{client} {} {} [{time}] "{method} {path}{proto}" {status}``: names are the roles
of ``access``, ``{}`` skips a field. Neighbouring fields with few distinct values become one group, so that a line
costs few Python objects and each distinct combination is taken apart only once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.events import EventBatch
from predictor.formats import urls
from predictor.formats.access import ROLES, AccessColumns, located
from predictor.formats.columns import Values
from predictor.formats.sampling import SAMPLE_LINES, first_lines, newlines_in
from predictor.protocols import Block, Parser, Source

Rows = npt.NDArray[np.int64]
_SLOT = re.compile(r"\{(\w*)\}")
_JOINED = ROLES.keys() - {"client"} | {"proto"}  # clients are many: joined with others they would be too many
_MULTI = ("upstream", "upstream_status", "upstream_latency_s", "tries")
_QUOTED = r"[^\"\\\n]*(?:\\.[^\"\\\n]*)*"
_PATTERNS = {
    "status": r"\d{1,3}",
    "method": r"[A-Za-z]+",
    "path": r"[^ \"\n]+",
    "proto": r"(?: HTTP/[0-9.]+)?",
    "rest": r"[^\n]*",
    "pad": r" *",
    "ticks": r"(?:[+-]?\d+|-)",
    "daytime": r"\d{4}-\d\d-\d\d\t\d\d:\d\d:\d\d",
    "peer": r"[^ \n]*?",
}
#: slots with a pattern of their own -> the role of what they hold ("" for none)
_SLOT_ROLES = {
    "ticks": "latency_s",
    "daytime": "time",
    "peer": "client",
    "rest": "",
    "pad": "",
    "proto": "",
    "tries": "",
}


@dataclass(frozen=True)
class Layout:
    """A compiled template: each line of a block gives one tuple, its last item is a line that does not fit."""

    template: str
    starts: bool = False  # the time is the beginning of the request
    scale: float = 1.0  # seconds per unit of latency_s
    hints: Callable[[str], float] | None = None
    pattern: re.Pattern[bytes] = field(init=False, repr=False)  # of nearly all lines, fast
    exact: re.Pattern[bytes] = field(init=False, repr=False)  # of all lines: several tries, escaped quotes
    groups: tuple[str, ...] = field(init=False)  # roles of each group, joined with "+"
    inner: Mapping[str, re.Pattern[bytes]] = field(init=False, repr=False)  # group -> pattern that takes it apart

    def __post_init__(self) -> None:
        fast, groups, inner = _compiled(self.template, fast=True)
        object.__setattr__(self, "pattern", re.compile(fast.encode()))
        object.__setattr__(self, "exact", re.compile(_compiled(self.template, fast=False)[0].encode()))
        object.__setattr__(self, "groups", groups)
        object.__setattr__(self, "inner", {name: re.compile(text.encode()) for name, text in inner.items()})

    @property
    def probe(self) -> int:
        """Index of the group that holds the path: filled in every line that fits."""
        return next(i for i, name in enumerate(self.groups) if "path" in name.split("+"))

    def share(self, head: bytes) -> float:
        """Share of the filled lines of ``head`` that fit."""
        rows, probe = self.exact.findall(_closed(first_lines(head, SAMPLE_LINES))), self.probe
        fits = sum(1 for row in rows if row[probe])
        filled = fits + sum(1 for row in rows if row[-1].strip())
        return fits / filled if filled else 0.0


class LayoutParser:
    """Reads one log in one of several layouts: a block in which the newest layout fits no line tries the others."""

    def __init__(self, source: Source, layouts: Sequence[Layout]) -> None:
        self.skipped: Counter[str] = Counter()
        self._readers = [_LayoutReader(source, layout, self.skipped) for layout in layouts]

    def feed(self, block: Block) -> EventBatch:
        """Events of these lines; lines that fit no layout are taken up by the next one."""
        text = _closed(block.text)
        return self._read(text, np.arange(newlines_in(text), dtype=np.int64), block, 0)

    def _read(self, text: bytes, at: Rows, block: Block, index: int) -> EventBatch:
        """Events of ``text``, whose lines are the rows ``at`` of ``block``."""
        reader = self._readers[index]
        batch, rest = reader.read(text, at, block)
        if not rest:
            return batch
        if index + 1 == len(self._readers):
            self.skipped["malformed"] += sum(urls.may_be_fetch(line) for _, line in rest)
            return batch
        left = self._read(
            b"".join(line + b"\n" for _, line in rest), np.array([row for row, _ in rest]), block, index + 1
        )
        if not len(left):
            return batch
        both = EventBatch.concat([batch, left])
        return both.take(np.argsort(both.line, kind="stable"))

    def finish(self, now: float) -> EventBatch:  # noqa: ARG002 - part of the protocol
        """No event waits for the end of an access log."""
        return EventBatch.empty()


class _LayoutReader:
    """Reads the lines that fit one layout and gives the others back."""

    def __init__(self, source: Source, layout: Layout, skipped: Counter[str]) -> None:
        self._layout, self._skipped = layout, skipped
        self._columns = AccessColumns(source, starts=layout.starts, scale=layout.scale, hints=layout.hints)
        self._parsers = {name: self._apart(pattern) for name, pattern in layout.inner.items()}

    def _apart(self, pattern: re.Pattern[bytes]) -> Callable[[Any], Values]:
        def parse(value: bytes) -> Values:
            match = pattern.fullmatch(value)
            values: dict[str, float] = {}
            for role, text in match.groupdict().items() if match else ():
                values |= self._columns.meaning(role, text)
            return values

        return parse

    def read(self, text: bytes, at: Rows, block: Block) -> tuple[EventBatch, list[tuple[int, bytes]]]:
        """Events, and the lines (row, text) that do not fit."""
        rows = self._layout.pattern.findall(text)
        probe = self._layout.probe
        columns: list[Sequence[bytes]] = list(zip(*rows, strict=True))
        rest: list[tuple[int, bytes]] = []
        if columns and not all(columns[probe]):
            rows = [row if row[probe] else self._exactly(row) for row in rows]
            fits = [i for i, row in enumerate(rows) if row[probe]]
            rest = [(int(at[i]), row[-1]) for i, row in enumerate(rows) if row[-1] and not row[probe]]
            columns, at = list(zip(*(rows[i] for i in fits), strict=True)), at[fits]
        if not columns:
            return EventBatch.empty(), rest
        lines, stamps = located(block, at)
        raw = dict(zip(self._layout.groups, columns, strict=False))
        return self._columns.events(raw, lines, stamps, self._parsers), rest

    def _exactly(self, row: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """A line that the fast pattern left over, by the exact one."""
        found: list[tuple[bytes, ...]] = self._layout.exact.findall(row[-1] + b"\n") if row[-1] else []
        return found[0] if found else row


class LayoutFormat:
    """A format with one or several known layouts.

    Args:
        name: as the user calls it.
        layouts: tried in this order on each line.
        confidence: how sure a log is of this format when all its lines fit.
    """

    def __init__(self, name: str, layouts: Sequence[Layout], confidence: float = 0.9) -> None:
        self.name = name
        self._layouts, self._confidence = layouts, confidence

    def sniff(self, head: bytes) -> float:
        """Confidence by the share of lines that fit."""
        return self._confidence * min(1.0, sum(layout.share(head) for layout in self._layouts))

    def parser(self, source: Source) -> Parser:
        """A fresh parser for one log."""
        return LayoutParser(source, self._layouts)


def _closed(text: bytes) -> bytes:
    """Text whose lines all end with a plain newline."""
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n")
    return text if text.endswith(b"\n") else text + b"\n"


def _compiled(template: str, *, fast: bool) -> tuple[str, tuple[str, ...], dict[str, str]]:
    """(pattern, roles of its groups, patterns of the groups that hold several roles) of a template."""
    parts = _SLOT.split(template)
    roles, literals = parts[1::2], parts[0::2]
    runs: list[list[int]] = []
    for i, role in enumerate(roles):
        if role != "proto" and not _SLOT_ROLES.get(role, role):
            continue
        if i and runs and runs[-1][-1] == i - 1 and {role, roles[i - 1]} <= _JOINED:
            runs[-1].append(i)
        else:
            runs.append([i])
    pattern, done = re.escape(literals[0]), 0
    for run in runs:
        pattern += "".join(_slot(roles, literals, i, fast) + re.escape(literals[i + 1]) for i in range(done, run[0]))
        done = run[-1] + 1
        pattern += f"({_outer(roles, literals, run, fast)})" + re.escape(literals[done])
    pattern += "".join(_slot(roles, literals, i, fast) + re.escape(literals[i + 1]) for i in range(done, len(roles)))
    names = ["+".join(_SLOT_ROLES.get(roles[i], roles[i]) for i in run if roles[i] != "proto") for run in runs]
    inner = {name: _named(run, roles, literals) for name, run in zip(names, runs, strict=True) if len(run) > 1}
    return rf"(?:{pattern}|(.*))\n", tuple(names), inner


def _outer(roles: list[str], literals: list[str], run: list[int], fast: bool) -> str:
    """The pattern of a whole run; the fast one is loose, because the run is taken apart strictly later."""
    if fast and run[-1] == len(roles) - 1 and not literals[-1] and len(run) > 1:
        return ".*"
    pattern = ""
    quoted = fast and literals[run[0]].endswith('"')
    for i in run:
        if quoted and i != run[-1] and not literals[i + 1].startswith('"'):
            continue  # inside the quoted request line: its end is enough
        pattern += r"[^\"\n]*" if quoted and roles[i] in ("path", "proto") else _slot(roles, literals, i, fast)
        pattern += re.escape(literals[i + 1]) if i != run[-1] else ""
    return pattern


def _named(run: list[int], roles: list[str], literals: list[str]) -> str:
    pattern = ""
    for i in run:
        slot = _slot(roles, literals, i, fast=False)
        pattern += slot if roles[i] == "proto" else f"(?P<{roles[i]}>{slot})"
        pattern += re.escape(literals[i + 1]) if i != run[-1] else ""
    return pattern + (r"(?: .*)?" if run[-1] == len(roles) - 1 and not literals[-1] else "")


def _slot(roles: list[str], literals: list[str], i: int, fast: bool) -> str:
    """The pattern of one slot, from its role and what stands around it."""
    role, before, after = roles[i], literals[i], literals[i + 1]
    if role == "path" and after[:1] not in ("", " ", '"'):
        return rf"[^ \"\n{re.escape(after[0])}]+"
    if role in _PATTERNS:
        return _PATTERNS[role]
    if role in _MULTI and after[:1] in ("", " "):
        return r"[^\s,]*(?! :)" if fast else r"[^\s\",]+(?:(?:, | : )[^\s\",]+)*"
    if before.endswith('"') and after.startswith('"'):
        return r"[^\"\n]*" if fast else _QUOTED
    return rf"[^{re.escape(after[0])}\n]*" if after and after[0] != " " else r"\S*"
