"""From columns of raw field values to columns of numbers, a whole block at a time.

Access logs repeat themselves: few paths, upstreams and statuses among many lines. A :class:`Coder` parses each
distinct value once and answers the rest by one dict look-up; only times, sizes and durations are converted
line by line, by C loops.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.formats.spans import Ids, Spans

Floats = npt.NDArray[np.float64]
Values = Mapping[str, float]

MAX_CODES = 100_000
_UNITS = {"": 1.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9, "m": 60.0}
_AMOUNT = re.compile(r"^(\d+(?:\.\d*)?|\.\d+)(s|ms|us|µs|ns|m)?$")
_TRIES = re.compile(r", ?| : ")


class Texts:
    """Strings of one log by code; code 0 is the empty string."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {"": 0}
        self._frozen: tuple[str, ...] = ("",)

    def __len__(self) -> int:
        return len(self._codes)

    def code(self, text: str) -> int:
        """The code of ``text``, new or known."""
        return self._codes.setdefault(text, len(self._codes))

    def codes(self, texts: Iterable[str]) -> list[int]:
        """The code of each text."""
        known, code = self._codes, self.code
        return [known[text] if text in known else code(text) for text in texts]

    def strings(self) -> tuple[str, ...]:
        """All strings in the order of their codes."""
        if len(self._frozen) != len(self._codes):
            self._frozen = tuple(self._codes)
        return self._frozen


class Coder(dict[Any, int]):
    """Distinct raw values -> row numbers of small tables that hold what each value means.

    Args:
        parse: value -> the numbers that it means, by name; called once per distinct value.
        names: the names that ``parse`` gives; what it leaves out is NaN.
    """

    def __init__(self, parse: Callable[[Any], Values], names: Iterable[str]) -> None:
        super().__init__()
        self._parse = parse
        self.tables: dict[str, array[float]] = {name: array("d") for name in names}
        self._values: list[bytes] = []  # the distinct values whose rows are known
        self._rows = np.empty(0, dtype=np.intp)

    def __missing__(self, key: Any) -> int:
        values = self._parse(key)
        for name, table in self.tables.items():
            table.append(values.get(name, math.nan))
        row = self[key] = len(self)
        return row

    def columns(self, raw: Sequence[Any]) -> dict[str, Floats]:
        """One column per name, as long as ``raw``."""
        ids = raw.ids if isinstance(raw, Spans) else None
        rows = self._numbered(ids)[ids.rows] if ids else self._one_by_one(raw)
        return {name: np.frombuffer(table, dtype=np.float64)[rows] for name, table in self.tables.items()}

    def _one_by_one(self, raw: Sequence[Any]) -> npt.NDArray[np.intp]:
        try:
            return np.fromiter(map(self.__getitem__, raw), np.intp, count=len(raw))
        except TypeError:  # lists and objects where a scalar belongs cannot be keys
            return np.fromiter((self[str(value)] for value in raw), np.intp, count=len(raw))

    def _numbered(self, ids: Ids) -> npt.NDArray[np.intp]:
        """Row of each distinct value by its number."""
        if self._values is not ids.values:
            self._values, self._rows = ids.values, np.empty(0, dtype=np.intp)
        if len(self._rows) < len(ids.values):
            new = [self[value] for value in ids.values[len(self._rows) :]]
            self._rows = np.concatenate([self._rows, np.array(new, dtype=np.intp)])
        return self._rows


def text_of(value: Any) -> str:
    """A raw field value as text; what cannot be decoded is replaced."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def tries_of(text: str) -> list[str]:
    """The upstream tries in one field: ``502, 200`` or groups ``a : b``; ``-`` and blanks stay in place."""
    return [part.strip() for part in _TRIES.split(text)] if "," in text or " : " in text else [text.strip()]


def number(value: Any) -> float:
    """One amount: ``0.958``, ``84ms``, ``0.012, 1.004`` (tries add up); NaN when there is none."""
    if isinstance(value, (int, float)):
        return float(value)
    total = math.nan
    for part in tries_of(text_of(value)):
        match = _AMOUNT.match(part)
        if match:
            amount = float(match[1]) * _UNITS[match[2] or ""]
            total = amount if math.isnan(total) else total + amount
    return total


def _plain(value: Any) -> float:
    try:
        return float(value)
    except (ValueError, TypeError):
        return math.nan if value in (b"-", "-", b"", "", None) else number(value)


def numbers(raw: Sequence[Any]) -> Floats:
    """A column of amounts; NaN where a value is none or negative."""
    if isinstance(raw, Spans):
        column, plain = raw.amounts()
        if plain.all():  # what is plain is neither negative nor endless
            return column
        column = column.copy()
        for row in np.flatnonzero(~plain).tolist():
            column[row] = _plain(raw[row])
    else:
        try:
            column = np.fromiter(map(float, raw), np.float64, count=len(raw))
        except (ValueError, TypeError):
            column = np.fromiter(map(_plain, raw), np.float64, count=len(raw))
    column[~((column >= 0) & (column < np.inf))] = np.nan
    return column
