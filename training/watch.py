"""Judges warnings by events: was each outage warned of, how early, and how often was the warning wrong?

A warning episode is true when it starts between 30 and 2 minutes before an outage; earlier counts as false, later as
too late. Episodes follow the house's policy (threshold with hysteresis, none inside an outage). An outage that several
series show is warned of when one of them warned; false warnings count per series and week. A short history is one
trouble cut out of quiet days: it stands for the :data:`DAYS_PER_TROUBLE` days in which one comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import isnan

import numpy as np
import numpy.typing as npt

from predictor.outage import OUTAGE, UNKNOWN
from training.dataset.label import Event
from training.dataset.records import Record

Doubles = npt.NDArray[np.float64]

EARLIEST_S, LATEST_S = 1800.0, 120.0
WEEK_S = 7 * 86_400.0
DAYS_PER_TROUBLE = 5.0  # as in the long worlds of the simulator; two thirds of the troubles are benign
SHORT_DAYS = 1.0
YOUNG_MIN = 20.0  # a younger series gets the prior, which never warns
WARNABLE_S = 420.0  # a fault that acts shorter before the outage leaves no room for 5 minutes of lead


@dataclass(frozen=True, slots=True)
class Found:
    """One outage and the earliest true warning of it; ``lead_s`` is NaN when there was none."""

    event: Event
    group: str
    lead_s: float

    @property
    def degrading(self) -> bool:
        """Whether a fault acted long enough before the outage for anybody to warn of it."""
        return not self.event.hard and bool(self.event.start - self.event.onset >= WARNABLE_S)


@dataclass(frozen=True)
class Verdicts:
    """What a set of warnings was worth."""

    found: list[Found] = field(default_factory=list)
    false: int = 0
    late: int = 0
    weeks: float = 0.0  # series-weeks that the histories stand for
    raw_weeks: float = 0.0  # ... and those that they last
    falsely_warned: frozenset[str] = frozenset()  # groups with a false warning

    def recall(self, lead_s: float = LATEST_S, only: Callable[[Found], bool] = lambda _: True) -> float:
        """Share of the outages that ``only`` selects warned of at least ``lead_s`` ahead; NaN when there are none."""
        chosen = [each for each in self.found if only(each)]
        return float(np.mean([each.lead_s >= lead_s for each in chosen])) if chosen else float("nan")

    def leads(self, only: Callable[[Found], bool] = lambda _: True) -> Doubles:
        """Leads in seconds of the outages that were warned of."""
        return np.array([each.lead_s for each in self.found if only(each) and each.lead_s >= 0])

    @property
    def false_per_week(self) -> float:
        """False warnings per series and week."""
        return self.false / self.weeks if self.weeks else 0.0


def warned(
    risk: Doubles, state: npt.NDArray[np.int8], threshold: float, clear_ratio: float = 0.5, clear_bins: int = 10
) -> list[int]:
    """Bins (of T) at which a warning starts; as :class:`predictor.decide.policy.Policy` starts it."""
    starts: list[int] = []
    warning = spent = False
    calm = 0
    clear = threshold * clear_ratio
    for place, (value, code) in enumerate(zip(risk.tolist(), state.tolist(), strict=True)):
        if code == UNKNOWN or isnan(value):
            continue
        if code == OUTAGE:
            spent, calm = True, 0
            continue
        calm = calm + 1 if value < clear else 0
        if calm >= clear_bins:
            warning = spent = False
        if value >= threshold and not spent and not warning:
            warning = True
            starts.append(place)
    return starts


def judge(records: Sequence[Record], risks: Sequence[Doubles], threshold: float) -> Verdicts:
    """The verdicts of 15-minute risks, one (T,) per record, at one threshold."""
    best: dict[tuple[str, float], Found] = {}
    false = late = 0
    weeks = raw = 0.0
    wrong: set[str] = set()
    for record, risk in zip(records, risks, strict=True):
        old = record.ends >= record.ends[0] + YOUNG_MIN * 60.0
        starts = record.ends[warned(np.where(old, risk, np.nan), record.state, threshold)]
        raw += record.days() / 7.0
        weeks += (DAYS_PER_TROUBLE if record.days() < SHORT_DAYS else record.days()) / 7.0
        lead_of, missed, tardy = _match(record.events, starts[starts <= record.ends[-1] - EARLIEST_S], starts)
        false, late = false + missed, late + tardy
        if missed:
            wrong.add(record.group)
        for event, lead in zip(record.events, lead_of, strict=True):
            if not record.ends[0] + YOUNG_MIN * 60.0 + LATEST_S <= event.start <= record.ends[-1]:
                continue
            before = best.get((record.group, event.start))
            if before is None or not before.lead_s >= lead:
                best[record.group, event.start] = Found(event, record.group, lead)
    return Verdicts(list(best.values()), false, late, weeks, raw, frozenset(wrong))


def _match(events: Sequence[Event], watched: Doubles, starts: Doubles) -> tuple[list[float], int, int]:
    """(lead of each event or NaN, false warnings, warnings that came late or during an outage).

    A warning without an outage is only false when the next 30 minutes were ``watched``.
    """
    leads = [float("nan")] * len(events)
    false = late = 0
    for start in starts.tolist():
        place = next((i for i, event in enumerate(events) if event.end >= start), None)
        if place is None:
            false += start in watched
            continue
        lead = events[place].start - start
        if lead > EARLIEST_S:
            false += 1
        elif lead < LATEST_S:
            late += 1
        elif not leads[place] >= lead:
            leads[place] = lead
    return leads, false, late


def choose_threshold(
    records: Sequence[Record], risks: Sequence[Doubles], per_week: float = 0.2, steps: int = 60
) -> float:
    """The lowest threshold whose false warnings per series and week stay within ``per_week`` from there on up."""
    everything = np.concatenate([risk[np.isfinite(risk)] for risk in risks]) if risks else np.zeros(0)
    top = float(everything.max(initial=0.02))
    chosen = min(1.0, 1.01 * top)
    for threshold in np.geomspace(top, min(0.02, top), steps).tolist():
        if judge(records, risks, threshold).false_per_week > per_week:
            break
        chosen = threshold
    return chosen


def brier_skill(label: Doubles, risk: Doubles, base: float) -> float:
    """1 - Brier score over that of always saying ``base`` (n,), (n,)."""
    known = np.isfinite(label)
    reference = float(np.mean((label[known] - base) ** 2))
    return 1.0 - float(np.mean((label[known] - risk[known]) ** 2)) / reference if reference > 0 else float("nan")


def calibration_error(label: Doubles, risk: Doubles, bins: int = 10) -> float:
    """Expected calibration error: mean over equal-width risk bins of |said - happened|, weighted by rows."""
    known = np.isfinite(label)
    place = np.minimum((risk[known] * bins).astype(np.int64), bins - 1)
    said = np.bincount(place, risk[known], minlength=bins)
    happened = np.bincount(place, label[known], minlength=bins)
    return float(np.abs(said - happened).sum() / max(1, known.sum()))


def average_precision(label: Doubles, risk: Doubles) -> float:
    """Area under the precision-recall curve (step-wise); NaN without positives."""
    known = np.isfinite(label)
    order = np.argsort(-risk[known], kind="stable")
    hits = label[known][order]
    if not hits.sum():
        return float("nan")
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float((precision * hits).sum() / hits.sum())
