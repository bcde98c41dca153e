"""The fit: it learns what a linear model cannot see, stops in time, repeats itself and goes on after a stop."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from predictor.errors import ArtifactError
from training.fit import FitSettings, Progress, fit
from training.fitted import FittedModel
from training.linear import logistic
from training.sequences import Scaler, Sequences

QUICK = FitSettings(hidden=8, members=2, epochs=3, chunk=32, lanes=8, dropout=0.0, device="cpu")
NAMES = ("pulse", "noise")


def delayed(series: int, rows: int, seed: int) -> Sequences:
    """A pulse is followed by an onset 4 to 7 rows later: only a memory can say when."""
    rng = np.random.default_rng(seed)
    inputs, labels = [], []
    for _ in range(series):
        pulse = rng.random(rows) < 0.03
        block = np.stack([pulse * 3.0, rng.normal(size=rows)], axis=1).astype(np.float32)
        label = np.zeros((rows, 3), np.float32)
        for at in np.flatnonzero(pulse):
            label[at + 1 : at + 5, 2] = label[at + 2 : at + 5, 1] = label[at + 4 : at + 5, 0] = 1
        inputs.append(block)
        labels.append(np.maximum.accumulate(label, axis=1))
    return Sequences(NAMES, inputs, labels)


def same(one: FittedModel, other: FittedModel) -> bool:
    """Whether all arrays are equal to the last bit."""
    return all(np.array_equal(array, other.weights()[name]) for name, array in one.weights().items())


def test_memory_beats_the_linear_start() -> None:
    """Validation loss falls well below the one at which the linear model stood."""
    settings = replace(QUICK, members=1, epochs=25, learning_rate=2e-2, lanes=4)

    model = fit(delayed(12, 200, 0), settings, validation=delayed(6, 200, 1))

    losses = [entry["valid"] for entry in model.history]
    assert min(losses) < 0.6 * losses[0]


def test_it_keeps_the_linear_model_where_memory_adds_nothing() -> None:
    """Labels that are pure chance: the epoch that is kept is no worse than the start."""
    rng = np.random.default_rng(2)
    chance = [(rng.random((150, 3)) < 0.1).astype(np.float32).cumsum(axis=1).clip(0, 1) for _ in range(8)]
    noise = [rng.normal(size=(150, 2)).astype(np.float32) for _ in range(8)]
    data, later = Sequences(NAMES, noise[:4], chance[:4]), Sequences(NAMES, noise[4:], chance[4:])

    model = fit(data, replace(QUICK, members=1, epochs=30, patience=2), validation=later)

    assert len(model.history) < 31
    assert np.concatenate(model.predict(later.inputs)).mean(axis=0) == pytest.approx(data.base_rate(), abs=0.06)


def test_the_same_seed_gives_the_same_arrays() -> None:
    """Fits are deterministic, members differ."""
    data = delayed(4, 100, 3)

    one, two = fit(data, QUICK), fit(data, QUICK)

    assert same(one, two)
    assert not np.array_equal(one.members[0]["head.weight"], one.members[1]["head.weight"])


@pytest.mark.parametrize("stop_after", [1, 2, 4])
def test_a_stopped_fit_goes_on_to_the_same_end(tmp_path: Path, stop_after: int) -> None:
    """Stopped after any epoch and called again, the arrays are those of a fit that was not stopped."""
    data, later, file = delayed(4, 100, 4), delayed(2, 100, 5), tmp_path / "fit.safetensors"
    told: list[Progress] = []

    def stopping(progress: Progress) -> None:
        told.append(progress)
        if len(told) > stop_after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(data, QUICK, stopping, validation=later, checkpoint=file)
    resumed = fit(data, QUICK, validation=later, checkpoint=file)

    assert same(resumed, fit(data, QUICK, validation=later))


def test_a_checkpoint_of_another_fit_is_refused(tmp_path: Path) -> None:
    """Other settings, or bytes that are no checkpoint, are an error and never a silent new start."""
    file = tmp_path / "fit.safetensors"
    fit(delayed(2, 60, 6), QUICK, checkpoint=file)

    with pytest.raises(ArtifactError, match="other settings"):
        fit(delayed(2, 60, 6), replace(QUICK, hidden=4), checkpoint=file)
    file.write_bytes(b"torn")
    with pytest.raises(ArtifactError, match="not a checkpoint"):
        fit(delayed(2, 60, 6), QUICK, checkpoint=file)


def test_thinned_quiet_chunks_keep_the_base_rate() -> None:
    """Learning from a quarter of the quiet chunks, weighted for all, leaves the mean risk at the base rate."""
    data = delayed(8, 200, 7)

    model = fit(data, replace(QUICK, members=1, quiet_keep=0.25, epochs=6, learning_rate=5e-3))

    assert np.concatenate(model.predict(data.inputs))[:, 1].mean() == pytest.approx(data.base_rate()[1], rel=0.3)


def test_the_linear_part_is_the_logistic_regression() -> None:
    """Newton's solution equals scikit-learn's on weighted rows with the same penalty."""
    rng = np.random.default_rng(8)
    x = rng.normal(size=(400, 3))
    y = (rng.random(400) < 1 / (1 + np.exp(2 - x[:, 0]))).astype(float)
    weight = rng.uniform(0.5, 2, 400)

    found = logistic(x, y, weight, decay=1e-2)

    oracle = LogisticRegression(C=1 / (1e-2 * weight.sum()), tol=1e-10, max_iter=1000).fit(x, y, sample_weight=weight)
    assert found == pytest.approx([*oracle.coef_[0], oracle.intercept_[0]], abs=1e-4)


def test_the_scaler_ignores_what_is_not_finite() -> None:
    """NaN and infinities become the mean, flat columns stay finite, outliers are cut."""
    rows = np.array([[1, 5, np.nan], [3, 5, 2], [np.inf, 5, 4]], np.float32)

    scaled = Scaler.fit([rows]).apply(np.vstack([rows, [[1e9, 5, 3]]]).astype(np.float32))

    assert scaled.tolist() == [[-1, 0, 0], [1, 0, -1], [0, 0, 1], [8, 0, 0]]


@pytest.mark.parametrize(
    ("inputs", "labels"),
    [((5, 3), (5, 3)), ((5, 2), (4, 3)), ((5, 2), None)],
    ids=["width", "length", "label value"],
)
def test_sequences_that_contradict_themselves_are_refused(
    inputs: tuple[int, int], labels: tuple[int, int] | None
) -> None:
    """Widths, lengths and label values are checked when the sequences are made."""
    label = np.full((5, 3), 0.5, np.float32) if labels is None else np.zeros(labels, np.float32)

    with pytest.raises(ValueError, match="series 0"):
        Sequences(NAMES, [np.zeros(inputs, np.float32)], [label])


def test_weights_carry_the_names_of_the_artifact() -> None:
    """Arrays are float32 under the names that the artifact file uses."""
    model = fit(delayed(2, 60, 9), replace(QUICK, members=1, epochs=1))

    names = set(model.weights())
    lstm = {f"m0.lstm.{kind}_{side}_l0" for kind in ("weight", "bias") for side in ("ih", "hh")}
    assert names == lstm | {"m0.head.weight", "m0.head.bias"}
    assert {array.dtype for array in model.weights().values()} == {np.dtype(np.float32)}
