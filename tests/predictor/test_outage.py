"""The outage definition, read from bins."""

from __future__ import annotations

import numpy as np
import pytest

from predictor.events import EventBatch, Kind, Outcome
from predictor.outage import STATES, OutageTracker, Rule, outage_mask, outages, states
from predictor.series import Bins, rollup
from tests.predictor.happenings import at, jobs, muddle, ordered, traffic


def words(batch: EventBatch, rule: Rule | None = None) -> list[str]:
    """States of the first series."""
    return [STATES[code] for code in states(rollup(batch), rule or Rule())[:, 0]]


def failing(*minutes: float) -> EventBatch:
    return at(*minutes, outcome=Outcome.FAILED)


def slow_breaks(bins: Bins, rule: Rule) -> list[bool]:
    """The definition in plain words for one series that is seen in every bin: the oracle."""
    found = []
    for now in range(bins.length):
        window = slice(max(0, now - rule.bins + 1), now + 1)
        count = {name: float(bins.column(name)[window].sum()) for name in ("failed", "uncached", "jobs", "jobs_failed")}
        if count["jobs"] >= 2:
            found.append(count["jobs_failed"] / count["jobs"] >= rule.limit)
            continue
        last_two = [bins.column(name)[max(0, now - 1) : now + 1].tolist() for name in ("failed", "uncached")]
        only = now > 0 and last_two[0] == last_two[1]
        evidence = count["failed"] >= 3 or (count["failed"] == 2 == count["uncached"]) or only
        share = count["failed"] / max(count["uncached"], 1)
        found.append(evidence and 1 - (1 - share) ** rule.fetches_per_build >= rule.limit)
    return found


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rule", [Rule(), Rule(limit=0.8, bins=5, fetches_per_build=20)])
def test_states_follow_the_definition(rule: Rule, seed: int) -> None:
    """Against the definition in plain words, on traffic whose failing share wanders around 1 %."""
    batch = traffic(120, per_minute=40, seed=seed)
    share = 0.02 * (1 + np.sin(batch.time / 900))
    failed = np.random.default_rng(seed).random(len(batch)) < share
    bins = rollup(at(*((batch.time - batch.time[0]) / 60), outcome=np.where(failed, Outcome.FAILED, Outcome.OK)))

    assert outage_mask(bins, rule)[:, 0].tolist() == slow_breaks(bins, rule)


@pytest.mark.parametrize(("broken", "expected"), [(0, "ok"), (3, "ok"), (4, "outage"), (8, "outage")])
def test_builds_tell_where_there_are_any(broken: int, expected: str) -> None:
    """Of eight builds in three minutes, half are the limit, whatever the fetches say."""
    builds = [jobs(*np.linspace(0, 2.9, 8)[:broken], failed=True), jobs(*np.linspace(0, 2.9, 8)[broken:])]

    assert words(ordered(*builds, traffic(3)))[2] == expected


def test_a_percent_of_failing_fetches_already_breaks_builds() -> None:
    """A build has sixty of them: 1 - .985 ** 60 is .6."""
    batch = ordered(traffic(4, per_minute=200), failing(*np.linspace(0, 3.9, 12)))

    assert set(words(batch)) == {"outage"}


@pytest.mark.parametrize(
    ("batch", "expected"),
    [
        (ordered(at(0), failing(0.5)), "ok"),  # one of two in a night
        (ordered(at(0), failing(0.2, 0.4)), "ok"),
        (failing(0.2, 0.4), "outage"),  # nothing but failures, twice
        (ordered(at(0), failing(0.2, 0.4, 0.6)), "outage"),
        (jobs(0.5, failed=True), "ok"),  # one build
        (jobs(0.5, 0.6, failed=True), "outage"),
        (at(0.1, 0.2, 0.3, outcome=Outcome.MISSING), "ok"),
        (at(0.1, 0.2, 0.3, outcome=Outcome.USER_ERROR), "ok"),
        (at(0.1, 0.2, 0.3, kind=Kind.SIGN, outcome=Outcome.HUNG), "outage"),
    ],
)
def test_a_few_odd_fetches_are_no_evidence(batch: EventBatch, expected: str) -> None:
    """The state at the end of one bin."""
    assert words(batch) == [expected]


