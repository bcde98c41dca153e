"""A Prometheus server is asked once a bin, and a failure costs nothing but time."""

from __future__ import annotations

from dataclasses import dataclass, field

from predictor.clock import ManualClock
from predictor.errors import OutboundError
from predictor.poller import BACKLOG_S, Poller
from predictor.series.bins import Bins, empty
from predictor.stores.memory import MemoryStore


@dataclass
class Server:
    """A source that remembers what it was asked."""

    asked: list[tuple[float, float]] = field(default_factory=list)
    broken: bool = False

    def read(self, start: float, end: float, bin_s: int = 60) -> Bins:
        self.asked.append((start, end))
        if self.broken:
            raise OutboundError("prometheus cannot be asked")
        return empty(bin_s)


def test_every_bin_is_asked_for_once() -> None:
    """With the history at the start, and not before a scrape can be there."""
    server, clock, got = Server(), ManualClock(600_000.0), []
    poller = Poller(server, got.append, clock)

    for now in (600_005.0, 600_020.0, 600_063.0, 600_066.0):
        clock.set(now)
        poller.poll()

    assert server.asked == [(600_000.0 - BACKLOG_S, 600_000.0), (600_000.0, 600_060.0)]
    assert len(got) == 2


def test_what_could_not_be_read_is_asked_for_again() -> None:
    """The reason is kept until it works."""
    server, clock, got = Server(broken=True), ManualClock(600_006.0), []
    poller = Poller(server, got.append, clock)
    poller.poll()
    reason, server.broken = poller.fault, False

    poller.poll()

    assert reason == "prometheus cannot be asked"
    assert (poller.fault, server.asked[0] == server.asked[1], len(got)) == ("", True, 1)


def test_it_stops_when_told() -> None:
    """Within its bound."""
    poller = Poller(Server(), lambda bins: None, ManualClock(600_006.0))
    poller.start()

    poller.stop()

    assert not poller._thread.is_alive()


def test_what_could_not_be_kept_is_asked_for_again_and_ends_nothing() -> None:
    """A full disk is told, and the thread goes on."""
    server, clock = Server(), ManualClock(600_006.0)
    store = MemoryStore()
    poller = Poller(server, lambda bins: store.append("polled", [{"time": float(bins.first)}]), clock)
    store.close()
    poller.poll()
    poller.poll()

    assert (poller.fault, server.asked[0] == server.asked[1]) == ("the store is closed", True)
