"""Small labelled histories for the judge's tests."""

from __future__ import annotations

import numpy as np

from training.dataset.label import Event
from training.dataset.records import Record, record

START = 1_700_000_040.0


def history(name: str, bins: int, outages: list[tuple[int, int]], *, hard: bool = False, seed: int = 0) -> Record:
    """``bins`` minutes with outages at bin numbers [begin, end); two features of noise."""
    ends = START + 60.0 * np.arange(1, bins + 1)
    state = np.zeros(bins, np.int8)
    events = []
    for begin, end in outages:
        state[begin:end] = 1
        events.append(Event(START + 60.0 * begin, START + 60.0 * end, "k", "http_5xx", hard))
    inputs = np.random.default_rng(seed).normal(size=(bins, 2)).astype(np.float32)
    return record(name, "simulation", "k", ("default", name), (ends, inputs, state), events)
