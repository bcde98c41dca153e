"""Which warning met which outage, history by history.

After Salfner, Lenk & Malek (ACM CSUR 2010): a warning is true when it starts within the prediction period before an
outage and not later than people need to act. Earlier is false, later is late: neither a catch nor a false warning.
An outage that several series of one history show counts once, with the best lead that any of them gave; false
warnings count per series. What the last half hour of a history would have told is unknown and is not judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from predictor.outage import OUTAGE
from training.dataset.label import Event
from training.dataset.precursor import WARNABLE_S
from training.dataset.records import Record

Doubles = npt.NDArray[np.float64]

PERIOD_S = 30 * 60.0  # a warning that starts earlier than this before an outage did not foresee it
ACT_S = 2 * 60.0  # the least lead that is of use: switching takes this long
YOUNG_S = 20 * 60.0  # a younger series gets the prior, which never warns
SHORT_DAYS = 1.0
DAYS_PER_TROUBLE = 5.0  # a convention: see ``natural_days``


@dataclass(frozen=True, slots=True)
class Catch:
    """One outage, and how it was met."""

    event: Event
    lead_s: float  # of the best true warning, NaN when there was none
    ahead_s: float  # of the first warning that was not false, true or late (then below ACT_S); NaN without any
    seen_s: float  # from its start until a series was in state ``outage``; NaN when none was within the period

    @property
    def degrading(self) -> bool:
        """Whether the logs showed it long enough before for anybody to warn of it: ``training.dataset.precursor``."""
        return not self.event.hard and bool(self.event.start - self.event.shown >= WARNABLE_S)

    @property
    def unannounced(self) -> bool:
        """Whether a fault acted that long before, and no log showed it."""
        acted = bool(self.event.start - self.event.onset >= WARNABLE_S)
        return not self.event.hard and not self.degrading and acted


@dataclass(frozen=True, slots=True)
class Episodes:
    """How the warnings of one series were met; leads and aheads are per event, seconds or NaN."""

    leads: tuple[float, ...]
    aheads: tuple[float, ...]
    true: int
    false: int
    late: int


@dataclass(frozen=True, slots=True)
class History:
    """All series of one history under judgement."""

    group: str
    benign: bool  # trouble in it that is no outage
    catches: tuple[Catch, ...]
    true: int  # warning episodes of all series
    false: int
    late: int
    days: float  # series-days that it lasts
    natural_days: float  # ... and that it stands for


def natural_days(record: Record) -> float:
    """Days that a series stands for.

    A short history is one trouble that was cut out of quiet days. By convention it stands for the five days in which
    one trouble comes in the long worlds of the simulator; false warnings per week would otherwise be counted against
    weeks in which there is trouble every two hours. A long history stands for itself.
    """
    return DAYS_PER_TROUBLE if record.days() < SHORT_DAYS else record.days()


def episodes(record: Record, starts: Doubles) -> Episodes:
    """Match the warnings of one series, which start at ``starts`` (UTC seconds, ascending), with its outages."""
    events = record.events
    leads, aheads = [float("nan")] * len(events), [float("nan")] * len(events)
    true = false = late = 0
    watched = float(record.ends[-1]) - PERIOD_S if len(record.ends) else 0.0
    order = sorted(range(len(events)), key=lambda place: events[place].start)
    for start in starts.tolist():
        place = next((at for at in order if events[at].end >= start), None)
        if place is None:
            false += start <= watched
            continue
        lead = events[place].start - start
        if lead > PERIOD_S:
            false += 1
            continue
        aheads[place] = lead if np.isnan(aheads[place]) else max(aheads[place], lead)
        if lead < ACT_S:
            late += 1
        else:
            true += 1
            leads[place] = lead if np.isnan(leads[place]) else max(leads[place], lead)
    return Episodes(tuple(leads), tuple(aheads), true, false, late)


def match(records: Sequence[Record], starts: Sequence[Doubles]) -> list[History]:
    """The histories of ``records`` with the starts of warnings (UTC seconds), one array per record."""
    members: dict[tuple[str, str], list[int]] = {}
    for place, record in enumerate(records):
        members.setdefault((record.world, record.group), []).append(place)
    met = [episodes(record, times) for record, times in zip(records, starts, strict=True)]
    return [_history([records[i] for i in places], [met[i] for i in places]) for places in members.values()]


def _history(records: Sequence[Record], met: Sequence[Episodes]) -> History:
    kind, outages = records[0].kind, any(record.events for record in records)
    return History(
        group=records[0].group,
        benign=kind.startswith("benign") and not outages,
        catches=_catches(records, met),
        true=sum(one.true for one in met),
        false=sum(one.false for one in met),
        late=sum(one.late for one in met),
        days=sum(record.days() for record in records),
        natural_days=sum(natural_days(record) for record in records),
    )


def _catches(records: Sequence[Record], met: Sequence[Episodes]) -> tuple[Catch, ...]:
    """Every outage once, as the series that saw it best did; one of a young series is not asked for."""
    best: dict[float, Catch] = {}
    for record, one in zip(records, met, strict=True):
        for event, lead, ahead in zip(record.events, one.leads, one.aheads, strict=True):
            if record.ends[0] + YOUNG_S + ACT_S <= event.start <= record.ends[-1]:
                found = Catch(event, lead, ahead, _seen(record, event))
                best[event.start] = _better(best.get(event.start, found), found)
    return tuple(best[start] for start in sorted(best))


def _better(one: Catch, other: Catch) -> Catch:
    """The same outage as two series show it."""
    lead, ahead = np.fmax(one.lead_s, other.lead_s), np.fmax(one.ahead_s, other.ahead_s)
    shown, told = np.fmin(one.event.shown, other.event.shown), np.fmin(one.event.told, other.event.told)
    event = replace(one.event, shown=float(shown), told=float(told))
    return Catch(event, float(lead), float(ahead), float(np.fmin(one.seen_s, other.seen_s)))


def _seen(record: Record, event: Event) -> float:
    near = (record.ends > event.start) & (record.ends <= max(event.end, event.start + PERIOD_S))
    hits = record.ends[near & (record.state == OUTAGE)]
    return float(hits[0] - event.start) if len(hits) else float("nan")
