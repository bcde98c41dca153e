"""Small labelled histories for the judge's tests."""

from __future__ import annotations

import numpy as np

from training.dataset.label import Event
from training.dataset.records import Record, record

START = 1_700_000_040.0


def history(
    name: str, bins: int, outages: list[tuple[int, int]], *, hard: bool = False, seed: int = 0, kind: str = "k"
) -> Record:
    """``bins`` minutes of two noisy features, with outages at bin numbers [begin, end), shown 15 min before."""
    ends = START + 60.0 * np.arange(1, bins + 1)
    state = np.zeros(bins, np.int8)
    events = []
    for begin, end in outages:
        state[begin:end] = 1
        at = START + 60.0 * begin
        events.append(Event(at, START + 60.0 * end, kind, "http_5xx", hard, onset=at - 900.0, shown=at - 900.0))
    inputs = np.random.default_rng(seed).normal(size=(bins, 2)).astype(np.float32)
    return record(name, "simulation", kind, ("default", name), (ends, inputs, state), events)
