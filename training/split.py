"""Cuts a dataset by time, with whole outages on one side and an embargo around every cut.

A random split of rows would show the fit the neighbours of what it is judged on. Here short histories go whole to the
side on which they begin, long ones are cut; what lies within the embargo of a cut is used by nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from training.dataset.records import Dataset, Record

EMBARGO_S = 6 * 3600.0  # longer than what a feature remembers strongly (4 h) plus the longest horizon
SHORT_S = 86_400.0


@dataclass(frozen=True)
class Split:
    """Three parts of one dataset, in order of time."""

    train: Dataset
    valid: Dataset
    test: Dataset


def by_time(dataset: Dataset, shares: Sequence[float] = (0.7, 0.15), embargo_s: float = EMBARGO_S) -> Split:
    """Split at the times by which ``shares`` of all bins have passed (train, valid; the rest is test)."""
    ends = np.sort(np.concatenate([record.ends for record in dataset]))
    places = (np.cumsum(shares) * (len(ends) - 1)).astype(int)
    cuts = [_clear(dataset, float(ends[place])) for place in places]
    edges = [-np.inf, *cuts, np.inf]
    parts = [
        dataset.pick([part for each in dataset if (part := _between(each, low, high, embargo_s)) is not None])
        for low, high in pairwise(edges)
    ]
    return Split(*parts)


def hold_out(dataset: Dataset, groups: Sequence[str]) -> tuple[Dataset, Dataset]:
    """(the rest, the records of ``groups``)."""
    out = set(groups)
    rest = [record for record in dataset if record.group not in out]
    return dataset.pick(rest), dataset.pick([record for record in dataset if record.group in out])


def one_of_each_kind(dataset: Dataset) -> list[str]:
    """The last history of every kind that has more than one, and every second kind that has only one: to hold out."""
    groups: dict[str, list[str]] = {}
    for record in dataset:
        names = groups.setdefault(record.kind, [])
        if record.group not in names:
            names.append(record.group)
    held, single = [], 0
    for kind in sorted(groups):
        names = sorted(groups[kind])
        if len(names) > 1:
            held.append(names[-1])
            continue
        single += 1
        if single % 2 == 0:
            held.append(names[0])
    return held


def _clear(dataset: Dataset, cut: float) -> float:
    """The cut, moved behind the outages of long histories in which it falls."""
    for event in sorted((e for r in dataset if r.days() * 86_400 > SHORT_S for e in r.events), key=lambda e: e.start):
        if event.start - 1800.0 <= cut <= event.end:
            cut = event.end
    return cut


def _between(record: Record, low: float, high: float, embargo_s: float) -> Record | None:
    """The part of a record from ``low`` to ``high``, or None when it has none there."""
    first, last = float(record.ends[0]), float(record.ends[-1])
    if last - first <= SHORT_S:
        inside = low <= first < high and last < high - embargo_s / 2 and first > low + embargo_s / 2
        return record if inside else None
    rows = (record.ends > low + embargo_s / 2) & (record.ends <= high - embargo_s / 2)
    if rows.sum() < 60:
        return None
    begin, end = float(record.ends[rows][0]), float(record.ends[rows][-1])
    own = {name: getattr(record, name)[rows] for name in ("ends", "inputs", "labels", "why", "state")}
    return replace(record, events=tuple(e for e in record.events if begin <= e.start <= end), **own)
