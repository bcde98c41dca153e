"""The truth of a recording is computed from its jobs alone."""

from __future__ import annotations

import random

import pytest

from training.laboratory.truth import JobEnd, Rule, outage_bins, outages, per_bin

RULE = Rule(least_jobs=1)


def slow_outage_bins(table: list[tuple[int, int]], rule: Rule) -> list[bool]:
    """The definition, word by word: the state of each window, then its first window reaches back to a broken job."""
    states: list[bool] = []
    for index in range(len(table)):
        window = table[max(0, index - rule.bins + 1) : index + 1]
        total = sum(row[0] for row in window)
        known = total >= rule.least_jobs
        states.append(
            sum(row[1] for row in window) / total >= rule.limit if known and total else bool(states and states[-1])
        )
    inside = list(states)
    for index, state in enumerate(states):
        if state and not (index and states[index - 1]):
            place = index
            for back in range(max(0, index - rule.bins + 1), index + 1)[::-1]:
                place = back if table[back][1] else place
            for filled in range(place, index):
                inside[filled] = True
    return inside


@pytest.mark.parametrize("seed", range(40))
def test_outage_bins_equal_a_slow_oracle(seed: int) -> None:
    """Random tables with empty bins, at all shares."""
    rng = random.Random(seed)
    share = rng.random()
    totals = [rng.choice((0, 0, 1, 2, 5)) for _ in range(40)]
    table = [(total, sum(rng.random() < share for _ in range(total))) for total in totals]
    rule = Rule(limit=rng.choice((0.3, 0.5, 0.9)), bins=rng.randint(1, 5), least_jobs=rng.randint(1, 4))

    assert outage_bins(table, rule) == slow_outage_bins(table, rule)


def test_jobs_are_counted_in_the_bin_in_which_they_end() -> None:
    """A bin holds its start and not its end."""
    jobs = [JobEnd(1000.0, True), JobEnd(1059.9, False), JobEnd(1060.0, True), JobEnd(999.0, True)]

    assert per_bin(jobs, 1000.0, 1120.0, 60.0) == [(2, 1), (1, 1)]


def test_an_outage_begins_at_the_first_broken_job_of_its_first_window() -> None:
    """One broken job of three is no outage yet; the second one makes the window reach back to it."""
    table = [(1, 0), (1, 0), (1, 1), (1, 1), (1, 1), (1, 0), (1, 0), (1, 0)]

    assert outages(table, 0.0, RULE) == [(120.0, 360.0)]


def test_a_gap_in_the_jobs_does_not_end_an_outage() -> None:
    """When everything hangs, no job ends."""
    table = [(2, 2), (0, 0), (0, 0), (0, 0), (0, 0), (2, 2), (3, 0), (3, 0), (3, 0)]

    assert outages(table, 0.0, RULE) == [(0.0, 360.0)]


def test_no_broken_job_is_no_outage() -> None:
    """Failures for reasons of the user are not broken jobs."""
    assert outages([(3, 0)] * 10, 0.0, RULE) == []


def test_two_outages_close_by_are_one() -> None:
    """Up to five quiet bins between them do not make them two incidents."""
    bad, good = [(3, 3)] * 4, [(3, 0)] * 6

    assert len(outages(bad + good + bad, 0.0, RULE)) == 1
    assert len(outages(bad + good * 2 + bad, 0.0, RULE)) == 2
