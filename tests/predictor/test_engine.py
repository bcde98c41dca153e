"""Events in, forecasts out."""

from __future__ import annotations

import json

import numpy as np
import pytest

from predictor.engine import Engine
from predictor.errors import ArtifactError
from predictor.events import EventBatch, Outcome
from predictor.forecast import LstmForecaster
from predictor.protocols import Forecast, Key
from predictor.replay import forecasts
from predictor.series import rollup
from tests.predictor.forecast.conftest import random_model
from tests.predictor.happenings import START, at, muddle, ordered, traffic

KEY: Key = ("default", "a.example")


def engine(**options: object) -> Engine:
    return Engine(LstmForecaster(random_model(members=2, calibrated=True)), **options)  # type: ignore[arg-type]


def said(batch: EventBatch, **options: object) -> list[Forecast]:
    return list(forecasts(engine(**options), batch))


def test_every_bin_has_one_forecast_about_all_series_so_far() -> None:
    """A series appears with its first event and stays, silent or not."""
    found = said(ordered(at(0, 5), at(2, upstream="b.example")))

    assert [forecast.time for forecast in found] == [START + 60 * number for number in range(1, 7)]
    assert [len(forecast.keys) for forecast in found] == [1, 1, 2, 2, 2, 2]


def test_a_young_series_gets_the_prior_and_says_so() -> None:
    """For twenty minutes; then the model speaks."""
    found = said(traffic(25))

    assert [bool(forecast.prior[0]) for forecast in found] == [True] * 19 + [False] * 6
    assert np.allclose(found[5].risk[0], [0.001, 0.003, 0.006])
    assert found[5].spread[0] == 0
    assert found[22].spread[0] > 0


def test_inside_an_outage_the_risk_is_one() -> None:
    """And the state says which."""
    batch = ordered(traffic(5), at(*np.linspace(5, 8, 60), outcome=Outcome.FAILED))
    last = said(batch)[7]

    assert (last.state[0], last.risk[0].tolist()) == ("outage", [1.0, 1.0, 1.0])


def test_a_silent_log_is_unknown() -> None:
    """While another vantage goes on."""
    found = said(ordered(traffic(5), at(*range(30), vantage="eu")))

    assert [forecast.state[0] for forecast in found][-1] == "unknown"


@pytest.mark.parametrize("minute", [1, 30, 130])
def test_what_comes_later_changes_nothing_that_was_said(minute: int) -> None:
    """Only events before the end of a bin have influence on it."""
    batch = ordered(muddle())
    cut = START + 60 * minute
    whole = [forecast for forecast in said(batch) if forecast.time <= cut]
    part = [forecast for forecast in said(batch.take(batch.time < cut)) if forecast.time <= cut]

    assert len(whole) == len(part)
    for one, two in zip(whole, part, strict=True):
        assert (one.keys, list(one.state)) == (two.keys, list(two.state))
        assert np.array_equal(one.risk, two.risk)


def test_a_restart_says_the_same() -> None:
    """Through JSON, in the middle of a bin."""
    batch = ordered(muddle())
    one, two = engine(), engine()
    half = batch.time < START + 5025
    one.ingest(batch.take(half))
    one.advance(START + 5025)
    two.load(json.loads(json.dumps(one.dump())))
    found = []
    for each in (one, two):
        each.ingest(batch.take(~half))
        found.append(each.advance(START + 10_800))

    assert len(found[0]) == len(found[1]) == 97
    assert all(np.array_equal(a.risk, b.risk) and a.keys == b.keys for a, b in zip(*found, strict=True))


def test_a_state_that_lacks_a_part_is_refused() -> None:
    """And the part is named."""
    with pytest.raises(ArtifactError, match="features, forecaster"):
        engine().load({"bins": {}})


def test_a_series_on_the_prior_has_no_explanation() -> None:
    """Later it has signals, and its age is known."""
    young, old = engine(), engine()
    list(forecasts(young, traffic(10)))
    list(forecasts(old, traffic(40)))

    assert young.explain(KEY) == []
    assert old.explain(KEY)
    assert (young.history_minutes(KEY), old.history_minutes(KEY)) == (10.0, 40.0)
    assert old.history_minutes(("eu", "nobody")) == 0.0


def test_late_events_wait_for_nobody() -> None:
    """A bin is said once."""
    live = engine(late_s=60)
    live.ingest(at(0, 1))
    first = live.advance(START + 120)
    live.ingest(at(0.5))

    assert [forecast.time for forecast in first] == [START + 60]
    assert [forecast.time for forecast in live.advance(START + 180)] == [START + 120]
    assert live.skipped == {"late": 1}


def test_bins_from_elsewhere_give_the_same_forecasts() -> None:
    """A Prometheus server counts as well as a log."""
    batch = traffic(30)
    counted = engine()
    counted.put(rollup(batch))
    one, two = said(batch), counted.advance(START + 1800)

    assert [forecast.risk.tolist() for forecast in one] == [forecast.risk.tolist() for forecast in two]


def test_the_cause_of_the_failures_is_known() -> None:
    """For decisions."""
    live = engine()
    live.ingest(at(0, outcome=Outcome.FAILED, cause=6))

    assert (live.cause(KEY), live.cause(("eu", "nobody"))) == ("http_5xx", "none")
    assert live.newest == START
