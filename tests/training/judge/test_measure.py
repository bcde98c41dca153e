"""One method on one world."""

from __future__ import annotations

import numpy as np
import pytest

from tests.training.judge.histories import history
from training.dataset.records import Dataset, Record
from training.judge.measure import figures, frozen_threshold, judge, rows_of
from training.judge.methods import Climatology, Learner

BINS = 400


def world() -> list[Record]:
    return [history(f"s{i}", BINS, [(200 + i, 230 + i)] if i % 2 else [], seed=i) for i in range(8)]


def seer(records: list[Record], lead: int = 12, wrong: float = 0.0) -> list[np.ndarray]:
    """Risks that rise ``lead`` bins before every outage, and on a share of the other bins."""
    rng, risks = np.random.default_rng(1), []
    for record in records:
        risk = np.where(rng.random(BINS) < wrong, 0.9, 0.01)
        for event in record.events:
            begin = int((event.start - record.ends[0]) / 60) + 1
            risk[begin - lead : begin] = 0.9
        risks.append(risk)
    return risks


def test_a_seer_catches_everything_without_a_false_warning() -> None:
    """With the lead that it has."""
    records = world()
    found = figures(judge(records, seer(records), 0.5), 0.01)

    assert (found["recall_5m"], found["precision"], found["false_per_upstream_week"]) == (1.0, 1.0, 0.0)
    assert found["median_lead_min"] == 11  # a warning is said at the end of its bin
    assert found["recall_by_lead"]["15"] == 0.0


def test_the_frozen_threshold_keeps_the_budget_of_false_warnings() -> None:
    """Noise at a high level pushes it up."""
    records = world()
    quiet = seer(records)
    noisy = [np.maximum(risk, np.random.default_rng(i).random(BINS) * 0.5) for i, risk in enumerate(quiet)]

    threshold = frozen_threshold(records, noisy)

    assert 0.5 <= threshold <= 0.9
    assert figures(judge(records, noisy, threshold), 0.01)["recall_5m"] == 1.0


def test_rows_inside_outages_and_of_young_series_are_not_scored() -> None:
    """Nothing begins inside an outage, and a young series gets the base rate."""
    record = history("a", BINS, [(200, 230)])
    label, _ = rows_of([record], [np.zeros(BINS)])

    assert len(label) <= BINS - 20 - 30
    assert label.sum() == pytest.approx(15, abs=1)


def test_hard_cuts_and_degrading_outages_are_told_apart() -> None:
    """Nobody is praised or blamed for what cannot be forecast."""
    records = [history("a", BINS, [(200, 230)], hard=True), history("b", BINS, [(200, 230)])]
    found = figures(judge(records, seer(records), 0.5), 0.01)

    assert (found["outages_hard"], found["outages_degrading"]) == (1, 1)
    assert found["outage_seen_within_2_bins_hard"] == 1.0


def test_the_same_seed_gives_the_same_interval() -> None:
    """Reports can be compared."""
    records = world()
    judged = judge(records, seer(records, wrong=0.001), 0.5)

    assert figures(judged, 0.01, seed=4)["false_ci95"] == figures(judged, 0.01, seed=4)["false_ci95"]


def test_climatology_and_learners_answer_for_every_bin() -> None:
    """With probabilities whose mean is near the base rate."""
    from sklearn.linear_model import LogisticRegression

    data = Dataset(("a", "b"), tuple(world()))
    base = np.nanmean(np.concatenate([record.labels[:, 1] for record in data]))
    for method in (Climatology(), Learner("logistic", LogisticRegression())):
        method.fit(data)
        risks = method.risks(data.records)

        assert [len(risk) for risk in risks] == [BINS] * 8
        assert np.mean(np.concatenate(risks)) == pytest.approx(base, rel=0.2)
