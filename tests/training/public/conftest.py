"""Small public histories with a known mechanism."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from training.public.task import Arrays

DAY, STEP, HORIZON = 86400, 300, 900


def incidents_at(onsets: list[np.ndarray], lasts: int = 600) -> np.ndarray:
    """(series, onset, end) rows."""
    return np.array([[i, t, t + lasts] for i, row in enumerate(onsets) for t in row], np.int64).reshape(-1, 3)


def history(onsets: list[np.ndarray], days: int, *, observed: bool, seed: int = 0, share: float = 0.6) -> Arrays:
    """The arrays of an ``input.npz``: noise, and a state column or a jump of the measurements while incidents last."""
    rng = np.random.default_rng(seed)
    t = np.arange(0, days * DAY, STEP, dtype=np.int64)
    split = int(days * DAY * share) // STEP * STEP
    incidents = incidents_at(onsets)
    arrays: Arrays = {
        "ids": np.array([f"svc{i}.example.org" for i in range(len(onsets))]),
        "step": np.array(STEP),
        "horizon": np.array(HORIZON),
        "state_col": np.array(0 if observed else -1),
        "split": np.full(len(onsets), split, np.int64),
        "inc_train": incidents[incidents[:, 1] < split],
    }
    for i in range(len(onsets)):
        mine = incidents[incidents[:, 0] == i]
        down = (t[:, None] >= mine[:, 1]) & (t[:, None] < mine[:, 2])
        noise = rng.normal(size=(len(t), 2)).astype(np.float32)
        state = down.any(axis=1).astype(np.float32)
        arrays[f"t{i}"] = t
        arrays[f"X{i}"] = np.column_stack([state, noise]) if observed else noise + 6 * state[:, None]
        if not observed:
            arrays[f"pre{i}"] = rng.normal(size=(DAY // STEP, 2)).astype(np.float32)
    return arrays


def daily(days: int, seconds: list[int]) -> list[np.ndarray]:
    """One incident per series and day at its own time of day."""
    return [np.arange(days) * DAY + at for at in seconds]


def by_chance(days: int, series: int, per_day: float, seed: int) -> list[np.ndarray]:
    """Incidents at random times: nothing can be forecast."""
    rng = np.random.default_rng(seed)
    return [np.sort(rng.integers(0, days * DAY, rng.poisson(days * per_day))) for _ in range(series)]


@pytest.fixture
def make_history() -> Callable[..., Arrays]:
    """:func:`history`."""
    return history


@pytest.fixture
def clockwork() -> Arrays:
    """Four measured series, ten days, one incident a day at a fixed time each."""
    return history(daily(10, [10_000, 31_000, 52_000, 73_000]), 10, observed=False)


@pytest.fixture
def chance() -> Arrays:
    """Six observed series, ten days, incidents at random."""
    return history(by_chance(10, 6, 2.0, seed=5), 10, observed=True)
