"""Collects the events of one go log as columns; a build may download, and trace, hundreds of thousands."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.events import COLUMNS, Cause, EventBatch, Kind, Outcome
from predictor.formats.columns import Texts
from predictor.formats.go_book import NAN, Fetch
from predictor.protocols import Source

_ASKED = ("upstream", "op", "module", "version")
_TOLD = ("time", "line", "kind", "outcome", "cause", "status", "latency_s", "template", "place")
_TEXTS = ("upstream", "module", "version", "template")
MAX_TEXTS = 1 << 15  # a long log must not gather all its strings

Column = npt.NDArray[Any]


class Rows:
    """Events of one vantage and one job, in the order in which they are told.

    An event that is added alone comes at ``place``, among rows that are added as columns with their places.
    """

    def __init__(self, source: Source) -> None:
        self._vantage = source.vantage
        self._job = source.job or source.name.rpartition("/")[2].partition(".")[0].strip("-")
        self._texts = Texts()
        self._alone: list[tuple[Any, ...]] = []
        self._rows = _columns()
        self._more: dict[str, Column] = {}
        self._known: list[Fetch] = []
        self._codes = np.empty((4, 0), dtype=np.int32)  # column values of what is known, while these texts last
        self.place = 0

    def add(  # noqa: PLR0913 - each is passed by name, and rows are many
        self,
        fetch: Fetch,
        time: float,
        line: int,
        *,
        kind: Kind = Kind.FETCH,
        outcome: Outcome = Outcome.OK,
        cause: Cause = Cause.NONE,
        status: int = 0,
        latency_s: float = NAN,
        template: str = "",
    ) -> None:
        """Add one event; times in UTC seconds, ``line`` the 1-based number of its line."""
        self._alone.append((*fetch, time, line, kind, outcome, cause, status, latency_s, template, self.place))

    def _put(self) -> None:
        """Move the events that were added alone to the columns."""
        if not self._alone:
            return
        for (name, column), values in zip(self._rows.items(), zip(*self._alone, strict=True), strict=True):
            column.extend(self._texts.codes(values) if name in _TEXTS else values)
        self._alone = []

    def add_good(self, upstream: str, asked: tuple[Column, list[str], list[str]], times: Column, lines: Column) -> None:
        """Add fetches that were good and of which no more is known.

        Args:
            upstream: of all.
            asked: their operations, modules and versions, as columns.
            times: their ends, UTC seconds.
            lines: the 1-based numbers of their lines.
        """
        self._put()
        ops, modules, versions = asked
        codes = self._texts.codes
        said = {"op": ops, "module": codes(modules), "version": codes(versions), "time": times, "line": lines}
        same = {"upstream": self._texts.code(upstream), "latency_s": NAN, "place": self.place}
        for name, column in self._rows.items():
            if name in said:
                column.frombytes(np.asarray(said[name], column.typecode).tobytes())
            else:
                column.extend(array(column.typecode, (same.get(name, 0),)) * len(lines))

    def extend(self, fetches: list[Fetch], numbers: Column, **columns: Column) -> None:
        """Add fetches as columns, once before each ``build``.

        Args:
            fetches: what was asked for, by number; the list only grows.
            numbers: what each row asked for.
            columns: ``place``, ``line``, ``time``, ``outcome``, ``cause``, ``status`` and ``latency_s`` of the rows.
        """
        if self._known is not fetches:
            self._known, self._codes = fetches, self._codes[:, :0]
        new = fetches[self._codes.shape[1] :]
        if new:
            upstreams, ops, modules, versions = zip(*new, strict=True)
            codes = self._texts.codes
            rows = [codes(upstreams), ops, codes(modules), codes(versions)]
            self._codes = np.concatenate([self._codes, np.array(rows, dtype=np.int32)], axis=1)
        asked = dict(zip(_ASKED, self._codes[:, numbers], strict=True))
        same = {"kind": np.full(len(numbers), Kind.FETCH), "template": np.zeros(len(numbers), dtype=np.int32)}
        self._more = asked | columns | same

    def build(self) -> EventBatch:
        """The events added since the last ``build``, in order of their places."""
        self._put()
        rows, more = self._rows, self._more
        if not rows["place"] and not more:
            return EventBatch.empty()
        self._rows, self._more, self.place = _columns(), {}, 0
        columns = {name: np.frombuffer(column, column.typecode) for name, column in rows.items()}
        if more:
            order = np.argsort(np.concatenate([columns["place"], more["place"]]), kind="stable")
            columns = {name: np.concatenate([column, more[name]])[order] for name, column in columns.items()}
        del columns["place"]
        vantage, job = self._texts.code(self._vantage), self._texts.code(self._job)
        strings = self._texts.strings()
        if len(strings) > MAX_TEXTS:
            self._texts, self._known = Texts(), []
        return EventBatch.of(len(columns["line"]), strings, vantage=vantage, job=job, **columns)


def _columns() -> dict[str, array[Any]]:
    """Columns without rows."""
    return {name: array(np.dtype(COLUMNS.get(name, np.int64)).char) for name in (*_ASKED, *_TOLD)}
