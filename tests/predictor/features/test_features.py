"""Features as a whole: causal, the same however they are computed, finite, free of scale."""

from __future__ import annotations

import json

import numpy as np
import pytest

from predictor.errors import ArtifactError
from predictor.events import EventBatch, Outcome
from predictor.features import FEATURES, SIGNALS, Features, columns
from predictor.protocols import FloatArray, Key
from predictor.series import Frame, rollup
from tests.predictor.happenings import at, muddle, ordered, traffic


def run(batch: EventBatch) -> FloatArray:
    return Features().run(rollup(batch))[0]


def feature(batch: EventBatch, name: str, series: int = 0) -> FloatArray:
    """One feature of one series over time."""
    return run(batch)[:, series, FEATURES.index(name)]


@pytest.mark.parametrize("cut", [1, 59, 120])
def test_no_feature_changes_when_the_future_is_cut_off(cut: int) -> None:
    """Not by one bit."""
    bins = rollup(muddle())
    whole, part = Features().run(bins)[0][:cut], Features().run(bins.slice(bins.first, cut))[0]

    assert np.array_equal(whole, part, equal_nan=True)


def test_a_series_that_appears_has_the_features_of_one_that_was_awaited() -> None:
    """Growing by one series or knowing all from the start makes no difference."""
    bins = rollup(ordered(muddle(), at(*range(100, 180), upstream="c.corp", vantage="eu")))
    awaited, growing = Features().run(bins)[0], Features()
    known: list[Key] = []
    for number, frame in enumerate(bins.frames()):
        known += [key for key, row in zip(bins.keys, frame.counts, strict=True) if row[0] and key not in known]
        growing.grow(known)
        places = [bins.keys.index(key) for key in known]
        part = Frame(frame.end, frame.counts[places], frame.latency[places], frame.missing[places])
        assert np.allclose(growing.step(part)[0], awaited[number, places], atol=1e-4, equal_nan=True)


def test_a_restart_continues_where_it_stopped() -> None:
    """Through JSON, with the same numbers."""
    bins = rollup(muddle())
    frames = list(bins.frames())
    one, two = Features(), Features()
    one.grow(bins.keys)
    for frame in frames[:90]:
        one.step(frame)
    two.load(json.loads(json.dumps(one.dump())))

    assert all(np.array_equal(one.step(frame)[0], two.step(frame)[0], equal_nan=True) for frame in frames[90:])


def test_only_latency_can_be_unknown_and_says_so() -> None:
    """Everything else is finite, whatever comes."""
    found = run(muddle())
    unknown = {FEATURES[column] for column in np.flatnonzero(~np.isfinite(found).all(axis=(0, 1)))}

    assert all(name.startswith("lat") for name in unknown)
    assert np.isfinite(found[found[..., FEATURES.index("lat_known")] == 1]).mean() > 0.99


def test_nothing_heard_is_finite_too() -> None:
    """A first bin without any history."""
    assert np.isfinite(np.nan_to_num(run(at(0)))).all()


def test_latency_in_other_units_gives_the_same_features() -> None:
    """Only the ratio to the series' own past counts: three times as slow is one and a half doublings everywhere."""
    batch = traffic(60)
    minutes = (batch.time - batch.time[0]) / 60
    fast, slow = at(*minutes, latency_s=batch.latency_s), at(*minutes, latency_s=batch.latency_s * 8)

    assert np.allclose(feature(fast, "lat90_5"), feature(slow, "lat90_5"), atol=1e-3, equal_nan=True)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("fail_5", {"outcome": Outcome.FAILED}),
        ("break_15", {"outcome": Outcome.FAILED}),
        ("hung_5", {"outcome": Outcome.HUNG}),
        ("missing_15", {"outcome": Outcome.MISSING}),
        ("gave_up_5", {"status": 499}),
        ("retried_5", {"tries": 3}),
        ("stale_5", {"cache": 3}),
        ("lat50_5", {"latency_s": 2.0}),
        ("trouble_60", {"outcome": Outcome.FAILED}),
        ("novelty_5", {"novelty": 1.0}),
        ("novelty_15", {"novelty": 1.0}),
        ("load_5", {}),
    ],
)
def test_a_feature_rises_with_what_it_is_named_for(name: str, change: dict[str, object]) -> None:
    """An hour of quiet, then ten minutes of it."""
    quiet = traffic(60)
    trouble = at(*np.linspace(60, 69.9, 100), **({"latency_s": 0.1} | change))
    values = feature(ordered(quiet, trouble), name)

    assert values[69] > values[50:60].max() + 0.05


def test_trouble_beside_a_series_is_among_its_features() -> None:
    """At the same vantage."""
    calm = traffic(40)
    sick = at(*np.linspace(30, 39.9, 80), upstream="b.example", outcome=Outcome.FAILED)
    values = feature(ordered(calm, sick), "same_vantage_out")

    assert (values[:30].max(), values[39]) == (0.0, 1.0)


def test_what_an_upstream_depends_on_is_among_its_features() -> None:
    """By the configured topology, across vantages."""
    sick = at(*np.linspace(5, 9.9, 40), upstream="b.example", vantage="eu", outcome=Outcome.FAILED)
    bins = rollup(ordered(traffic(10), sick))
    found = Features(depends={"a.example": ["b.example", "unheard.example"]}).run(bins)[0]
    column = FEATURES.index("behind_out")

    assert (found[4, 0, column], found[9, 0, column], found[9, 1, column]) == (0.0, 1.0, 0.0)


def test_places_of_known_series_cannot_change() -> None:
    """Their state would be another's."""
    features = Features()
    features.grow([("default", "a"), ("default", "b")])

    with pytest.raises(ValueError, match="places"):
        features.grow([("default", "b"), ("default", "a")])


@pytest.mark.parametrize("damage", [{"version": 0}, {"traffic": {}}, {"keys": [["default", "a"]]}])
def test_a_damaged_state_is_refused(damage: dict[str, object]) -> None:
    """And named."""
    features = Features()
    features.run(rollup(muddle(100)))

    with pytest.raises(ArtifactError, match="carried"):
        Features().load(features.dump() | damage)


def test_every_feature_belongs_to_a_signal_that_people_understand() -> None:
    """And to one only."""
    found = columns(FEATURES)

    assert set(found) <= set(SIGNALS)
    assert sorted(place for places in found.values() for place in places) == list(range(len(FEATURES)))


def test_names_are_unique() -> None:
    """They are stored with the model."""
    assert len(set(FEATURES)) == len(FEATURES)
