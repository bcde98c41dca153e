"""Three labels: an outage began, none did, or nobody can know.

Unknown are the bins inside an outage (nothing begins there), those whose horizon the history does not reach, and
those in whose horizon a remedy acted: what would have happened without it was never seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from predictor.protocols import HORIZONS_MIN, FloatArray

Times = npt.NDArray[np.float64]


class Why(IntEnum):
    """Why a label is unknown; ``KNOWN`` when it is not."""

    KNOWN = 0
    IN_OUTAGE = 1
    END_OF_HISTORY = 2
    CENSORED = 3  # a remedy acted
    UNWATCHED = 4  # the log has a gap there


@dataclass(frozen=True, slots=True)
class Event:
    """One outage; UTC seconds, ``start`` is the beginning of its first bin."""

    start: float
    end: float
    kind: str = ""
    cause: str = "none"
    hard: bool = False
    onset: float = float("nan")  # when the fault behind it began, NaN when unknown


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a human said of a stretch of time: an outage that was ``confirmed``, or is none."""

    start: float
    end: float
    confirmed: bool
    kind: str = ""


def label(
    ends: Times, events: Sequence[Event], acted: Sequence[tuple[float, float]] = (), bin_s: float = 60.0
) -> tuple[FloatArray, npt.NDArray[np.uint8]]:
    """Labels (T, K) in {0, 1, NaN} and the reason of each (T, K) :class:`Why`, for bins that end at ``ends`` (T,).

    Horizon h of a bin that ends at t is positive when an outage starts in [t, t + h): an outage that starts at t is
    first seen at the end of the next bin. ``acted`` are stretches in which a remedy was in force.
    """
    horizons = np.array(HORIZONS_MIN, dtype=np.float64) * 60.0
    until = ends[:, None] + horizons
    last = ends[-1] if len(ends) else 0.0
    value = np.zeros((len(ends), len(horizons)), dtype=np.float32)
    reason = np.zeros(value.shape, dtype=np.uint8)
    reason[until > last + bin_s] = Why.END_OF_HISTORY
    for start, end in acted:
        reason[(until > start) & (ends[:, None] < end)] = Why.CENSORED
    for event in events:
        hit = (ends[:, None] <= event.start) & (event.start < until)
        value[hit] = 1.0
        reason[hit] = Why.KNOWN
    for event in events:
        reason[(ends > event.start) & (ends <= event.end)] = Why.IN_OUTAGE
    value[reason != Why.KNOWN] = np.nan
    return value, reason


def correct(events: Sequence[Event], verdicts: Sequence[Verdict]) -> list[Event]:
    """The outages as humans have corrected them: rejected ones gone, confirmed ones there with the human's times."""
    kept = [
        event
        for event in events
        if not any(verdict.start < event.end and event.start < verdict.end for verdict in verdicts)
    ]
    for verdict in verdicts:
        if not verdict.confirmed:
            continue
        met = [event for event in events if verdict.start < event.end and event.start < verdict.end]
        base = met[0] if met else Event(verdict.start, verdict.end)
        kept.append(replace(base, start=verdict.start, end=verdict.end, kind=verdict.kind or base.kind))
    return sorted(kept, key=lambda event: event.start)
