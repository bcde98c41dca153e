"""What is said of recordings and of worlds is read from their events and outages alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from predictor.errors import InputError
from predictor.events import Kind, Outcome
from tests.predictor.happenings import at, ordered, traffic
from training.dataset.label import Event
from training.simulator.compare import History, fit_table, statistics, text_table

BEGAN = float(traffic(1).time[0])


def outage(minute: float, onset: float = float("nan"), *, hard: bool = False) -> Event:
    return Event(BEGAN + 60 * minute, BEGAN + 60 * (minute + 20), hard=hard, onset=BEGAN + 60 * onset)


def history(*events: Event, kind: str = "http_503", slow: bool = False) -> History:
    """Two hours of fetches; from the 60th minute on some fail, or all take three times as long."""
    odd = {"latency_s": 0.6} if slow else {"outcome": Outcome.FAILED, "latency_s": 0.1}
    return History(ordered(traffic(120), at(*np.linspace(60, 119, 120), **odd)), events, kind)


@pytest.mark.parametrize(
    ("name", "histories", "share", "count"),
    [
        ("histories of a fault that broke builds", [history(outage(90)), history()], 0.5, 2),
        ("histories of a fault that broke builds", [history(kind="benign:load_spike")], 0.0, 0),
        ("outages that came at once", [history(outage(90), outage(61, 60, hard=True))], 0.5, 2),
        ("outages that the logs showed 10 minutes before", [history(outage(90, 55), outage(64, 55))], 0.5, 2),
    ],
)
def test_shares_count_what_they_are_named_for(name: str, histories: list[History], share: float, count: int) -> None:
    found = statistics(histories)[name]

    assert (found["share"], found["count"]) == (share, count)


def test_an_outage_without_a_known_onset_says_nothing_of_how_long_a_fault_acts() -> None:
    found = statistics([history(outage(90), outage(80, 50))])["minutes from onset to outage, degrading"]

    assert (found["median"], found["count"]) == (30.0, 1)


def test_growth_is_against_the_first_half_hour() -> None:
    found = statistics([history(outage(90, 55), slow=True)])["latency growth in the 5 bins before an outage"]

    assert found["median"] > 1.3


def test_a_failing_share_is_held_against_the_jobs_that_it_broke() -> None:
    """Five minutes with one failed fetch in ten, and every third job broken."""
    fetches = [at(*np.linspace(0, 4.9, 90)), at(*np.linspace(0, 4.9, 10), outcome=Outcome.FAILED)]
    jobs = at(*np.linspace(0, 4.9, 9), kind=Kind.JOB, outcome=[Outcome.OK, Outcome.OK, Outcome.FAILED] * 3)
    found = statistics([History(ordered(*fetches, jobs), (), "http_503")])

    assert found["jobs broken at a failing share of 10.0% to 100.0%"]["median"] == pytest.approx(1 / 3)


def test_people_see_both_sides() -> None:
    side = statistics([history(outage(90, 55))])
    first, *rows = text_table({"recordings": side, "simulator": statistics([])}).splitlines()

    assert first.split() == ["recordings", "simulator"]
    assert any("100% of 1" in row and row.endswith("-") for row in rows)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        fit_table(tmp_path / "none", range(1))
