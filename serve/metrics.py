"""Prometheus metrics of one service, in a registry of its own so that two services in one process do not mix.

Risks are read from the loop at scrape time, so a series that is gone leaves no stale value behind. Labels are
bounded: routes by their template, never by path.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from predictor import __version__
from predictor.protocols import HORIZONS_MIN
from serve.loop import Report
from serve.runtime import Runtime

STATES = ("ok", "outage", "unknown")
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class _Series:
    """Collects what the loop says now."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def collect(self) -> Iterator[Metric]:
        labels = ["vantage", "upstream"]
        risk = GaugeMetricFamily(
            "fetchcast_risk", "Risk 0..1 of an outage within the horizon", labels=[*labels, "horizon"]
        )
        state = GaugeMetricFamily("fetchcast_state", "1 for the state that holds", labels=[*labels, "state"])
        warning = GaugeMetricFamily("fetchcast_warning", "1 while a warning is active", labels=labels)
        for status in self._runtime.loop.statuses():
            key = [status.vantage, status.upstream]
            for name in STATES:
                state.add_metric([*key, name], float(status.state == name))
            warning.add_metric(key, float(status.warning))
            if status.state == "unknown":
                continue
            for horizon, value in zip(HORIZONS_MIN, status.risk, strict=True):
                if math.isfinite(value):
                    risk.add_metric([*key, f"{horizon}m"], value)
        faults = CounterMetricFamily("fetchcast_loop_faults", "Times that the loop did not advance")
        faults.add_metric([], self._runtime.faults)
        yield from (risk, state, warning, faults)


class Metrics:
    """Counts what the service does."""

    def __init__(self, runtime: Runtime) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        info = Gauge("fetchcast_build_info", "1; the label says the version", ["version"], registry=self.registry)
        info.labels(__version__).set(1)
        self._events = Counter("fetchcast_events", "Fetch events read", ["format"], registry=self.registry)
        self._lines = Counter("fetchcast_lines", "Log lines taken in", ["format"], registry=self.registry)
        self._skipped = Counter(
            "fetchcast_skipped_lines", "Lines that gave no event", ["reason"], registry=self.registry
        )
        self._seconds = Histogram(
            "fetchcast_http_request_seconds",
            "Time to answer",
            ["method", "route", "status"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.registry.register(_Series(runtime))

    def took_in(self, report: Report) -> None:
        """Count one accepted body."""
        self._events.labels(report.format).inc(report.events)
        self._lines.labels(report.format).inc(report.lines)
        for reason, lines in report.skipped.items():
            self._skipped.labels(reason).inc(lines)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request; ``route`` is a template such as ``/v1/risk``."""
        self._seconds.labels(method, route, str(status)).observe(seconds)

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self.registry)
