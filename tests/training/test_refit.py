"""A model that was never shown a kind is fitted for real, and loses what only that kind could have taught."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from tests.training.judge.histories import history
from training import ship
from training.dataset.records import Dataset, Record
from training.judge.comparison import Ground
from training.judge.folds import by_kinds
from training.judge.holdout import hold_out
from training.refit import Refit

SETTINGS = ship.settings_of(hidden=2, members=1, epochs=2, lanes=16)
WEEK = 7 * 86_400.0
SIGNS = {"errors_ramp": (0,), "throttling": (1,), "resets": (0,)}  # columns that rise before an outage of the kind


def sample(name: str, kind: str, seed: int, week: int) -> Record:
    """Two hours of quiet, a quarter of an hour of signs that the logs show, an outage."""
    made = history(f"{name}-{kind}-{seed}", 240, [(150, 170)], kind=kind)
    (event,) = made.events
    times = {"start": event.start, "end": event.end, "onset": event.onset, "shown": event.onset}
    later = replace(event, **{which: time + week * WEEK for which, time in times.items()})
    inputs = np.random.default_rng([seed, week]).normal(0, 0.3, (240, 2)).astype(np.float32)
    inputs[136:170, SIGNS[kind]] += 6.0
    return replace(made, ends=made.ends + week * WEEK, events=(later,), inputs=inputs)


def part(name: str, week: int, count: int) -> Dataset:
    return Dataset(("x", "y"), tuple(sample(name, kind, seed, week) for kind in SIGNS for seed in range(count)))


GROUND = Ground(part("train", 0, 8), part("valid", 1, 6), {"simulation": part("test", 2, 4)})


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    refit = Refit(SETTINGS)
    seen = refit("everything", GROUND.train, GROUND.validation)
    return hold_out(GROUND, by_kinds(GROUND), seen, refit)["worlds"]["simulation"]


def test_a_kind_with_signs_of_its_own_is_lost_when_it_is_held_out(found: dict[str, Any]) -> None:
    fold = found["folds"]["429"]

    assert fold["recall_5m_seen"] == 1.0
    assert fold["recall_5m_held_out"] <= 0.5
    assert fold["held_out"]["pr_auc"] < 0.7 * fold["seen"]["pr_auc"]


@pytest.mark.parametrize("family", ["5xx", "reset or truncated"])
def test_a_kind_whose_signs_another_shares_is_kept(found: dict[str, Any], family: str) -> None:
    assert found["folds"][family]["ratio"] == 1.0


def test_all_folds_together_are_the_sum_of_them(found: dict[str, Any]) -> None:
    pooled, folds = found["pooled"], found["folds"].values()

    assert pooled["outages_degrading"] == 12
    assert pooled["caught_held_out"] == sum(fold["caught_held_out"] for fold in folds)
    assert pooled["ratio"] == pooled["caught_held_out"] / 12


def test_what_was_fitted_is_not_fitted_again(tmp_path: Path) -> None:
    told: list[str] = []
    small = GROUND.validation.pick(GROUND.validation.records[:6])
    refit = Refit(SETTINGS, tmp_path, lambda name, _: told.append(name))

    first, again = (refit("fold", GROUND.train, small) for _ in range(2))
    refit("other data", GROUND.train, GROUND.validation)

    assert first.manifest.thresholds == again.manifest.thresholds
    assert all(np.array_equal(first.weights[name], again.weights[name]) for name in first.weights)
    assert told == ["fold"] * 2 + ["other data"] * 2


def test_other_settings_are_another_fit(tmp_path: Path) -> None:
    for seed in (0, 1):
        Refit(replace(SETTINGS, seed=seed), tmp_path)("fold", GROUND.train, GROUND.validation)

    assert len(list(tmp_path.iterdir())) == 2
