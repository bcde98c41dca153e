"""Everything that the model must beat, behind one seam: fit on the training part, then a score per bin and series.

The baselines are what people use today (thresholds, burn-rate alerts, predict_linear) and the plain learners that
keep winning in the literature. Each gives a score in 0..1. All but "always no" get the same calibrator as the LSTM,
fitted on validation, so that a rule that is no probability is still judged as the best one that can be made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from training.calibrate import Knots, fit_knots
from training.dataset.records import Dataset, Record
from training.sequences import Scaler, complete

Floats = npt.NDArray[np.float64]
Columns = Mapping[str, Floats]

HEADLINE = 1  # the 15-minute horizon
SAMPLE = 250_000  # rows that the plain learners are fitted on: more did not change them
BURN_RATE = "burn rate 14.4x and 6x"
ALERT = 0.5  # score of the burn rate at which the alert of the SRE Workbook fires


class Method(Protocol):
    """A forecaster under judgement."""

    name: str

    def fit(self, train: Dataset) -> None:
        """Learn from the training part."""

    def risks(self, records: Sequence[Record]) -> list[Floats]:
        """15-minute risk (T,) of every record, 0..1."""


class AlwaysNo:
    """Never expects anything: what accuracy rewards on rare events."""

    name = "always no"

    def fit(self, train: Dataset) -> None:
        """Nothing to learn."""

    def risks(self, records: Sequence[Record]) -> list[Floats]:
        """Zero."""
        return [np.zeros(len(record.ends)) for record in records]


class Climatology:
    """The share of positives by hour of day in the training part, shrunk to the overall base rate."""

    name = "climatology by hour"
    WEIGHT = 2000.0  # rows of base rate mixed into each hour

    def fit(self, train: Dataset) -> None:
        """Count by hour."""
        label, hour = labels_of(train.records), np.concatenate([_hour(each) for each in train])
        known = np.isfinite(label)
        base = float(label[known].mean())
        total = np.bincount(hour[known], minlength=24)
        hits = np.bincount(hour[known], label[known], minlength=24)
        self.rate = (hits + base * self.WEIGHT) / (total + self.WEIGHT)

    def risks(self, records: Sequence[Record]) -> list[Floats]:
        """The rate of the hour."""
        return [np.asarray(self.rate[_hour(record)], np.float64) for record in records]


class Rule:
    """A rule on features: a score that people alert on today.

    Args:
        name: how it is called in the report.
        score: features by name (T,) each -> score (T,) in 0..1.
    """

    def __init__(self, name: str, score: Callable[[Columns], Floats]) -> None:
        self.name, self._score = name, score

    def fit(self, train: Dataset) -> None:
        """Only looks up where the features are."""
        self._at = {feature: place for place, feature in enumerate(train.features)}

    def risks(self, records: Sequence[Record]) -> list[Floats]:
        """The rule on every record; bins without a value score 0."""
        columns = [
            {name: record.inputs[:, at].astype(np.float64) for name, at in self._at.items()} for record in records
        ]
        return [np.nan_to_num(np.asarray(self._score(each), np.float64)) for each in columns]


def failing(columns: Columns, minutes: int) -> Floats:
    """The failing share (T,) over a window: the feature is its logarithm."""
    return np.asarray(np.clip(np.exp(columns[f"fail_{minutes}"]), 0, 1))


def ewma(columns: Columns) -> Floats:
    """How far the fast mean of the failing share is above the slow one."""
    return np.asarray(1 / (1 + np.exp(-(columns["fail_5"] - columns["fail_60"]))))


def burn_rate(columns: Columns) -> Floats:
    """SRE Workbook chapter 5: both windows over 14.4 (1 h and 5 min) or 6 times the budget of a 99.9 % objective.

    The score is the burn over its limit, squeezed into 0..1 so that ``ALERT`` is the alert itself. Windows are the
    decayed ones of the features; the 6 h window is not kept, the 1 h one stands for it.
    """
    share = {minutes: np.exp(columns[f"fail_{minutes}"]) for minutes in (5, 15, 60)}
    fast, slow = np.minimum(share[5], share[60]) / 14.4e-3, np.minimum(share[15], share[60]) / 6e-3
    burn = np.maximum(fast, slow * (6 / 14.4))
    return np.asarray(burn / (1 + burn), np.float64)


def predict_linear(columns: Columns) -> Floats:
    """Where the failing share will be in 15 minutes if it goes on as in the last half hour."""
    now, past = failing(columns, 5), failing(columns, 60)
    return np.asarray(np.clip(now + (now - past) * 0.5, 0, 1))


class Learner:
    """A scikit-learn classifier on the features of one bin.

    Args:
        name: how it is called in the report.
        estimator: an unfitted classifier with ``predict_proba``.
        seed: of the sample of quiet rows.
    """

    def __init__(self, name: str, estimator: Any, seed: int = 0) -> None:
        self.name, self._estimator, self._seed = name, estimator, seed

    def fit(self, train: Dataset) -> None:
        """Fit on all positives and a sample of the rest, then undo the sampling in the odds."""
        self._scaler = Scaler.fit([record.inputs for record in train])
        label = labels_of(train.records)
        hits, quiet = np.flatnonzero(label == 1), np.flatnonzero(label == 0)
        kept = np.random.default_rng(self._seed).choice(quiet, min(len(quiet), SAMPLE), replace=False)
        rows = np.concatenate([hits, kept])
        inputs = np.concatenate([record.inputs for record in train])[rows]
        self._estimator.fit(self._scaler.apply(inputs), label[rows])
        self._odds = len(kept) / max(1, len(quiet))

    def risks(self, records: Sequence[Record]) -> list[Floats]:
        """Probabilities of every record."""
        return [self._one(record) for record in records]

    def _one(self, record: Record) -> Floats:
        sampled = self._estimator.predict_proba(self._scaler.apply(record.inputs))[:, 1].astype(np.float64)
        return np.asarray(sampled * self._odds / (sampled * self._odds + 1 - sampled))


class Calibrated:
    """A method whose scores go through the calibrator of the LSTM, fitted on validation."""

    def __init__(self, method: Method) -> None:
        self.name, self._method, self._knots = method.name, method, Knots.identity()

    def fit(self, train: Dataset) -> None:
        """Fit the method alone."""
        self._method.fit(train)

    def calibrate(self, validation: Dataset) -> None:
        """Fit the map from scores to shares that came true."""
        raw, label = np.concatenate(self._method.risks(validation.records)), labels_of(validation.records)
        self._knots = fit_knots(raw, label, outages_in(validation))

    def risks(self, records: Sequence[Record]) -> list[Floats]:
        """Calibrated risk of every record."""
        return [self._knots.apply(raw) for raw in self._method.risks(records)]


def baselines(seed: int = 0) -> list[Method]:
    """Everything that needs no LSTM."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    trees = HistGradientBoostingClassifier(max_iter=150, learning_rate=0.05, l2_regularization=1.0, random_state=seed)
    return [
        AlwaysNo(),
        Calibrated(Climatology()),
        Calibrated(Rule("persistence", lambda columns: failing(columns, 1))),
        Calibrated(Rule("failing share, 5 min", lambda columns: failing(columns, 5))),
        Calibrated(Rule("EWMA of the failing share", ewma)),
        Calibrated(Rule("predict_linear", predict_linear)),
        Calibrated(Rule(BURN_RATE, burn_rate)),
        Calibrated(Learner("logistic regression", LogisticRegression(C=0.003, max_iter=500), seed)),
        Calibrated(Learner("gradient boosting", trees, seed)),
    ]


def labels_of(records: Sequence[Record], horizon: int = HEADLINE) -> Floats:
    """Labels of all rows (n,) at one horizon, NaN where unknown."""
    return np.concatenate([complete(record.labels)[:, horizon] for record in records]).astype(np.float64)


def outages_in(data: Dataset) -> int:
    """Outages, each once however many series show it: what the calibrator counts as independent."""
    return len({(record.world, record.group, event.start) for record in data for event in record.events})


def _hour(record: Record) -> npt.NDArray[np.int64]:
    return (record.ends // 3600 % 24).astype(np.int64)
