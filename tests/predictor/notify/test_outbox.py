"""Notifications survive failures and restarts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from predictor.clock import ManualClock
from predictor.errors import DeliveryError
from predictor.notify.message import title
from predictor.notify.outbox import MAX_TRIES, Outbox
from predictor.protocols import Decision
from predictor.stores.memory import MemoryStore

WARN = Decision(60.0, ("default", "proxy.golang.org"), "warn", 0.8, "http_5xx", (("latency", 0.3),), "e1")


@dataclass
class Channel:
    """A notifier that fails as often as it was told."""

    fails: int = 0
    permanent: bool = False
    wanted: Sequence[str] = ("warn",)
    got: list[Decision] = field(default_factory=list)
    tries: int = 0
    name: str = "channel"

    def wants(self, decision: Decision) -> bool:
        return decision.action in self.wanted

    def send(self, decision: Decision) -> None:
        self.tries += 1
        if self.tries <= self.fails:
            raise DeliveryError("no route", permanent=self.permanent)
        self.got.append(decision)


def test_a_message_arrives_once_and_unchanged() -> None:
    """A second look finds nothing to do."""
    channel = Channel()
    outbox = Outbox({"a": channel}, MemoryStore(), ManualClock(100.0))

    outbox.put(WARN)

    assert (outbox.deliver(), outbox.deliver(), channel.got) == (1, 0, [WARN])


def test_a_failed_delivery_is_tried_again_after_a_pause_that_grows() -> None:
    """Not before it is due."""
    channel, clock = Channel(fails=2), ManualClock(100.0)
    outbox = Outbox({"a": channel}, MemoryStore(), clock)
    outbox.put(WARN)

    seen = []
    for now in (100.0, 102.0, 106.0, 110.0, 117.0):
        clock.set(now)
        outbox.deliver()
        seen.append(channel.tries)

    assert seen == [1, 1, 2, 2, 3]


def test_a_permanent_failure_and_the_last_try_are_given_up() -> None:
    """Both are bounded and audited."""
    clock, store = ManualClock(0.0), MemoryStore()
    lost, slow = Channel(fails=99, permanent=True), Channel(fails=99)
    outbox = Outbox({"lost": lost, "slow": slow}, store, clock)
    outbox.put(WARN)

    for step in range(40):
        clock.set(step * 30.0)
        outbox.deliver()

    assert (lost.tries, slow.tries) == (1, MAX_TRIES)
    assert [entry["what"] for entry in store.read("audit")].count("given up") == 2


def test_a_restart_delivers_what_was_queued_and_a_broken_channel_holds_up_no_other() -> None:
    """The queue is in the store."""
    store, broken, good = MemoryStore(), Channel(fails=99), Channel()
    Outbox({"broken": broken, "good": good}, store, ManualClock(1.0)).put(WARN)

    arrived = Outbox({"broken": broken, "good": good}, store, ManualClock(2.0)).deliver()

    assert (arrived, good.got) == (1, [WARN])


def test_a_channel_is_only_told_what_it_wants() -> None:
    """Wanting is decided apart from sending."""
    channel = Channel(wanted=("outage",))
    outbox = Outbox({"a": channel}, MemoryStore(), ManualClock())

    outbox.put(WARN)

    assert outbox.deliver() == 0


def test_each_remedy_that_is_stuck_is_a_message_of_its_own() -> None:
    """Two remedies of one episode are not one copy of the other."""
    channel = Channel(wanted=("stuck",))
    outbox = Outbox({"a": channel}, MemoryStore(), ManualClock(100.0))

    for remedy in ("advice", "command", "command"):
        outbox.put(replace(WARN, action="stuck", remedy=remedy))
    outbox.deliver()

    assert [title(decision) for decision in channel.got] == [
        "Remedy advice for proxy.golang.org could not be undone",
        "Remedy command for proxy.golang.org could not be undone",
    ]


def test_a_notifier_with_a_defect_holds_up_no_other_channel() -> None:
    """What it raises is a failed delivery, tried again."""
    store, good = MemoryStore(), Channel()
    outbox = Outbox({"bad": Channel(wanted=("warn",), got=None), "good": good}, store, ManualClock(100.0))  # type: ignore[arg-type]
    outbox.put(WARN)

    assert outbox.deliver() == 1
    assert "AttributeError" in next(entry["detail"] for entry in store.read("audit") if entry["what"] == "failed")
