"""Everything that is judged, behind one seam: fit on the training part, then a risk per bin and series.

The baselines are what people use today (thresholds, burn-rate alerts, predict_linear) and the plain learners that
keep winning in the literature. Each gives a score in 0..1; those that are no probabilities say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from training.dataset.records import Dataset, Record

Floats = npt.NDArray[np.float64]
HEADLINE = 1  # the 15-minute horizon
SAMPLE = 200_000  # rows that the plain learners are fitted on: more did not change them


class Method(Protocol):
    """A forecaster under judgement."""

    name: str
    probability: bool  # whether its scores mean to be probabilities

    def fit(self, train: Dataset) -> None:
        """Learn from the training part."""

    def risks(self, records: Sequence[Record]) -> list[Floats]:
        """15-minute risk (T,) of every record, 0..1."""


class AlwaysNo:
    """Never expects anything: what accuracy rewards on rare events."""

    name, probability = "always no", True

    def fit(self, train: Dataset) -> None:
        """Nothing to learn."""

    def risks(self, records: Sequence[Record]) -> list[Floats]:
        """Zero."""
        return [np.zeros(len(record.ends)) for record in records]


class Climatology:
    """The share of positives by hour of day in the training part, shrunk to the overall base rate."""

    name, probability = "climatology by hour", True
    WEIGHT = 2000.0  # rows of base rate mixed into each hour

    def fit(self, train: Dataset) -> None:
        """Count by hour."""
        label, hour = np.concatenate([_label(each) for each in train]), np.concatenate([_hour(each) for each in train])
        known = np.isfinite(label)
        base = float(label[known].mean())
        total = np.bincount(hour[known], minlength=24)
        hits = np.bincount(hour[known], label[known], minlength=24)
        self.rate = (hits + base * self.WEIGHT) / (total + self.WEIGHT)
        self.base = base

    def risks(self, records: Sequence[Record]) -> list[Floats]:
        """The rate of the hour."""
        return [np.asarray(self.rate[_hour(record)], np.float64) for record in records]


class Column:
    """A rule on features: a score that people alert on today.

    Args:
        name: how it is called in the report.
        score: features -> score (T,) in 0..1.
    """

    probability = False

    def __init__(self, name: str, score: Any) -> None:
        self.name, self._score = name, score

    def fit(self, train: Dataset) -> None:
        """Only looks up where the features are."""
        self._at = {feature: place for place, feature in enumerate(train.features)}

    def risks(self, records: Sequence[Record]) -> list[Floats]:
        """The rule on every record."""
        columns = [{name: record.inputs[:, at] for name, at in self._at.items()} for record in records]
        return [np.asarray(self._score(each), np.float64) for each in columns]


def persistence(columns: dict[str, Any]) -> Floats:
    """The failing share of the last minute."""
    return np.clip(np.exp(np.asarray(columns["fail_1"], np.float64)), 0, 1)


def failing_share(columns: dict[str, Any]) -> Floats:
    """The failing share of five minutes: the threshold alert that most teams have."""
    return np.clip(np.exp(np.asarray(columns["fail_5"], np.float64)), 0, 1)


def ewma(columns: dict[str, Any]) -> Floats:
    """How far the fast mean of the failing share is above the slow one."""
    rise = np.asarray(columns["fail_5"] - columns["fail_60"], np.float64)
    return 1 / (1 + np.exp(-rise))


def burn_rate(columns: dict[str, Any]) -> Floats:
    """SRE Workbook chapter 5: both windows over 14.4 (1 h and 5 min) or 6 times the budget of a 99.9 % objective.

    The score is the burn over its limit, squeezed into 0..1 so that 0.5 is the alert itself. Windows are the decayed
    ones of the features.
    """
    share = {minutes: np.exp(np.asarray(columns[f"fail_{minutes}"], np.float64)) for minutes in (5, 15, 60)}
    fast = np.minimum(share[5], share[60]) / 14.4e-3
    slow = np.minimum(share[15], share[60]) / 6e-3 * (6 / 14.4)  # the 6 h window is not kept: asked for more instead
    burn = np.maximum(fast, slow)
    return np.asarray(burn / (1 + burn), np.float64)


def predict_linear(columns: dict[str, Any]) -> Floats:
    """Where the failing share will be in 15 minutes if it goes on as in the last half hour."""
    now, past = failing_share(columns), np.exp(np.asarray(columns["fail_60"], np.float64))
    return np.clip(now + (now - past) * 0.5, 0, 1)


class Learner:
    """A scikit-learn classifier on the features of one bin.

    Args:
        name: how it is called in the report.
        estimator: an unfitted classifier with ``predict_proba``.
        seed: of the sample of quiet rows.
    """

    probability = True

    def __init__(self, name: str, estimator: Any, seed: int = 0) -> None:
        self.name, self._estimator, self._seed = name, estimator, seed

    def fit(self, train: Dataset) -> None:
        """Fit on all positives and a sample of the rest, then undo the sampling in the odds."""
        inputs = np.concatenate([each.inputs for each in train])
        label = np.concatenate([_label(each) for each in train])
        rng = np.random.default_rng(self._seed)
        hits, quiet = np.flatnonzero(label == 1), np.flatnonzero(label == 0)
        kept = rng.choice(quiet, min(len(quiet), SAMPLE), replace=False)
        rows = np.concatenate([hits, kept])
        self._median = np.nan_to_num(np.nanmedian(inputs[rows], axis=0))
        self._spread = np.nan_to_num(np.nanstd(inputs[rows], axis=0)) + 1e-6
        self._estimator.fit(self._scaled(inputs[rows]), label[rows])
        self._odds = len(kept) / max(1, len(quiet))

    def risks(self, records: Sequence[Record]) -> list[Floats]:
        """Probabilities of every record."""
        return [self._one(record) for record in records]

    def _one(self, record: Record) -> Floats:
        sampled = self._estimator.predict_proba(self._scaled(record.inputs))[:, 1]
        risk: Floats = sampled * self._odds / (sampled * self._odds + 1 - sampled)
        return risk

    def _scaled(self, inputs: npt.NDArray[np.float32]) -> Floats:
        filled = np.where(np.isfinite(inputs), inputs, self._median)
        return np.asarray(np.clip((filled - self._median) / self._spread, -8, 8), np.float64)


class Shipped:
    """A model folder, run exactly as in service: one step a bin, state carried.

    Args:
        folder: the model folder.
        one_step: forget the state before every bin: what an LSTM without recurrence is worth.
    """

    probability = True

    def __init__(self, folder: Path, *, one_step: bool = False) -> None:
        from predictor.forecast import load_model

        self._folder, self._one_step = folder, one_step
        model = load_model(folder)
        self.name = "LSTM cut to one step" if one_step else model.name
        self.threshold = model.threshold

    def fit(self, train: Dataset) -> None:
        """It was fitted before."""

    def risks(self, records: Sequence[Record]) -> list[Floats]:
        """All records side by side, from their first bins on."""
        from predictor.forecast import load_model

        longest = max(len(record.ends) for record in records)
        found = [np.full(len(record.ends), np.nan) for record in records]
        model = load_model(self._folder)
        fresh = model.dump()
        for at in range(longest):
            alive = [i for i, record in enumerate(records) if at < len(record.ends)]
            if self._one_step:
                model.load(fresh)
            rows = np.stack([records[i].inputs[at] for i in alive])
            risk, _ = model.step([(str(i), "") for i in alive], rows)
            for place, i in enumerate(alive):
                found[i][at] = risk[place, HEADLINE]
        return found


def baselines(seed: int = 0) -> list[Method]:
    """Everything that the model must beat."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    trees = HistGradientBoostingClassifier(max_iter=150, learning_rate=0.05, l2_regularization=1.0, random_state=seed)
    return [
        AlwaysNo(),
        Climatology(),
        Column("persistence", persistence),
        Column("failing share, 5 min", failing_share),
        Column("EWMA of the failing share", ewma),
        Column("predict_linear", predict_linear),
        Column("burn rate 14.4x and 6x", burn_rate),
        Learner("logistic regression", LogisticRegression(C=0.01, max_iter=500), seed),
        Learner("gradient boosting", trees, seed),
    ]


def _label(record: Record) -> Floats:
    return record.labels[:, HEADLINE].astype(np.float64)


def _hour(record: Record) -> npt.NDArray[np.int64]:
    return (record.ends // 3600 % 24).astype(np.int64)
