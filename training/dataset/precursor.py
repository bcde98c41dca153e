"""When the logs first showed that something was wrong: the only thing that makes an outage foreseeable.

A fault may act for an hour before builds break and yet hurt nobody in the logs until the last minute; no forecaster
can be asked to see it. Whether there was something to see is read from the bins alone, by one rule without a model
in it, the same for simulation, recordings and own logs: more trouble, or slower fetches, than at any time before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from predictor.protocols import FloatArray
from predictor.series.columns import INDEX
from training.dataset.label import Event

WARNABLE_S = 10 * 60.0  # of notice: five minutes of lead, and five in which a first odd fetch becomes evidence
QUIET_S = 3600.0  # an outage without a known onset is compared with what was seen until so long before it
LEAST_BINS = 15  # fewer before the onset say nothing about what is usual
TROUBLE_BINS, LEAST_TROUBLE = 15, 2
LATENCY_BINS, LEAST_TIMED, SLOWER = 5, 5, 1.5
TROUBLE = ("retried", "stale", "gave_up", "jobs_failed")

Doubles = npt.NDArray[np.float64]


def with_signs(events: Sequence[Event], counts: FloatArray, ends: Doubles) -> list[Event]:
    """The outages of one series, each with when its logs first showed it and first told of a failure in it.

    Arguments as :func:`first_sign`.
    """
    bad = np.asarray(_failures(counts) + counts[:, INDEX["jobs_failed"]] > 0)
    return [
        replace(
            event,
            shown=first_sign(counts, ends, event.onset, event.start),
            told=_first(ends[bad & (ends > event.start) & (ends <= event.end)]),
        )
        for event in events
    ]


def first_sign(counts: FloatArray, ends: Doubles, onset: float, start: float) -> float:
    """The end of the first bin before ``start`` that shows a precursor (UTC seconds); NaN when none does.

    A bin shows one when the trouble of the last 15 bins (failed, hung, retried, stale or given-up fetches, cut
    connections, broken builds) is at least 2 and more than in any such window before the onset; or when the mean
    latency of the last 5 bins is 1.5 times the highest before it.

    Args:
        counts: (T, C) of one series, columns of ``predictor.series.COLUMNS``.
        ends: (T,) ends of the bins, UTC seconds.
        onset: when the fault behind the outage began; NaN when nobody knows.
        start: when the outage began.
    """
    before = ends <= (onset if np.isfinite(onset) else start - QUIET_S)
    after = ~before & (ends <= start)
    if before.sum() < LEAST_BINS or not after.any():
        return float("nan")
    trouble = _windows(_failures(counts) + sum(counts[:, INDEX[name]] for name in TROUBLE), TROUBLE_BINS)
    shows = (trouble >= LEAST_TROUBLE) & (trouble > trouble[before].max())
    timed, seconds = (_windows(counts[:, INDEX[name]], LATENCY_BINS) for name in ("timed", "seconds"))
    latency = np.where(timed >= LEAST_TIMED, seconds / np.maximum(timed, 1.0), np.nan)
    if np.isfinite(latency[before]).sum() >= LATENCY_BINS:
        shows |= latency > SLOWER * np.nanmax(latency[before])
    return _first(ends[shows & after])


def _failures(counts: FloatArray) -> FloatArray:
    """Fetches (T,) that failed or hung; the error log alone shows some cut connections."""
    failed = np.maximum(counts[:, INDEX["failed"]] + counts[:, INDEX["hung"]], counts[:, INDEX["signs_cut"]])
    return np.asarray(failed, np.float32)


def _first(times: Doubles) -> float:
    return float(times[0]) if len(times) else float("nan")


def _windows(values: npt.ArrayLike, bins: int) -> Doubles:
    """Sums over the last ``bins`` values (T,), fewer at the beginning."""
    total = np.concatenate([[0.0], np.cumsum(np.asarray(values, np.float64))])
    place = np.arange(1, len(total))
    return np.asarray(total[place] - total[np.maximum(place - bins, 0)])
