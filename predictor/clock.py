"""Time comes in as an argument, so that a replay, a test and production run the same code."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Source of the present."""

    def now(self) -> float:
        """Seconds since the Unix epoch, UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Seconds since the Unix epoch, UTC."""
        return time.time()


class ManualClock:
    """A clock that moves when told to: for replays and tests."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start

    def now(self) -> float:
        """Seconds since the Unix epoch, UTC, as last set."""
        return self._now

    def set(self, now: float) -> None:
        """Move to ``now`` (seconds since the Unix epoch)."""
        self._now = now
