"""What an LSTM has to beat, through the same calibrator, threshold rule and judge.

``failing share`` and ``EWMA`` are what people page on today; logistic regression and gradient boosting see the same
features as the LSTM, of the newest bin only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from training.calibrate import Knots, calibrate, expit, fit_knots
from training.dataset.records import Dataset, Record
from training.sequences import FloatArray, Scaler, complete

Doubles = npt.NDArray[np.float64]
Raw = Callable[[FloatArray], Doubles]  # features (T, F) -> raw risks (T, K)

HEADLINE = 1
MOST_ROWS = 250_000  # rows that the shallow models are fitted on


def always(base: Sequence[float]) -> Raw:
    """The base rate, whatever happens."""
    return lambda rows: np.repeat(np.array([base], dtype=np.float64), len(rows), axis=0)


def one_feature(features: Sequence[str], name: str, horizons: int) -> Raw:
    """A threshold on one feature: the higher, the riskier."""
    column = list(features).index(name)
    return lambda rows: np.repeat(expit(rows[:, column].astype(np.float64))[:, None], horizons, axis=1)


def shallow(train: Dataset, kind: str, seed: int = 0) -> Raw:
    """``logistic`` regression or gradient ``boosting`` on the newest bin, one classifier per horizon."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    scaler = Scaler.fit([record.inputs for record in train])
    x = np.concatenate([scaler.apply(record.inputs) for record in train])
    y = np.concatenate([complete(record.labels) for record in train])
    rng = np.random.default_rng(seed)
    models = []
    for horizon in range(y.shape[1]):
        rows = np.flatnonzero(np.isfinite(y[:, horizon]))
        if len(rows) > MOST_ROWS:
            rows = rng.choice(rows, MOST_ROWS, replace=False)
        made = (
            LogisticRegression(max_iter=300, C=0.1)
            if kind == "logistic"
            else HistGradientBoostingClassifier(max_iter=120, learning_rate=0.08, random_state=seed)
        )
        models.append(made.fit(x[rows], y[rows, horizon]))

    def raw(inputs: FloatArray) -> Doubles:
        scaled = scaler.apply(inputs)
        return np.stack([model.predict_proba(scaled)[:, 1] for model in models], axis=1)

    return raw


def fit_calibrator(raw: Sequence[Doubles], records: Sequence[Record], events: int) -> tuple[Knots, ...]:
    """Knots per horizon from raw risks on records that the model was not fitted on."""
    risks = np.concatenate(raw)
    labels = np.concatenate([complete(record.labels) for record in records])
    return tuple(fit_knots(risks[:, k], labels[:, k], events) for k in range(risks.shape[1]))


def predict(raw: Raw, knots: tuple[Knots, ...], records: Sequence[Record]) -> list[Doubles]:
    """Calibrated risks (T, K) of every record."""
    return [np.asarray(calibrate(raw(record.inputs), knots)) for record in records]
