"""Only a change of mind is a decision."""

from __future__ import annotations

import numpy as np
import pytest

from predictor.decide.episodes import Episodes
from predictor.protocols import Decision, Forecast

KEY = ("default", "proxy.golang.org")


def episodes() -> Episodes:
    signals = [("latency", 0.3), ("errors", 0.2), ("load", 0.1), ("age", 0.0)]
    return Episodes(lambda key: signals, lambda key: "http_5xx", recover_bins=2)


def run(story: Episodes, bins: list[tuple[str, bool]], start: int = 1) -> list[Decision]:
    found = []
    for i, (state, warning) in enumerate(bins, start):
        risk = np.array([[0.1, 0.7, 0.8]], np.float32)
        forecast = Forecast(60.0 * i, [KEY], risk, np.zeros(1, np.float32), [state], np.zeros(1, np.bool_))
        found += story.step(forecast, [warning])
    return found


@pytest.mark.parametrize(
    ("bins", "actions"),
    [
        ([("ok", False), ("ok", True), ("ok", True), ("ok", False), ("ok", False)], ["warn", "clear"]),
        ([("ok", True), ("ok", False), ("ok", True), ("ok", False), ("ok", True)], ["warn", "renew", "renew"]),
        ([("ok", True), ("ok", False), ("outage", False), ("ok", False)], ["warn", "outage"]),
        ([("ok", True), ("outage", True), ("ok", True), ("ok", True)], ["warn", "outage", "recovered"]),
        ([("outage", False), ("unknown", False), ("ok", False), ("ok", False)], ["outage", "recovered"]),
        ([("outage", False), ("ok", False), ("outage", False), ("ok", False)], ["outage"]),
        ([("ok", False), ("unknown", False)], []),
    ],
)
def test_decisions_follow_the_story(bins: list[tuple[str, bool]], actions: list[str]) -> None:
    """Repeats say nothing; an unknown state ends nothing."""
    assert [decision.action for decision in run(episodes(), bins)] == actions


def test_one_story_has_one_id_and_the_next_another() -> None:
    """Chat threads and remedies join on it."""
    found = run(episodes(), [("ok", True), ("outage", True), ("ok", False), ("ok", False), ("ok", True)])

    assert len({decision.episode for decision in found[:3]}) == 1
    assert found[3].episode != found[0].episode


def test_a_warning_names_three_signals_the_cause_and_the_risk() -> None:
    """What people need at that moment."""
    decision = run(episodes(), [("ok", True)])[0]

    assert (len(decision.signals), decision.cause, round(decision.risk, 2)) == (3, "http_5xx", 0.7)


def test_a_restart_keeps_the_open_story() -> None:
    """The outage after a restart belongs to the warning before it."""
    first, second = episodes(), episodes()
    warned = run(first, [("ok", True)])

    second.load(first.dump())

    assert run(second, [("outage", True)], start=2)[0].episode == warned[0].episode
