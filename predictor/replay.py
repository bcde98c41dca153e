"""Recorded logs through the same engine as production, bin by bin, into one table.

One row per series and bin: ``time`` is the end of the bin, and only lines stamped before it have influence.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from predictor.engine import Engine
from predictor.events import EventBatch, rfc3339
from predictor.history import FileReport, History
from predictor.protocols import Forecast, Key

HEADER = "time,vantage,upstream,state,risk_5m,risk_15m,risk_30m,warning\n"
CHUNK = 20_000  # events that are taken at once: bounds memory, changes no value


class Warnings(Protocol):
    """What ``predictor.decide.policy.Policy`` offers to a replay."""

    def step(self, keys: Any, risk15: Any, state: Any) -> npt.NDArray[np.bool_]:
        """Whether each series is under a warning after this bin."""


@dataclass(slots=True)
class SeriesSummary:
    """What a replay said about one series; times are ends of bins in RFC 3339 UTC."""

    vantage: str
    upstream: str
    bins: int = 0
    outages: list[str] = field(default_factory=list)  # when each began
    warnings: list[str] = field(default_factory=list)  # when each began
    highest_risk: float = 0.0  # 15-minute risk outside of outages
    states: dict[str, int] = field(default_factory=dict)


def forecasts(engine: Engine, events: EventBatch) -> Iterator[Forecast]:
    """All forecasts of a history that is in order of time, the bin of its last event included."""
    for start in range(0, len(events), CHUNK):
        chunk = events.take(np.arange(start, min(start + CHUNK, len(events))))
        engine.ingest(chunk)
        yield from engine.advance(float(chunk.time[-1]))
    yield from engine.finish()


class Table:
    """Writes forecasts as rows and keeps the summary of each series."""

    def __init__(self, write: Callable[[str], Any], warnings: Warnings) -> None:
        self._write, self._warnings = write, warnings
        self._names: dict[Key, str] = {}
        self._state: dict[Key, tuple[str, bool]] = {}
        self.series: dict[Key, SeriesSummary] = {}
        self.bins = 0
        write(HEADER)

    def add(self, forecast: Forecast) -> None:
        """One row per series."""
        stamp = rfc3339(forecast.time)
        under_warning = self._warnings.step(forecast.keys, forecast.risk[:, 1], forecast.state).tolist()
        rows = []
        for key, state, (five, fifteen, thirty), warning in zip(
            forecast.keys, forecast.state, forecast.risk.tolist(), under_warning, strict=True
        ):
            name = self._names.get(key) or self._name(key)
            rows.append(f"{stamp},{name},{state},{five:.6f},{fifteen:.6f},{thirty:.6f},{warning:d}\n")
            self._note(key, stamp, state, fifteen, warning)
        self._write("".join(rows))
        self.bins += 1

    def _name(self, key: Key) -> str:
        text = io.StringIO()
        csv.writer(text, lineterminator="").writerow(key)
        self._names[key] = text.getvalue()
        self.series[key] = SeriesSummary(*key)
        return self._names[key]

    def _note(self, key: Key, stamp: str, state: str, risk: float, warning: bool) -> None:
        before, warned = self._state.get(key, ("", False))
        summary = self.series[key]
        summary.bins += 1
        summary.states[state] = summary.states.get(state, 0) + 1
        if state == "outage":
            if before != "outage":
                summary.outages.append(stamp)
        elif risk > summary.highest_risk:
            summary.highest_risk = risk
        if warning and not warned:
            summary.warnings.append(stamp)
        self._state[key] = (state, warning)


def summary(table: Table, history: History, engine: Engine) -> dict[str, Any]:
    """What was read and what was said, JSON-ready."""
    return {
        "bins": table.bins,
        "events": len(history.events),
        "skipped_events": dict(engine.skipped),
        "series": [asdict(series) for series in table.series.values()],
        "files": [_file(report) for report in history.files],
    }


def _file(report: FileReport) -> dict[str, Any]:
    return asdict(report) | {"newest": rfc3339(report.newest) if report.newest == report.newest else None}
