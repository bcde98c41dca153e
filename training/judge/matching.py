"""Which warning met which outage.

After Salfner, Lenk & Malek (ACM CSUR 2010): a warning is true when it starts within the prediction period before an
outage and not later than people need to act. Earlier is false, later is late: neither a catch nor a false alarm.
One warning claims one outage, and one outage is claimed once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.dataset.label import Event

PERIOD_S = 30 * 60.0  # a warning that starts earlier than this before an outage did not foresee it
ACT_S = 2 * 60.0  # the least lead that is of use: switching takes this long

Bools = npt.NDArray[np.bool_]
Times = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Catch:
    """One outage, and the lead of the warning that foresaw it: seconds, NaN when none did."""

    event: Event
    lead_s: float
    seen_s: float  # from its start until the series was in state ``outage``; NaN when it never was


@dataclass(frozen=True, slots=True)
class Match:
    """One series under judgement."""

    catches: tuple[Catch, ...]
    false_starts: tuple[float, ...]  # warnings that foresaw nothing
    late: int  # warnings that came too late to act on
    days: float


def starts_of(warning: Bools, ends: Times) -> Times:
    """When warnings start: the ends of the first bins of their runs, UTC seconds."""
    rising = warning & ~np.concatenate([[False], warning[:-1]])
    return np.asarray(ends[rising], np.float64)


def match(ends: Times, warning: Bools, outage: Bools, events: Sequence[Event], *, period_s: float = PERIOD_S) -> Match:
    """Match the warnings of one series with its outages.

    Args:
        ends: (T,) ends of the bins, UTC seconds.
        warning: (T,) whether a warning is active after each bin.
        outage: (T,) whether the series is in state ``outage``.
        events: its true outages.
    """
    starts = starts_of(warning, ends)
    free = np.ones(len(starts), np.bool_)
    catches = []
    for event in sorted(events, key=lambda each: each.start):
        lead = event.start - starts
        fits = np.flatnonzero(free & (lead <= period_s) & (lead >= ACT_S))
        if len(fits):
            free[fits[0]] = False
        catches.append(Catch(event, float(lead[fits[0]]) if len(fits) else float("nan"), _seen(ends, outage, event)))
    excused = np.array([_excused(start, events, period_s) for start in starts], np.bool_)
    false = starts[free & ~excused]
    days = float(ends[-1] - ends[0]) / 86_400 if len(ends) else 0.0
    return Match(tuple(catches), tuple(false.tolist()), int((free & excused).sum()), days)


def _excused(start: float, events: Sequence[Event], period_s: float) -> bool:
    """Too late, inside an outage, or a second warning of an outage that another one claimed."""
    return any(event.start - period_s <= start <= event.end for event in events)


def _seen(ends: Times, outage: Bools, event: Event) -> float:
    hits = np.flatnonzero(outage & (ends > event.start) & (ends <= max(event.end, event.start + PERIOD_S)))
    return float(ends[hits[0]] - event.start) if len(hits) else float("nan")
