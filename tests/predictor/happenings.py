"""Synthetic fetch events for tests: small, seeded, said in one line."""

from __future__ import annotations

from typing import Any

import numpy as np

from predictor.events import EventBatch, Kind, Outcome

START = 1_700_000_040.0  # a full minute
POOL = ("", "default", "a.example", "b.example", "c.corp", "eu")


def at(*minutes: float, upstream: str = "a.example", vantage: str = "default", **columns: Any) -> EventBatch:
    """Fetches at these minutes after START; ok unless said otherwise."""
    time = START + 60.0 * np.asarray(minutes, np.float64)
    places = {"upstream": POOL.index(upstream), "vantage": POOL.index(vantage)}
    return EventBatch.of(len(time), POOL, time=time, **places, **columns)


def traffic(minutes: int, per_minute: int = 6, seed: int = 0, **columns: Any) -> EventBatch:
    """Quiet traffic of one series in order of time, latencies around 100 ms."""
    rng = np.random.default_rng(seed)
    when = np.sort(rng.uniform(0, minutes, minutes * per_minute))
    return at(*when, latency_s=rng.lognormal(np.log(0.1), 0.3, len(when)), **columns)


def muddle(rows: int = 3000, seed: int = 1) -> EventBatch:
    """Events of all kinds and columns over three hours, shuffled."""
    rng = np.random.default_rng(seed)
    return EventBatch.of(
        rows,
        POOL,
        time=START + rng.uniform(0, 10_800, rows),
        kind=rng.integers(0, 3, rows),
        vantage=rng.choice([0, 1, 5], rows),
        upstream=rng.integers(2, 5, rows),
        op=rng.integers(0, 10, rows),
        outcome=rng.integers(0, 5, rows),
        cause=rng.integers(0, 24, rows),
        status=rng.choice([0, 200, 404, 499, 503], rows),
        latency_s=np.where(rng.random(rows) < 0.2, np.nan, rng.exponential(0.5, rows)),
        bytes=rng.integers(-1, 3, rows),
        cache=rng.integers(0, 5, rows),
        tries=rng.integers(1, 3, rows),
    )


def jobs(*minutes: float, failed: bool = False, **columns: Any) -> EventBatch:
    """Ends of builds."""
    return at(*minutes, kind=Kind.JOB, outcome=Outcome.FAILED if failed else Outcome.OK, **columns)


def ordered(*batches: EventBatch) -> EventBatch:
    """All events in order of time."""
    whole = EventBatch.concat(batches)
    return whole.take(np.argsort(whole.time, kind="stable"))
