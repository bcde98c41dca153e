"""Verdicts come back as they were given; an episode's times follow from its decisions."""

from __future__ import annotations

from dataclasses import asdict
from math import inf
from typing import Any

import pytest

from predictor.errors import InputError
from predictor.journals.verdicts import Span, Verdict, entry, seconds, spans, verdict_of
from predictor.protocols import Decision

KEY = ("v", "u")


def decided(*steps: tuple[float, str, str], key: tuple[str, str] = KEY) -> list[dict[str, Any]]:
    """Entries of the journal of decisions: (time, action, episode)."""
    return [asdict(Decision(time, key, action, 0.5, "none", episode=episode)) for time, action, episode in steps]


EPISODES = [
    ([(600.0, "warn", "a"), (900.0, "clear", "a")], {"a": Span(KEY, 540.0, 900.0, outage=False)}),
    ([(600.0, "outage", "a"), (900.0, "recovered", "a")], {"a": Span(KEY, 540.0, 900.0, outage=True)}),
    ([(600.0, "warn", "a"), (700.0, "outage", "a")], {"a": Span(KEY, 540.0, inf, outage=True)}),
    (
        [(600.0, "outage", "a"), (5000.0, "outage", "b"), (6000.0, "recovered", "b")],
        {"a": Span(KEY, 540.0, 4940.0, outage=True), "b": Span(KEY, 4940.0, 6000.0, outage=True)},
    ),
]


@pytest.mark.parametrize(("steps", "wanted"), EPISODES)
def test_an_episode_lasts_from_its_first_decision_to_its_last_or_to_the_next(
    steps: list[tuple[float, str, str]], wanted: dict[str, Span]
) -> None:
    assert spans(decided(*steps)) == wanted


def test_episodes_of_other_series_do_not_end_it() -> None:
    journal = [*decided((600.0, "warn", "a")), *decided((700.0, "warn", "b"), key=("v", "w"))]

    assert spans(journal)["a"].end == inf


GIVEN = [
    Verdict(60.0, 120.0, True, upstream="u", who="ann", note="seen in chat", time=300.0),
    Verdict(60.0, 120.0, False, kind="hang", vantage="v", upstream="u"),
]


@pytest.mark.parametrize("verdict", GIVEN)
def test_a_verdict_on_a_stretch_comes_back_as_it_was(verdict: Verdict) -> None:
    assert verdict_of(entry(verdict)) == verdict


def test_a_verdict_on_an_episode_follows_the_episode() -> None:
    first = spans(decided((600.0, "outage", "a")))
    kept = entry(verdict_of({"verdict": "confirmed", "episode": "a", "who": "ann"}, first))

    later = verdict_of(kept, spans(decided((600.0, "outage", "a"), (900.0, "recovered", "a"))))

    assert (later.start, later.end, later.exact, later.vantage, later.upstream) == (540.0, 900.0, False, "v", "u")


WRONG = [
    (3, "verdict"),
    ({"start": 1, "end": 2}, "verdict"),
    ({"verdict": "confirm", "start": 1, "end": 2}, "verdict"),
    ({"verdict": "confirmed"}, "start"),
    ({"verdict": "confirmed", "episode": "x"}, "start"),
    ({"verdict": "confirmed", "start": "noon", "end": 2}, "start"),
    ({"verdict": "confirmed", "start": True, "end": 2}, "start"),
    ({"verdict": "confirmed", "start": 10**400, "end": 2}, "start"),
    ({"verdict": "confirmed", "start": 1}, "end"),
    ({"verdict": "confirmed", "start": 2, "end": 1}, "end"),
    ({"verdict": "confirmed", "start": 2, "end": [3]}, "end"),
    ({"verdict": "confirmed", "start": 2, "end": inf}, "end"),
]


@pytest.mark.parametrize(("value", "field"), WRONG)
def test_what_is_wrong_is_named(value: Any, field: str) -> None:
    with pytest.raises(InputError) as caught:
        verdict_of(value)

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("1970-01-01T00:01:00Z", 60.0), ("1970-01-01T01:01:00+01:00", 60.0), ("1970-01-01T00:01", 60.0), (60, 60.0)],
)
def test_a_time_without_an_offset_is_utc(text: Any, wanted: float) -> None:
    assert seconds(text) == wanted


@pytest.mark.parametrize(
    ("vantage", "upstream", "about"),
    [("", "u", True), ("v", "u", True), ("w", "u", False), ("v", "w", False), ("", "", True)],
)
def test_it_speaks_of_what_it_names(vantage: str, upstream: str, *, about: bool) -> None:
    assert Verdict(0.0, 1.0, confirmed=True, vantage=vantage, upstream=upstream).about(KEY) is about
