"""Cuts JSON records that a server writes from one pattern: the same keys in the same order in nearly every line.

One record of the log becomes a template: keys and punctuation are literals, values are slots. A line that differs
from it in anything but its values, or whose values are not plain, does not fit and is decoded by msgspec.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from predictor.formats.access import NUMBERS
from predictor.formats.columns import text_of
from predictor.formats.cutting import Column, Cut, Cutter
from predictor.formats.delimiters import Delimiters
from predictor.formats.spans import BACK, FRONT, Buffer
from predictor.formats.walking import Slot

MAX_RECORD = 8192  # bytes of a record that becomes a template
MAX_TRIALS = 4  # templates that are tried on one log before it is left to msgspec
SAMPLED = 8  # records that are tried in one block
MIN_SHARE = 0.25  # of the lines of a block must fit, else another template is tried
_TOKEN = re.compile(
    rb'\s*(?:"(?P<text>[^"\\\x00-\x1f]*)"|(?P<bare>-?\d[\d.eE+-]*|true|false|null)|(?P<mark>[{}\[\],:]))'
)
_IN_TEXT = re.compile(rb"[^\"\\\x00-\x1f]*")
_IN_BARE = re.compile(rb"")
#: how fields may be told apart, the fewest delimiters first: the joints between them or all quotes
_DELIMITERS = ((b"\\", b',"'), (b"\\", b', "'), (b'"\\', b""))
_SCALAR = re.compile(rb"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
#: numbers whose text stays the same when they are decoded and written again, or is only read as a number
_AMOUNT = re.compile(rb"(?:0|[1-9]\d{0,14})(?:\.\d{1,20})?|[1-9]\d{15,17}")
_WHOLE = re.compile(rb"0|[1-9]\d{0,17}")

NO_RECORD = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

Path = tuple[str, ...]


class RecordCutter:
    """Cuts the records of one log.

    Args:
        places: role -> keys that lead to its value.
    """

    def __init__(self, places: Mapping[str, Sequence[str]]) -> None:
        self._places = {tuple(path): role for role, path in places.items()}
        self._roles = list(places)
        self._cutter: Cutter | None = None
        self._trials = MAX_TRIALS if len(self._places) == len(places) else 0

    def cut(self, text: bytes) -> Cut | None:
        """The lines of ``text`` that fit, columns in the order of the roles; None where hardly any does."""
        cut = self._known(text)
        if cut and len(cut.rows) >= MIN_SHARE * (len(cut.lines) - 1):
            return cut
        if not self._trials or text.count(b"\n", 0, 1 << 16) < 2 * SAMPLED:
            return cut if cut and len(cut.rows) else None
        self._trials -= 1
        for line in text[: 1 << 16].split(b"\n", SAMPLED)[:SAMPLED]:
            cutter = self._learned(line)
            if cutter:
                self._cutter = cutter
                tried = self._known(text)
                return tried if tried and len(tried.rows) else None
        return None

    def _known(self, text: bytes) -> Cut | None:
        """The lines that fit the template at hand; of the columns those of the roles."""
        if self._cutter is None:
            return None
        cut = self._cutter.cut(text)
        return replace(cut, columns=cut.columns[: len(self._roles)])

    def merged(
        self, cut: Cut, rows: Sequence[int], values: Mapping[str, Iterable[Any]]
    ) -> tuple[npt.NDArray[np.int64], dict[str, Sequence[Any]]]:
        """(rows, columns by role) of a cut and of the decoded records ``rows`` that did not fit."""
        if self._cutter is None:
            raise ValueError("only what was cut can be merged")
        order = np.argsort(np.concatenate([cut.rows, np.array(rows, dtype=np.int64)]))
        both = np.concatenate([cut.rows, np.array(rows, dtype=np.int64)])[order]
        texts = [text_of(value).encode("utf-8", "replace") for role in self._roles for value in values[role]]
        size = int(cut.lines[-1]) - FRONT
        ends = np.array([0, *accumulate(map(len, texts))], dtype=np.int64) + cut.lines[-1]
        buffer = Buffer(cut.buffer.raw[FRONT : FRONT + size], texts)
        columns: dict[str, Sequence[Any]] = {}
        for i, (role, fast) in enumerate(zip(self._roles, cut.columns, strict=True)):
            mine = slice(i * len(rows), (i + 1) * len(rows))
            starts = np.concatenate([fast.starts, ends[:-1][mine]])[order]
            stops = np.concatenate([fast.ends, ends[1:][mine]])[order]
            columns[role] = self._cutter.spans(buffer, i, starts, stops)
        return both, columns

    def _learned(self, line: bytes) -> Cutter | None:
        """The cutter of records like this one; None when it is no template or has not all roles."""
        fields = list(_fields(line)) if len(line) <= MAX_RECORD and _is_record(line) else []
        literals: list[bytes] = []
        slots: list[Slot] = []
        done = 0
        columns: dict[int, Column] = {}
        extra = len(self._roles)
        for field in fields:
            if field is None:
                return None
            path, start, end, quoted = field
            role = self._places.get(path)
            group = self._roles.index(role) if role else -1
            if group in columns:
                return None
            if group < 0 and not quoted:
                group, extra = extra, extra + 1
            if group >= 0:
                columns[group] = _column(role, quoted=quoted)
            literals.append(line[done:start])
            slots.append(Slot(_IN_TEXT if quoted else _IN_BARE, group))
            done = end
        literals.append(line[done:] + b"\n")
        if not fields or len(columns) != extra or max(map(len, literals)) > BACK:
            return None
        for marks, joint in _DELIMITERS:
            delimiters = Delimiters(marks, joint)
            if all(delimiters.within(literal) for literal in literals[1:]):
                return Cutter(literals, slots, [columns[i] for i in range(extra)], delimiters)
        return None


def _is_record(line: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except NO_RECORD:
        return False


def _column(role: str | None, *, quoted: bool) -> Column:
    if role is None:
        return Column(_SCALAR, coded=False, decimal=True)
    if role in NUMBERS or role == "time":
        return Column(None if quoted else _AMOUNT, coded=False, decimal=True)
    return Column(None if quoted else _WHOLE)


def _fields(line: bytes) -> Iterator[tuple[Path, int, int, bool] | None]:
    """(keys, begin, end, quoted) of every value of a record, also of those in lists; None where it is no template."""
    stack: list[str | None] = []  # key of each open object, None for a list
    key, expects_key, at = "", False, 0
    while match := _TOKEN.match(line, at):
        at = match.end()
        mark = match["mark"]
        if mark in (b"{", b"["):
            stack.append(key if mark == b"{" else None)
            expects_key = mark == b"{"
        elif mark in (b"}", b"]"):
            if not stack:
                yield None
                return
            key, expects_key = stack.pop() or "", False
        elif mark == b",":
            expects_key = bool(stack) and stack[-1] is not None
        elif mark is None and expects_key:
            key, expects_key = (match["text"] or b"").decode("utf-8", "replace"), False
        elif mark is None:
            kind = "bare" if match["text"] is None else "text"
            path = () if None in stack else (*(name for name in stack[1:] if name is not None), key)
            yield path, match.start(kind), match.end(kind), kind == "text"
    if stack or line[at:].strip():
        yield None
