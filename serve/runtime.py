"""What runs behind the HTTP service: the loop, the journal of accepted logs, and the thread that moves time.

Three verbs: ``start`` replays the journal and starts the thread, ``serve`` is that thread's body and advances the
loop until told to stop, ``stop`` ends it and closes what was opened. Time is the machine's, or, with ``event_time``,
the newest event time seen: so a recording can be played faster than it happened through the same endpoint.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import structlog

from predictor.advice import Advice, advise
from predictor.clock import Clock, ManualClock
from predictor.errors import FetchcastError, InputError
from predictor.journals import polled
from predictor.journals.accepted import Accepted
from predictor.protocols import Source
from predictor.stores.backend import KeptStore
from serve.journal import Journal
from serve.loop import Loop, Report, Status

TICK_S = 1.0  # how often the loop is moved on; bins are 60 s, so a risk is at most this much older than it could be
REPLAY_S = 3 * 3600.0  # a start reads this much again: longer than the history that a series needs
KEEP_S = 30 * 86400.0  # what was seen is kept this long, for ``fetchcast dataset``
FORGET_EVERY = 600  # ticks
STOP_LIMIT_S = 10.0
AUDIT_S = 7 * 86400.0  # how far back the tail of the audit journal goes

_LOG = structlog.get_logger("fetchcast.runtime")


Advisor = Callable[[str, Status | None], Advice]


def plain_advice(upstream: str, status: Status | None) -> Advice:
    """Advice without a warm store: only what risk and state alone can say."""
    if status is None:
        return advise(upstream, risk=None, state="unknown", warning=False)
    risk = None if status.state == "unknown" else status.risk[1]
    return advise(upstream, risk=risk, state=status.state, warning=status.warning)


class Runtime:
    """Everything behind the HTTP service.

    Args:
        loop: the pipeline.
        store: keeps the journal of accepted logs; closed by ``stop``.
        wall: the machine's clock, by which the journal is kept.
        advisor: makes the advice for an upstream from its status, None when it has none.
        event_clock: set when the loop lives in event time: this clock is moved to the newest event seen.
        tick_s: seconds of wall time between two advances.
        keep_s: seconds of wall time for which accepted bytes and polled bins are kept; a start reads those of the
            last ``REPLAY_S`` again.
    """

    def __init__(
        self,
        loop: Loop,
        store: KeptStore,
        wall: Clock,
        *,
        advisor: Advisor = plain_advice,
        event_clock: ManualClock | None = None,
        tick_s: float = TICK_S,
        keep_s: float = KEEP_S,
    ) -> None:
        self.loop, self.store = loop, store
        self.advisor = advisor
        self.fault = ""  # why the loop did not advance the last time, "" when it did
        self.faults = 0
        self._wall, self._event_clock = wall, event_clock
        self._tick_s, self._keep_s = tick_s, keep_s
        self._journal = Journal(store)
        self._taking = threading.Lock()  # bodies reach journal and loop in the same order
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def now(self) -> float:
        """The present of the loop, UTC seconds."""
        return (self._event_clock or self._wall).now()

    @property
    def running(self) -> bool:
        """Whether the thread that moves time is alive."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def failure(self) -> str:
        """Why what the loop says may be old, ``""`` when it is not."""
        return self.fault if self.running else "the thread that advances the forecasts has stopped"

    def start(self) -> None:
        """Replay what was accepted before, then start to move time; what is damaged of it is logged and left out.

        Raises:
            StoreError: the journal cannot be read.
        """
        replayed = refused = 0
        damaged: list[str] = []
        for record in self._journal.records(self._wall.now() - min(self._keep_s, REPLAY_S), damaged.append):
            try:
                self._move(record.time)
                self._hand_on(record)
                replayed += 1
            except InputError:
                refused += 1  # it was refused when it came, too
        for reason in damaged:
            _LOG.error("a log is lost", reason=reason)
        _LOG.info("journal replayed", bodies=replayed, refused=refused, damaged=len(damaged))
        self._thread = threading.Thread(target=self.serve, name="fetchcast-loop", daemon=True)
        self._thread.start()

    def serve(self) -> None:
        """Advance the loop each tick until ``stop``; an error is logged, counted and told by ``fault``."""
        ticks = 0
        while not self._stopping.wait(self._tick_s):
            ticks += 1
            self._move(self.now)
            if ticks % FORGET_EVERY == 0:
                self._forget()

    def stop(self) -> None:
        """End the thread, then close loop and store; waits a bounded time and is harmless when called twice."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(STOP_LIMIT_S)
        self.loop.close()
        self.store.close()

    def take(self, data: bytes, source: Source, format_name: str, *, final: bool) -> Report:
        """Keep one body on disk, then hand it to the loop; when this returns it may be acknowledged.

        Raises:
            StoreError: it could not be kept.
            InputError: it cannot be read; nothing of it was used.
        """
        record = Accepted(self._wall.now(), data, source, format_name, final)
        with self._taking:
            self._journal.commit(record)
            return self._hand_on(record)

    def audit(self, limit: int) -> list[dict[str, Any]]:
        """The newest ``limit`` entries of the audit journal, newest first. Raises StoreError."""
        return list(deque(self.store.read("audit", since=self.now - AUDIT_S), maxlen=limit))[::-1]

    def _hand_on(self, record: Accepted) -> Report:
        report = self.loop.ingest(record.data, record.source, record.format_name, final=record.final)
        if self._event_clock is not None and report.newest > self._event_clock.now():
            self._event_clock.set(report.newest)
            self._move(report.newest)
        return report

    def _move(self, now: float) -> None:
        if self._event_clock is not None:
            now = self._event_clock.now()
        try:
            self.loop.advance(now)
            self.fault = ""
        except FetchcastError as error:
            self.fault = str(error)
            self.faults += 1
            _LOG.error("the loop did not advance", reason=self.fault)

    def _forget(self) -> None:
        try:
            before = self._wall.now() - self._keep_s
            self._journal.forget(before)
            self.store.trim(polled.KIND, before)
        except FetchcastError as error:
            _LOG.error("old history was not dropped", reason=str(error))
