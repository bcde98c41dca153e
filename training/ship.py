"""From datasets to a model folder: split, fit, calibrate, freeze thresholds, judge, write.

Everything that is chosen is chosen on training and validation data; the test part and the recordings held out are
looked at once, for the report.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor import __version__
from predictor.features import FEATURES_VERSION
from predictor.files import write_whole
from predictor.forecast.artifact import Knots as SavedKnots
from predictor.forecast.artifact import Manifest, write_artifact
from predictor.forecast.artifact import Scaler as SavedScaler
from training import baselines
from training.card import model_card
from training.dataset.records import Dataset, Record
from training.fit import FitSettings, Progress, fit
from training.fitted import FittedModel
from training.scores import scores
from training.split import by_time, hold_out, one_of_each_kind
from training.watch import choose_threshold

Doubles = npt.NDArray[np.float64]
HEADLINE = 1
RECORDINGS = "recordings"


@dataclass(frozen=True)
class Plan:
    """What to train on and how."""

    settings: FitSettings
    recordings_weight: float = 3.0  # a bin of a recording counts as so many simulated ones
    false_per_week: float = 0.2
    baselines: bool = True


@dataclass(frozen=True)
class Parts:
    """The data of one training, by what it is for."""

    train: Dataset
    valid: Dataset
    tests: dict[str, Dataset]  # world -> what is reported on
    held_out: tuple[str, ...] = ()


@dataclass
class Result:
    """A trained model and its figures."""

    model: FittedModel
    thresholds: tuple[float, ...]
    metrics: dict[str, Any] = field(default_factory=dict)


def parts_of(dataset: Dataset, held_out: Sequence[str] | None = None) -> Parts:
    """Simulation and own logs are split by time; of the recordings one per kind is held out (or those named)."""
    recordings = dataset.pick([record for record in dataset if record.world == RECORDINGS])
    split = by_time(dataset.pick([record for record in dataset if record.world != RECORDINGS]))
    names = tuple(held_out if held_out is not None else one_of_each_kind(recordings))
    learned, judged = hold_out(recordings, names)
    train = dataset.pick([*split.train, *learned])
    tests = {"simulation": split.test, **({RECORDINGS: judged} if len(judged) else {})}
    return Parts(train, split.valid, tests, names)


def train(
    parts: Parts, plan: Plan, progress: Callable[[Progress], None] = lambda _: None, checkpoint: Path | None = None
) -> Result:
    """Fit, calibrate, freeze thresholds, and judge beside the baselines."""
    began = time.perf_counter()
    weight = {RECORDINGS: plan.recordings_weight}
    model = fit(
        parts.train.sequences(weight),
        plan.settings,
        progress,
        validation=parts.valid.sequences(),
        checkpoint=checkpoint,
    )
    fitted = time.perf_counter() - began
    outages = len({(record.group, event.start) for record in parts.valid for event in record.events})
    model = model.calibrated(parts.valid.sequences(), [outages] * model.horizons)
    prior = natural_base(parts.train.pick([*parts.train, *parts.valid]))
    base = parts.valid.sequences().base_rate()  # the climatology that the Brier skill is measured against
    model = replace(model, base_rate=prior)
    risks = model.predict([record.inputs for record in parts.valid])
    thresholds = freeze(parts.valid.records, risks, plan.false_per_week)
    result = Result(model, thresholds)
    result.metrics = {
        "seconds": {"fit": fitted},
        "threads": _threads(),
        "rows": {"train": parts.train.rows, "valid": parts.valid.rows},
        "held_out_recordings": list(parts.held_out),
        "thresholds": list(thresholds),
        "prior": prior.tolist(),
        "climatology": base.tolist(),
        "validation": scores(parts.valid.records, risks, thresholds[HEADLINE], base),
        **{
            world: {"lstm": scores(data.records, model.predict([r.inputs for r in data]), thresholds[HEADLINE], base)}
            for world, data in parts.tests.items()
        },
    }
    if plan.baselines:
        _beside(parts, plan, base, result)
    return result


def freeze(records: Sequence[Record], risks: Sequence[Doubles], per_week: float) -> tuple[float, ...]:
    """One threshold per horizon, each within the allowed false warnings per series and week of validation."""
    return tuple(choose_threshold(records, [risk[:, k] for risk in risks], per_week) for k in range(risks[0].shape[1]))


def natural_base(data: Dataset) -> Doubles:
    """Base rates of the long histories, where outages are as rare as they are; of all when there are none."""
    long = data.pick([record for record in data if record.days() > 1.0])
    return (long if len(long) else data).sequences().base_rate()


def _beside(parts: Parts, plan: Plan, base: Doubles, result: Result) -> None:
    """The baselines, with their own calibrator and threshold from the same validation data."""
    features, horizons = parts.train.features, len(base)
    made: dict[str, baselines.Raw] = {
        "always the base rate": baselines.always(base.tolist()),
        "failing share, 5 min": baselines.one_feature(features, "fail_5", horizons),
        "EWMA of the failing share": baselines.one_feature(features, "fail_15", horizons),
        "logistic regression": baselines.shallow(parts.train, "logistic", plan.settings.seed),
        "gradient boosting": baselines.shallow(parts.train, "boosting", plan.settings.seed),
    }
    valid = parts.valid.records
    for name, raw in made.items():
        knots = baselines.fit_calibrator([raw(record.inputs) for record in valid], valid, 1000)
        threshold = freeze(valid, baselines.predict(raw, knots, valid), plan.false_per_week)[HEADLINE]
        for world, data in parts.tests.items():
            risks = baselines.predict(raw, knots, data.records)
            result.metrics[world][name] = scores(data.records, risks, threshold, base)


def write(folder: Path, result: Result, about: dict[str, Any]) -> Manifest:
    """Write the model folder: weights, manifest, metrics.json and MODEL_CARD.md. Raises OSError."""
    model = result.model
    manifest = Manifest(
        name=folder.parent.name,
        version=folder.name,
        features=model.features,
        features_version=FEATURES_VERSION,
        scaler=SavedScaler(
            mean=tuple(map(float, model.scaler.mean)), std=tuple(map(float, model.scaler.std)), clip=model.scaler.clip
        ),
        layers=model.layers,
        hidden=model.hidden,
        members=len(model.members),
        calibrator=tuple(SavedKnots(x=tuple(map(float, k.x)), y=tuple(map(float, k.y))) for k in model.knots),
        thresholds=result.thresholds,
        base_rate=tuple(map(float, model.base_rate)),
        outage=about.get("rule", {}),
        data=about,
        code_version=__version__,
    )
    manifest = write_artifact(folder, model.weights(), manifest)
    metrics = {**result.metrics, "data": about, "weights_sha256": manifest.weights_sha256}
    write_whole(folder / "metrics.json", json.dumps(_plain(metrics), indent=1, allow_nan=False) + "\n")
    write_whole(folder / "MODEL_CARD.md", model_card(manifest, _plain(metrics)))
    return manifest


def settings_of(**changes: Any) -> FitSettings:
    """The settings with which the shipped model is fitted, with ``changes``."""
    shipped = FitSettings(
        hidden=40, members=2, epochs=10, learning_rate=3e-3, quiet_keep=0.5, patience=3, lanes=16, chunk=60
    )
    return replace(shipped, **changes)


def described(settings: FitSettings) -> dict[str, Any]:
    """Settings as JSON-ready values."""
    return asdict(settings)


def _threads() -> int:
    import torch

    return int(torch.get_num_threads())


def _plain(value: Any) -> Any:
    """JSON has no NaN: it becomes null."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value
