"""What is counted of each event."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from predictor.events import Cache, Cause, Kind, Op, Outcome
from predictor.series import BUCKETS, COLUMNS, bucket, rollup
from predictor.series.columns import contributions
from tests.predictor.happenings import at, muddle

FETCH_FAILED = {"kind": Kind.FETCH, "outcome": Outcome.FAILED}


@pytest.mark.parametrize(
    ("event", "counted"),
    [
        ({}, {"ok", "uncached"}),
        ({"cache": Cache.HIT}, {"ok", "hit"}),
        ({"cache": Cache.STALE}, {"ok", "stale"}),
        ({"cache": Cache.MISS, "tries": 2}, {"ok", "miss", "uncached", "retried"}),
        ({"outcome": Outcome.MISSING}, {"missing"}),
        ({"outcome": Outcome.USER_ERROR}, {"user_error"}),
        (FETCH_FAILED | {"cause": Cause.HTTP_5XX}, {"failed", "uncached", "c_5xx"}),
        (FETCH_FAILED | {"cause": Cause.DNS}, {"failed", "uncached", "c_conn"}),
        (FETCH_FAILED | {"cause": Cause.MODULE_GRAPH}, {"failed", "uncached", "c_other"}),
        ({"outcome": Outcome.HUNG, "cause": Cause.PROXY_HANG}, {"hung", "uncached", "c_hang"}),
        ({"kind": Kind.SIGN, "outcome": Outcome.HUNG}, {"signs", "hung"}),
        (FETCH_FAILED | {"kind": Kind.SIGN, "cause": Cause.TCP_RESET}, {"signs", "signs_cut"}),
        (FETCH_FAILED | {"kind": Kind.SIGN, "cause": Cause.TCP_REFUSED}, {"signs"}),
        ({"status": 499}, {"ok", "uncached", "gave_up"}),
        ({"kind": Kind.JOB}, {"jobs"}),
        ({"kind": Kind.JOB, "outcome": Outcome.HUNG}, {"jobs", "jobs_failed"}),
        ({"kind": Kind.JOB, "outcome": Outcome.USER_ERROR}, set()),
        (FETCH_FAILED | {"novelty": 0.5}, {"failed", "uncached", "c_other", "novelty"}),
        ({"op": Op.ZIP, "bytes": 0}, {"ok", "uncached", "sized", "empty"}),
    ],
)
def test_an_event_counts_in_these_columns_and_no_others(event: dict[str, Any], counted: set[str]) -> None:
    """Besides ``events``, in which every event counts."""
    row = rollup(at(0, **event)).counts[0]

    assert {name for name, value in zip(COLUMNS, row, strict=True) if value} == counted | {"events"}


def test_every_column_is_given_once() -> None:
    """In the order of COLUMNS."""
    assert [name for name, _, _ in contributions(muddle(10))] == list(COLUMNS)


@pytest.mark.parametrize(("seconds", "expected"), [(0.0, 0), (0.001, 0), (0.002, 3), (0.016, 12), (900.0, BUCKETS - 1)])
def test_buckets_are_thirds_of_a_doubling(seconds: float, expected: int) -> None:
    """From 1 ms to 65 s, the outermost take the rest."""
    assert bucket(np.array([seconds]))[0] == expected


def test_only_fetches_that_the_upstream_answered_well_are_timed() -> None:
    """A hit is the cache's speed, a failure's time is its timeout."""
    batches = [at(0, latency_s=1.0, **extra) for extra in ({}, {"cache": Cache.HIT}, FETCH_FAILED, {"kind": Kind.JOB})]

    assert [float(rollup(batch).latency.sum()) for batch in batches] == [1.0, 0.0, 0.0, 0.0]
