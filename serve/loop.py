"""The loop as the service uses it: the pipeline, seen through the few verbs that the service needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from predictor.pipeline import Report, Status
from predictor.protocols import Decision, Source

__all__ = ["Loop", "Report", "Status"]


class Loop(Protocol):
    """The pipeline; safe to call from several threads."""

    def ingest(self, data: bytes, source: Source, format_name: str, *, final: bool) -> Report:
        """Read a piece of a log. Raises InputError."""

    def advance(self, now: float) -> Sequence[Decision]:
        """Close the bins that ended before ``now``; gives the new decisions. Raises FetchcastError."""

    def status(self, upstream: str, vantage: str) -> Status | None:
        """One series, None when no event named it; without a vantage the riskiest of the upstream."""

    def statuses(self) -> Sequence[Status]:
        """All series, the riskiest first."""

    def decisions(self, limit: int) -> Sequence[Decision]:
        """The newest decisions, newest first."""

    def history(self, upstream: str, vantage: str, since: float) -> Sequence[Mapping[str, Any]]:
        """Bins of one series from ``since`` on, oldest first: time, state, risk (3), warning."""

    def close(self) -> None:
        """Finish what was begun, within a bounded time."""
