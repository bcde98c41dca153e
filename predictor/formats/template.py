"""Compiles the template of a text layout: the regular expression that reads a line, its groups, and its cutter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from predictor.formats.access import NUMBERS, ROLES
from predictor.formats.cutting import Column, Cutter
from predictor.formats.delimiters import Delimiters
from predictor.formats.walking import Slot

_SLOT = re.compile(r"\{(\w*)\}")
_JOINED = ROLES.keys() - {"client"} | {"proto"}  # clients are many: joined with others they would be too many
_MULTI = ("upstream", "upstream_status", "upstream_latency_s", "tries")
_QUOTED = r"[^\"\\\n]*(?:\\.[^\"\\\n]*)*"
_TRIES = r"[^\s\",]+(?:(?:, | : )[^\s\",]+)*"
_PATTERNS = {
    "status": r"(?:-1|\d{1,3})",
    "method": r"[A-Za-z]+",
    "path": r"[^ \"\n]+",
    "proto": r"(?: HTTP/[0-9.]+)?",
    "rest": r"[^\n]*",
    "pad": r" *",
    "ticks": r"(?:[+-]?\d+|-)",
    "daytime": r"\d{4}-\d\d-\d\d\t\d\d:\d\d:\d\d",
    "peer": r"[^ \n]*",
    "digits": r"\d*",
}
#: slots with a pattern of their own -> the role of what they hold ("" for none)
_SLOT_ROLES = {
    "ticks": "latency_s",
    "daytime": "time",
    "peer": "client",
    "digits": "",
    "rest": "",
    "pad": "",
    "proto": "",
    "tries": "",
}
#: where these end cannot be told from delimiters alone
_UNCUT = {"pad", "daytime", "peer"}


@dataclass(frozen=True)
class Compiled:
    """What a template becomes."""

    exact: re.Pattern[bytes]  # one line with its newline; the last group is a line that does not fit
    groups: tuple[str, ...]  # roles of each group, joined with "+"
    inner: dict[str, re.Pattern[bytes]]  # group of several roles -> pattern that takes it apart


class Template:
    """A parsed template: slots ``roles`` and the ``literals`` before, between and behind them."""

    def __init__(self, text: str) -> None:
        parts = _SLOT.split(text)
        self.roles, self.literals = parts[1::2], parts[0::2]
        self._runs: list[list[int]] = []
        for i, role in enumerate(self.roles):
            if role != "proto" and not _SLOT_ROLES.get(role, role):
                continue
            if i and self._runs and self._runs[-1][-1] == i - 1 and {role, self.roles[i - 1]} <= _JOINED:
                self._runs[-1].append(i)
            else:
                self._runs.append([i])

    @property
    def _tail(self) -> bool:
        """Whether anything may follow the last field: a log's last group often grows."""
        return bool(len(self._runs[-1]) > 1 and self._runs[-1][-1] == len(self.roles) - 1 and not self.literals[-1])

    def compiled(self) -> Compiled:
        """The regular expression and its groups."""
        pattern, done = re.escape(self.literals[0]), 0
        for run in self._runs:
            pattern += (
                self._patterns(range(done, run[0])) + f"({self._run(run)})" + re.escape(self.literals[run[-1] + 1])
            )
            done = run[-1] + 1
        pattern += self._patterns(range(done, len(self.roles))) + ("(?: [^\\n]*)?" if self._tail else "")
        names = [self._name(run) for run in self._runs]
        inner = {
            name: re.compile(self._run(run, named=True).encode())
            for name, run in zip(names, self._runs, strict=True)
            if len(run) > 1
        }
        return Compiled(re.compile(rf"(?:{pattern}|(.*))\n".encode()), tuple(names), inner)

    def cutter(self) -> Cutter | None:
        """The fast reader of nearly all lines, None where the template does not allow one."""
        if _UNCUT & set(self.roles) or "rest" in self.roles[:-1]:
            return None
        group_of = {i: group for group, run in enumerate(self._runs) for i in run}
        slots: list[Slot] = []
        literals = [self.literals[0]]
        last = len(self.roles) - 1
        for i, role in enumerate(self.roles):
            after = self.literals[i + 1]
            if i < last and not after and self.roles[i + 1] == "proto":
                continue
            if role == "rest" and slots and not literals[-1]:
                slots[-1] = Slot(slots[-1].inside, slots[-1].group, slots[-1].tries, tail=True)
                literals[-1] = after
                continue
            inside = re.compile(self._inside(i).encode())
            slots.append(Slot(inside, group_of.get(i, -1), role in _MULTI, tail=i == last and self._tail))
            literals.append(after)
        literals[-1] += "\n"
        if not all(literals[1:]):
            return None
        texts = [text.encode() for text in literals]
        marks = {*b' "\\', *(b"," if any(slot.tries for slot in slots) else b""), *(text[0] for text in texts[1:])}
        return Cutter(texts, slots, [self._column(run) for run in self._runs], Delimiters(bytes(marks)))

    def _column(self, run: list[int]) -> Column:
        role = self.roles[run[0]]
        name = _SLOT_ROLES.get(role, role)
        if name in NUMBERS or name == "time":
            return Column(re.compile(self._slot(run[0]).encode()) if role == "ticks" else None, coded=False)
        return Column(re.compile(self._run(run).encode()))

    def _name(self, run: list[int]) -> str:
        return "+".join(_SLOT_ROLES.get(self.roles[i], self.roles[i]) for i in run if self.roles[i] != "proto")

    def _patterns(self, slots: range) -> str:
        return "".join(self._slot(i) + re.escape(self.literals[i + 1]) for i in slots)

    def _run(self, run: Sequence[int], *, named: bool = False) -> str:
        """The pattern of a group, with a name for each role or without."""
        pattern = ""
        for i in run:
            slot = self._slot(i)
            pattern += f"(?P<{self.roles[i]}>{slot})" if named and self.roles[i] != "proto" else slot
            pattern += re.escape(self.literals[i + 1]) if i != run[-1] else ""
        return pattern

    def _slot(self, i: int) -> str:
        """The pattern of one slot, from its role and what stands around it."""
        role, before, after = self.roles[i], self.literals[i], self.literals[i + 1]
        if role == "path" and after[:1] not in ("", " ", '"'):
            return rf"[^ \"\n{re.escape(after[0])}]+"
        if role in _PATTERNS:
            return _PATTERNS[role]
        if role in _MULTI and after[:1] in ("", " "):
            return _TRIES
        if before.endswith('"') and after.startswith('"'):
            return _QUOTED
        return rf"[^{re.escape(after[0])}\n]*" if after and after[0] != " " else r"\S*"

    def _inside(self, i: int) -> str:
        """What the delimiters inside a slot must be, so that the slot can only end where the next literal begins."""
        role, pattern = self.roles[i], self._slot(i)
        if role == "proto":
            return r" ?"
        if pattern == _QUOTED:
            return r"[^\"\\\n]*"
        if pattern == _TRIES:
            return r"[^\s\",]*"
        if role in ("status", "method", "ticks"):
            return ""
        return pattern.removesuffix("+") + "*" if pattern.endswith("+") else pattern
