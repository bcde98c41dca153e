"""Asks a Prometheus server once a bin, on a thread of its own: a slow server never holds up the loop.

What could not be read or kept is asked for again with the next bins, at most ``BACKLOG_S`` back; why is in ``fault``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from predictor.clock import Clock
from predictor.errors import FetchcastError
from predictor.series.bins import Bins

_LOG = logging.getLogger("fetchcast.poller")

BACKLOG_S = 6 * 3600.0  # asked for at the start, so that a fresh service knows a history at once
SETTLE_S = 5.0  # a scrape needs some seconds to be there
STOP_S = 15.0


class Readable(Protocol):
    """What ``predictor.prometheus.PrometheusSource`` offers."""

    def read(self, start: float, end: float, bin_s: int = 60) -> Bins:
        """The bins that lie within ``start`` and ``end``."""


class Poller:
    """Reads a source bin by bin and hands the bins on.

    Args:
        source: what is asked.
        put: takes the bins.
        clock: gives the present, UTC seconds.
        bin_s: width of a bin in seconds, also the pause between two questions.
    """

    def __init__(self, source: Readable, put: Callable[[Bins], None], clock: Clock, bin_s: int = 60) -> None:
        self._source, self._put, self._clock, self._bin_s = source, put, clock, bin_s
        self.fault = ""
        self._next = (clock.now() - BACKLOG_S) // bin_s * bin_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fetchcast-poller", daemon=True)

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """End within ``STOP_S`` seconds."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def poll(self) -> None:
        """Ask for the bins that are over and were not read yet."""
        end = (self._clock.now() - SETTLE_S) // self._bin_s * self._bin_s
        start = max(self._next, end - BACKLOG_S)
        if end <= start:
            return
        try:
            self._put(self._source.read(start, end, self._bin_s))
        except FetchcastError as error:
            if self.fault != str(error):
                _LOG.error("%s; it is asked again", error)
            self.fault = str(error)
            return
        self._next, self.fault = end, ""

    def _run(self) -> None:
        while True:
            self.poll()
            if self._stopping.wait(self._bin_s / 4):
                return
