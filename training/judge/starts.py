"""When warnings start, for many series and thresholds at once, and which threshold is frozen.

:class:`predictor.decide.policy.Policy` is the rule of the service. A search over sixty thresholds steps sixty of
them through every bin; here that is one array operation per bin over all series and thresholds. A test holds both
equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from predictor.decide.policy import Policy, steady, weighted
from predictor.outage import OK, OUTAGE, UNKNOWN
from training.dataset.records import Record
from training.judge.matching import YOUNG_S, Doubles, episodes, natural_days

BUDGET = 0.2  # false warnings per upstream and week
STEPS, FINER_STEPS = 60, 8  # thresholds that are tried from 1 to LEAST, and between the last two of them
LEAST = 0.02  # nobody is warned of a risk below this


def warning_starts(
    records: Sequence[Record], risks: Sequence[Doubles], thresholds: Sequence[float]
) -> list[list[Doubles]]:
    """When warnings start: UTC seconds, one ascending array per threshold and record.

    Args:
        records: the series; one younger than twenty minutes does not warn.
        risks: 15-minute risk (T,) of each record.
        thresholds: each as :class:`Policy` takes it.
    """
    found: list[list[list[float]]] = [[[] for _ in records] for _ in thresholds]
    for places in _alike(records):
        for bin_, row, threshold in _rising([records[i] for i in places], [risks[i] for i in places], thresholds):
            found[threshold][places[row]].append(float(records[places[row]].ends[bin_]))
    return [[np.array(times, np.float64) for times in rows] for rows in found]


def frozen_threshold(records: Sequence[Record], risks: Sequence[Doubles], budget: float = BUDGET) -> float:
    """The lowest threshold whose false warnings per upstream and natural week stay in ``budget`` from there on up."""
    top = max((float(np.nanmax(risk, initial=LEAST)) for risk in risks), default=LEAST)
    limits = [min(1.0, 1.01 * top), *np.geomspace(top, min(LEAST, top), STEPS).tolist()]
    found = _within(records, risks, limits, budget)
    if found + 1 == len(limits):
        return float(limits[found])
    finer = np.geomspace(limits[found], limits[found + 1], FINER_STEPS + 1)[:-1].tolist()
    return float(finer[_within(records, risks, finer, budget)])


def _within(records: Sequence[Record], risks: Sequence[Doubles], falling: Sequence[float], budget: float) -> int:
    """Place of the last of the ``falling`` thresholds up to which all stay in the budget; the first always does."""
    weeks = sum(natural_days(record) for record in records) / 7
    for place, starts in enumerate(warning_starts(records, risks, falling[1:]), start=1):
        pairs = zip(records, starts, strict=True)
        if sum(episodes(record, times).false for record, times in pairs if len(times)) > budget * weeks:
            return place - 1
    return len(falling) - 1


def _alike(records: Sequence[Record]) -> Iterator[list[int]]:
    """Places of records by length (within a factor of two), the longest of each bucket first: bounds the padding."""
    buckets: dict[int, list[int]] = {}
    for place, record in enumerate(records):
        if len(record.ends):
            buckets.setdefault(len(record.ends).bit_length(), []).append(place)
    for places in buckets.values():
        yield sorted(places, key=lambda place: -len(records[place].ends))


def _rising(
    records: Sequence[Record], risks: Sequence[Doubles], thresholds: Sequence[float]
) -> Iterator[tuple[int, int, int]]:
    """(bin, record, threshold) of every warning that starts, in order of time; records by falling length."""
    lengths = np.array([len(record.ends) for record in records])
    risk = np.full((lengths[0], len(records)), np.nan)
    state = np.full((lengths[0], len(records)), UNKNOWN, np.int8)
    for place, record in enumerate(records):
        old = record.ends - record.ends[0] >= YOUNG_S
        risk[: lengths[place], place] = np.where(old, risks[place], np.nan)
        state[: lengths[place], place] = record.state
    rule = Policy(1.0)
    limit = np.asarray(thresholds, np.float64)
    shape = (len(records), len(limit))
    warning, spent = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    calm, stood, well = (np.zeros(shape, np.int32) for _ in range(3))
    odds = np.full(len(records), np.nan)
    for at in range(int(lengths[0])):
        alive = int(np.searchsorted(-lengths, -at, side="left"))
        odds[:alive] = weighted(odds[:alive], risk[at, :alive], rule.smoothing)
        now, outage, fine = _row(steady(odds[:alive], risk[at, :alive]), state[at, :alive])
        known = (outage | fine) & np.isfinite(now)
        settled = known & ~outage
        low = settled & (now < limit * rule.clear_level)
        calm[:alive] = np.where(low, calm[:alive] + 1, np.where(known, 0, calm[:alive]))
        ended = calm[:alive] >= rule.clear_bins
        well[:alive] = np.where(outage, 0, well[:alive] + fine)
        over = spent[:alive] & (well[:alive] >= rule.recover_bins)
        spent[:alive] = (spent[:alive] & ~over) | outage
        before = warning[:alive].copy()
        lapsed = over | (before & ~ended & ~outage & (stood[:alive] >= rule.lapse_bins))
        warning[:alive] = ((before & ~ended) | (settled & (now >= limit) & ~spent[:alive])) & ~lapsed
        stood[:alive] = np.where(warning[:alive] & ~spent[:alive], stood[:alive] + 1, 0)
        for row, threshold in np.argwhere(warning[:alive] & ~before).tolist():
            yield at, row, threshold


def _row(risk: Doubles, state: npt.NDArray[np.int8]) -> tuple[Doubles, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Risk, whether in state ``outage`` and whether in state ``ok``: columns (n, 1) of one bin."""
    return risk[:, None], (state == OUTAGE)[:, None], (state == OK)[:, None]
