"""How much recall is lost on what was never shown: counted by outages, beside a slow and obvious way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from training.judge.holdout import Tally, kept

TALLIES = [Tally("a", 2, 2, 1), Tally("b", 1, 1, 1), Tally("c", 3, 1, 0), Tally("d", 0, 0, 0)]


def test_the_ratio_is_that_of_all_outages_together() -> None:
    found = kept(TALLIES)

    assert (found["outages_degrading"], found["caught_seen"], found["caught_held_out"]) == (6, 4, 2)
    assert found["ratio"] == pytest.approx(found["recall_5m_held_out"] / found["recall_5m_seen"])
    low, high = found["ratio_ci95"]
    assert low <= found["ratio"] <= high


def test_a_history_in_two_folds_is_drawn_once() -> None:
    split = [Tally("a", 1, 1, 0), Tally("a", 1, 1, 1), *TALLIES[1:]]

    assert kept(split) == kept(TALLIES)


def test_the_interval_is_that_of_draws_of_whole_histories() -> None:
    rng = np.random.default_rng(1)
    drawn = [[TALLIES[k] for k in rng.integers(0, 4, 4)] for _ in range(4000)]
    ratios = [sum(t.held for t in one) / seen for one in drawn if (seen := sum(t.seen for t in one))]

    found = kept(TALLIES)["ratio_ci95"]

    assert found == pytest.approx(np.percentile(ratios, [2.5, 97.5]), abs=0.15)


@pytest.mark.parametrize("tallies", [[], [Tally("a", 0, 0, 0)], [Tally("a", 3, 0, 0)]])
def test_where_nothing_was_foreseen_nothing_can_be_lost(tallies: list[Tally]) -> None:
    found: dict[str, Any] = kept(tallies)

    assert np.isnan(found["ratio"])
    assert np.isnan(found["ratio_ci95"]).all()


def test_false_warnings_are_counted_by_natural_weeks() -> None:
    found = kept([Tally("a", 1, 1, 1, 2, 0, 1.5), Tally("b", 0, 0, 0, 1, 1, 0.5)])

    assert found["false_per_natural_week_seen"] == 1.5
    assert found["false_per_natural_week_held_out"] == 0.5
