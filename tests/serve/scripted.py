"""A loop whose statuses are what its log says: one JSON object a line, so that a test decides what the API shows."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from predictor.errors import ArtifactError, UnknownFormatError
from predictor.pipeline import NAN, Report, Status, riskiness
from predictor.protocols import Decision, Source


class ScriptedLoop:
    """Lines ``{"time": .., "upstream": .., "risk": [..], ...}`` become statuses; ``{"broken": ..}`` stops it."""

    def __init__(self) -> None:
        self.series: dict[tuple[str, str], Status] = {}
        self.bins: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.made: list[Decision] = []
        self.moved_to: list[float] = []
        self.broken = ""
        self.closed = False
        self.gate = threading.Event()
        self.gate.set()

    def ingest(self, data: bytes, source: Source, format_name: str, *, final: bool) -> Report:
        if format_name not in ("auto", "script"):
            raise UnknownFormatError(f"no format is called '{format_name}'", source=source.name)
        skipped: Counter[str] = Counter()
        rows = []
        for line in data.splitlines():
            try:
                rows.append({**json.loads(line)})
            except (ValueError, TypeError):
                skipped["no-json"] += 1
        for row in rows:
            self._take(row, source)
        newest = max((row["time"] for row in rows if "time" in row), default=NAN)
        return Report(len(rows) + sum(skipped.values()), len(rows), skipped, "script", "", newest)

    def _take(self, row: dict[str, Any], source: Source) -> None:
        self.broken = row.pop("broken", self.broken)
        action = row.pop("action", "")
        if "upstream" not in row:
            return
        row = {"state": "ok", "vantage": source.vantage, **row}
        status = Status(**row)
        key = (status.vantage, status.upstream)
        self.series[key] = status
        self.bins.setdefault(key, []).append(row)
        if action:
            decision = Decision(status.time, key, action, status.risk[1], status.cause, status.signals, "3f9a1c0be2d4")
            self.made.append(decision)

    def advance(self, now: float) -> Sequence[Decision]:
        self.moved_to.append(now)
        if self.broken:
            raise ArtifactError(self.broken)
        return []

    def status(self, upstream: str, vantage: str) -> Status | None:
        if vantage:
            return self.series.get((vantage, upstream))
        return max((s for s in self.series.values() if s.upstream == upstream), key=riskiness, default=None)

    def statuses(self) -> Sequence[Status]:
        self.gate.wait(20)
        return sorted(self.series.values(), key=riskiness, reverse=True)

    def decisions(self, limit: int) -> Sequence[Decision]:
        return self.made[: -limit - 1 : -1]

    def history(self, upstream: str, vantage: str, since: float) -> Sequence[Mapping[str, Any]]:
        rows = self.bins.get((vantage, upstream), [])
        return [{"warning": False, **row} for row in rows if row["time"] >= since]

    def close(self) -> None:
        self.closed = True


def line(upstream: str = "proxy.golang.org", **values: Any) -> bytes:
    """One line of script."""
    row = {"time": 1_800_000_000.0, "upstream": upstream, "risk": [0.1, 0.2, 0.3], **values}
    return json.dumps(row).encode() + b"\n"