def test_sparse_probes_are_read_over_more_time() -> None:
    """One fetch every five minutes: the second failure in a row is an outage, the second success ends it soon."""
    batch = ordered(at(0, 5, 20, 25, 30), failing(10, 15))
    found = words(batch)

    assert [found[minute] for minute in (0, 5, 10, 15, 30)] == ["ok", "ok", "ok", "outage", "ok"]


def test_what_was_seen_long_ago_says_nothing_about_now() -> None:
    """Fifteen minutes without a fetch end what was known; a live vantage is not unknown."""
    batch = ordered(failing(0, 0.5), *[at(minute, upstream="b.example") for minute in range(25)])
    found = words(batch)

    assert (found[5], found[20]) == ("outage", "ok")


def test_a_silent_log_is_unknown_after_ten_minutes() -> None:
    """A short gap keeps the state."""
    found = words(ordered(traffic(5), at(30)))

    assert found[10:] == ["ok"] * 4 + ["unknown"] * 16 + ["ok"]


def test_a_series_is_unknown_before_it_is_heard_of() -> None:
    """Its vantage may be alive."""
    bins = rollup(ordered(at(0, 1, 2, 3), at(2, upstream="b.example")))

    assert [STATES[code] for code in states(bins)[:, 1]] == ["unknown", "unknown", "ok", "ok"]


@pytest.mark.parametrize("cut", [1, 60, 130])
def test_no_state_depends_on_what_comes_later(cut: int) -> None:
    """Cut the history: what is left says the same."""
    bins = rollup(muddle())

    assert np.array_equal(states(bins)[:cut], states(bins.slice(bins.first, cut)))


def test_an_upstream_can_have_its_own_definition() -> None:
    """Here one that never calls anything an outage."""
    bins = rollup(ordered(failing(0, 0.1, 0.2), at(0, 0.1, 0.2, upstream="b.example", outcome=Outcome.FAILED)))
    found = outage_mask(bins, Rule(), {"b.example": Rule(limit=1.1)})

    assert found[0].tolist() == [True, False]


def test_a_latency_limit_can_be_set_beside_it() -> None:
    """Fetches that end well after four seconds each."""
    slow = traffic(5).take(np.arange(20))
    slow = at(*((slow.time - slow.time[0]) / 60), latency_s=4.0)

    assert "outage" not in words(slow)
    assert set(words(slow, Rule(latency_s=3.0))) == {"outage"}


def test_fetches_per_build_are_measured_where_builds_are_seen() -> None:
    """Five uncached fetches a build, not sixty."""
    minutes = np.linspace(0, 59, 60)
    bins = rollup(ordered(traffic(60, per_minute=5), jobs(*minutes, upstream="b.example")))
    tracker = OutageTracker()
    tracker.grow(bins.keys)
    for frame in bins.frames():
        tracker.step(np.ascontiguousarray(frame.counts.T), frame.missing)

    assert tracker.fetches_per_build()[bins.keys.index(("default", "a.example"))] == pytest.approx(5, rel=0.1)


@pytest.mark.parametrize(
    ("mask", "gap", "expected"),
    [
        ("", 5, []),
        ("....", 5, []),
        ("##..", 5, [(0, 2)]),
        (".#.#", 1, [(1, 4)]),
        (".#..#", 1, [(1, 2), (4, 5)]),
        ("#.#.#", 0, [(0, 1), (2, 3), (4, 5)]),
    ],
)
def test_outages_are_stretches_of_the_mask(mask: str, gap: int, expected: list[tuple[int, int]]) -> None:
    """Short gaps are bridged."""
    assert outages(np.array([mark == "#" for mark in mask], bool), gap) == expected
