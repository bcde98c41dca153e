"""Three labels: an outage began, none did, or nobody can know.

Unknown are the bins inside an outage (nothing begins there), those whose horizon the history does not reach, those
in whose horizon a remedy acted (what would have happened without it was never seen), and, where the logs are the
only witness, those in whose horizon the logs are silent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from math import isfinite
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from predictor.journals.verdicts import Verdict
from predictor.protocols import HORIZONS_MIN, FloatArray

Times = npt.NDArray[np.float64]


PAUSE_S = 60.0 * max(HORIZONS_MIN)  # a shorter recovery is a pause of one outage: warnings reach back into it


class Why(IntEnum):
    """Why a label is unknown; ``KNOWN`` when it is not."""

    KNOWN = 0
    IN_OUTAGE = 1
    END_OF_HISTORY = 2
    CENSORED = 3  # a remedy acted
    UNWATCHED = 4  # the log has a gap there


class Hidden(NamedTuple):
    """A stretch of time, UTC seconds, that hides what would have happened."""

    start: float
    end: float
    why: Why = Why.CENSORED


@dataclass(frozen=True, slots=True)
class Event:
    """One outage; UTC seconds, ``start`` is the beginning of its first bin."""

    start: float
    end: float
    kind: str = ""
    cause: str = "none"
    hard: bool = False
    onset: float = float("nan")  # when the fault behind it began, NaN when unknown
    shown: float = float("nan")  # when the logs of the series first showed it, NaN when they did not: ``precursor``
    told: float = float("nan")  # when its logs first told of a failure after it began, NaN when they did not


def label(
    ends: Times, events: Sequence[Event], hidden: Sequence[Hidden] = (), bin_s: float = 60.0
) -> tuple[FloatArray, npt.NDArray[np.uint8]]:
    """Labels (T, K) in {0, 1, NaN} and the reason of each (T, K) :class:`Why`, for bins that end at ``ends`` (T,).

    Horizon h of a bin that ends at t is positive when an outage starts in [t, t + h): an outage that starts at t is
    first seen at the end of the next bin. ``hidden`` are stretches about which nothing is known unless an outage
    came nevertheless; where two meet, that of a remedy is named.
    """
    horizons = np.array(HORIZONS_MIN, dtype=np.float64) * 60.0
    until = ends[:, None] + horizons
    last = ends[-1] if len(ends) else 0.0
    value = np.zeros((len(ends), len(horizons)), dtype=np.float32)
    reason = np.zeros(value.shape, dtype=np.uint8)
    reason[until > last + bin_s] = Why.END_OF_HISTORY
    for start, end, why in sorted(hidden, key=lambda stretch: -stretch.why):
        reason[(until > start) & (ends[:, None] < end)] = why
    for event in events:
        hit = (ends[:, None] <= event.start) & (event.start < until)
        value[hit] = 1.0
        reason[hit] = Why.KNOWN
    for event in events:
        reason[(ends > event.start) & (ends <= event.end)] = Why.IN_OUTAGE
    value[reason != Why.KNOWN] = np.nan
    return value, reason


def joined(events: Iterable[Event]) -> list[Event]:
    """The outages in order of start, those that a pause shorter than ``PAUSE_S`` parts as one."""
    found: list[Event] = []
    for event in sorted(events, key=lambda each: each.start):
        if found and event.start - found[-1].end < PAUSE_S:
            found[-1] = replace(found[-1], end=max(found[-1].end, event.end))
        else:
            found.append(event)
    return found


def correct(events: Sequence[Event], verdicts: Sequence[Verdict]) -> list[Event]:
    """The outages as humans have corrected them, verdict by verdict in the given order: the last one counts.

    A rejected outage is gone. A confirmed one takes the human's times where there are any, and is added where none
    was seen.
    """
    kept = list(events)
    for verdict in verdicts:
        kept = [event for event in kept if not _meets(event, verdict)]
        if verdict.confirmed:
            kept += _confirmed([event for event in events if _meets(event, verdict)], verdict)
    return sorted(kept, key=lambda event: event.start)


def _meets(event: Event, verdict: Verdict) -> bool:
    return verdict.start < event.end and event.start < verdict.end


def _confirmed(met: Sequence[Event], verdict: Verdict) -> list[Event]:
    if met and not verdict.exact:
        return [replace(event, kind=verdict.kind or event.kind) for event in met]
    if not isfinite(verdict.end):  # the episode never ended and the definition saw nothing: no time can be given
        return []
    base = met[0] if met else Event(verdict.start, verdict.end)
    return [replace(base, start=verdict.start, end=verdict.end, kind=verdict.kind or base.kind)]
