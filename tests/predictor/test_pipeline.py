"""The loop as a whole: log bytes in, decisions, status and history out."""

from __future__ import annotations

from pathlib import Path

import pytest

from predictor.decide.policy import Policy
from predictor.engine import Engine
from predictor.errors import UnknownFormatError
from predictor.forecast import load_model
from predictor.pipeline import Hands, Pipeline
from predictor.protocols import Decision, Source, Store
from predictor.stores.memory import MemoryStore
from predictor.templates import COPY_EVERY_S, Copies, Miner
from tests.serve.handmade import START, minute, write_model

KEY = ("default", "proxy.example:443")
LOG = Source(name="access.log")


class Keeping(Hands):
    """Hands that only remember."""

    def __init__(self) -> None:
        self.taken: list[Decision] = []

    def take(self, decision: Decision) -> None:
        self.taken.append(decision)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    write_model(tmp_path / "by-hand" / "1")
    return tmp_path / "by-hand" / "1"


def pipeline(model: Path, store: Store | None = None, hands: Hands | None = None) -> Pipeline:
    forecaster = load_model(model)
    return Pipeline(Engine(forecaster, history_min=5), Policy(0.5), store or MemoryStore(), hands, forecaster.name)


def history(failing: dict[int, float], minutes: int = 40) -> list[bytes]:
    return [minute(number, failing.get(number, 0.0)) for number in range(minutes)]


def play(loop: Pipeline, pieces: list[bytes]) -> None:
    for number, piece in enumerate(pieces):
        loop.ingest(piece, LOG, final=number == len(pieces) - 1)
    loop.advance(START + 60 * len(pieces))


RAMP = {**dict.fromkeys(range(25, 30), 0.02), **dict.fromkeys(range(30, 40), 0.6)}


def test_trouble_becomes_a_warning_and_then_an_outage(model: Path) -> None:
    """In this order, once each, with the cause of the failures."""
    hands = Keeping()

    play(pipeline(model, hands=hands), history(RAMP))

    assert [decision.action for decision in hands.taken] == ["warn", "outage"]
    assert {decision.cause for decision in hands.taken} <= {"http_5xx"}


def test_status_and_history_say_what_was_forecast(model: Path) -> None:
    """One row a bin, and the newest bin as status."""
    loop = pipeline(model)

    play(loop, history(RAMP))
    status, rows = loop.status(KEY[1]), loop.history(KEY[1], KEY[0])

    assert status is not None
    assert (status.state, status.vantage, list(status.risk)) == ("outage", "default", rows[-1]["risk"])
    assert len(rows) == 40
    assert loop.status("never.heard.of") is None


def test_a_replay_of_accepted_logs_decides_nothing_twice(model: Path) -> None:
    """After a crash the journal goes through the loop again."""
    store, first, second = MemoryStore(), Keeping(), Keeping()
    pieces = history(RAMP)

    play(pipeline(model, store, first), pieces)
    play(pipeline(model, store, second), pieces)

    assert (len(first.taken), second.taken) == (2, [])


def test_a_log_may_come_in_any_pieces(model: Path) -> None:
    """Also cut in the middle of a line."""
    whole, cut = pipeline(model), pipeline(model)
    data = b"".join(history(RAMP))

    whole.ingest(data, LOG)
    for at in range(0, len(data), 10_007):
        cut.ingest(data[at : at + 10_007], LOG, final=at + 10_007 >= len(data))
    for loop in (whole, cut):
        loop.advance(START + 60 * 40)

    assert cut.history(KEY[1], KEY[0]) == whole.history(KEY[1], KEY[0])


def test_a_line_from_a_wrong_clock_moves_nothing(model: Path) -> None:
    """The newest time that is reported is the one that is believed."""
    loop = pipeline(model)
    wild = minute(0, requests=1).replace(b"2026-", b"2031-")

    report = loop.ingest(b"".join(history({}, 10)) + wild, LOG)

    assert report.newest < START + 600
    assert report.events == 601


def test_what_no_format_knows_is_refused_and_costs_nothing_else(model: Path) -> None:
    """The next log is read as if nothing had been."""
    loop = pipeline(model)

    with pytest.raises(UnknownFormatError):
        loop.ingest(b"dear diary\nnothing happened\n" * 50, Source(name="diary"))

    assert loop.ingest(minute(0), LOG).events == 60


def test_the_first_lines_of_a_growing_log_count_at_once(model: Path) -> None:
    """A warning does not wait until much has arrived."""
    report = pipeline(model).ingest(minute(0, requests=120), LOG, final=False)

    assert report.events == 120


def test_an_old_log_cannot_hold_up_a_live_loop(model: Path) -> None:
    """Only the newest bins are walked; what is older is counted."""
    engine = Engine(load_model(model), max_bins=30)
    loop = Pipeline(engine, Policy(0.5), MemoryStore())

    loop.ingest(b"".join(history({}, 20)), LOG)
    loop.advance(START + 60 * 60 * 24 * 30)

    assert len(loop.history(KEY[1], KEY[0])) <= 30
    assert engine.skipped["too old"] > 0


ODD = 'go: a.org/b@v1.0.{0}: Get "https://relay.corp/a.org/b/@v/v1.0.{0}.mod": the relay parked its lease\n'


def test_what_was_heard_of_unknown_trouble_is_known_after_a_restart(model: Path) -> None:
    """One table for all logs, of which the store keeps copies."""
    store, later = MemoryStore(), START + 4 * COPY_EVERY_S
    first = pipeline(model, store)
    first.advance(START)
    for number in range(3):
        first.ingest(("$ go mod download\n" + ODD.format(number)).encode(), Source(name=f"job-{number}"))
    first.advance(later)

    after = Miner()
    Copies(after, store).pass_time(later + 1)
    assert [template.count for template in after.by_count()] == [3]
