"""The truth of a recording: when the fault began, and when builds broke by the definition of an outage.

An outage is read from the jobs themselves: over each window of ``bins`` bins of 60 log seconds, the share of ended
jobs that failed for an infrastructure cause; the outage covers the windows where it is at least ``limit``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JobEnd:
    """One job as the truth sees it: end in log epoch seconds, and whether infrastructure broke it."""

    end: float
    broken: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """The definition in force; the defaults are those of the product."""

    limit: float = 0.5
    bins: int = 3
    bin_s: float = 60.0
    least_jobs: int = 3  # a window with fewer ended jobs says nothing
    bridge: int = 5  # outages with at most so many bins between them are one


def per_bin(jobs: Sequence[JobEnd], start: float, end: float, bin_s: float) -> list[tuple[int, int]]:
    """(ended jobs, broken jobs) of every bin from ``start`` (log epoch seconds) to ``end``."""
    table = [[0, 0] for _ in range(max(1, round((end - start) / bin_s)))]
    for job in jobs:
        index = int((job.end - start) // bin_s)
        if 0 <= index < len(table):
            table[index][0] += 1
            table[index][1] += job.broken
    return [(total, broken) for total, broken in table]


def outage_bins(table: Sequence[tuple[int, int]], rule: Rule) -> list[bool]:
    """For every bin whether it lies in an outage.

    A window that says nothing leaves the state as it was. An outage begins at the first bin with a broken job in the
    first window over the limit, and ends with the last bin whose window is over it.
    """
    inside = [False] * len(table)
    state = False
    for index in range(len(table)):
        first = max(0, index - rule.bins + 1)
        window = table[first : index + 1]
        total, broken = sum(row[0] for row in window), sum(row[1] for row in window)
        if total < rule.least_jobs:
            inside[index] = state
            continue
        over = broken >= rule.limit * total
        if over and not state:
            begin = next(place for place in range(first, index + 1) if table[place][1])
            inside[begin:index] = [True] * (index - begin)
        inside[index] = state = over
    return inside


def outages(table: Sequence[tuple[int, int]], start: float, rule: Rule) -> list[tuple[float, float]]:
    """(begin, end) of every outage in log epoch seconds."""
    found: list[tuple[float, float]] = []
    begin: float | None = None
    for index, bad in enumerate([*outage_bins(table, rule), False]):
        moment = start + index * rule.bin_s
        if bad and begin is None:
            begin = moment
        elif not bad and begin is not None:
            if found and begin - found[-1][1] <= rule.bridge * rule.bin_s:
                begin = found.pop()[0]
            found.append((begin, moment))
            begin = None
    return found
