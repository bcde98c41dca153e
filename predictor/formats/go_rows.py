"""Collects the events of one go log as columns; a trace may hold hundreds of thousands."""

from __future__ import annotations

from predictor.events import Cause, EventBatch, Kind, Outcome
from predictor.formats.go_book import NAN, Fetch
from predictor.protocols import Source

_COLUMNS = ("time", "kind", "upstream", "op", "module", "version", "outcome", "cause", "status", "latency_s", "line")


class Rows:
    """Events of one vantage and one job, in the order in which they are told."""

    def __init__(self, source: Source) -> None:
        self._vantage = source.vantage
        self._job = source.job or source.name.rpartition("/")[2].partition(".")[0].strip("-")
        self._pool: dict[str, int] = {"": 0}
        self._rows: list[tuple[float | int, ...]] = []

    def _code(self, text: str) -> int:
        return self._pool.setdefault(text, len(self._pool))

    def add(
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
    ) -> None:
        """Add one event; times in UTC seconds, ``line`` the 1-based number of its line."""
        pool = self._pool
        upstream, op, module, version = fetch
        self._rows.append(
            (
                time,
                kind,
                pool.setdefault(upstream, len(pool)),
                op,
                pool.setdefault(module, len(pool)),
                pool.setdefault(version, len(pool)),
                outcome,
                cause,
                status,
                latency_s,
                line,
            )
        )

    def build(self) -> EventBatch:
        """The events added since the last ``build``."""
        rows, self._rows = self._rows, []
        if not rows:
            return EventBatch.empty()
        columns = dict(zip(_COLUMNS, zip(*rows, strict=True), strict=True))
        vantage, job = self._code(self._vantage), self._code(self._job)
        pool, self._pool = self._pool, {"": 0}  # each batch has its own strings: a long log must not gather them all
        return EventBatch.of(len(rows), tuple(pool), vantage=vantage, job=job, **columns)
