"""From datasets to a model folder: split, fit, calibrate, freeze thresholds, judge, write.

Everything that is chosen is chosen on training and validation data; the test part and the recordings held out are
looked at once, for the report.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from predictor import __version__
from predictor.errors import InputError
from predictor.features import FEATURES_VERSION
from predictor.files import write_whole
from predictor.forecast.artifact import Artifact, Manifest, write_artifact
from predictor.forecast.artifact import Knots as SavedKnots
from predictor.forecast.artifact import Scaler as SavedScaler
from training.card import model_card
from training.dataset.records import Dataset
from training.fit import FitSettings, Progress, fit
from training.fitted import FittedModel
from training.judge.comparison import Ground, check, compare, plain
from training.judge.lstm import Network
from training.judge.methods import outages_in
from training.judge.starts import BUDGET, frozen_threshold
from training.split import by_time, hold_out, one_of_each_kind

Doubles = npt.NDArray[np.float64]
RECORDINGS = "recordings"
MARGIN = 0.9


@dataclass(frozen=True)
class Plan:
    """What to train on and how."""

    settings: FitSettings
    recordings_weight: float = 6.0  # a bin of a recording counts as so many simulated ones
    unannounced_weight: float = 0.4  # a bin before an outage that no log had announced by then, of others
    false_per_week: float = (
        MARGIN * BUDGET
    )  # frozen exactly at the budget, every second model would miss it on new data
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


def parts_of(
    dataset: Dataset, held_out: Sequence[str] | None = None, tests: Mapping[str, Dataset] | None = None
) -> Parts:
    """Cut a dataset into what is learned from and what is judged on.

    Simulation and own logs are split by time. Of the recordings one per kind is held out, or those that are named;
    none when ``tests`` (world -> dataset) brings other data to judge on.

    Raises:
        InputError: there is nothing but recordings, which are too few to validate on; or a test was learned from.
    """
    tests = tests or {}
    recordings = dataset.worlds().get(RECORDINGS, dataset.pick([]))
    streams = dataset.pick([record for record in dataset if record.world != RECORDINGS])
    if not len(streams):
        raise InputError("recordings alone cannot be validated on; add a simulated dataset or your own logs")
    split = by_time(streams)
    if held_out is None:
        held_out = () if tests else one_of_each_kind(recordings)
    learned, judged = hold_out(recordings, held_out)
    train = dataset.pick([*split.train, *learned])
    if not len(train) or not len(split.valid):
        raise InputError("the dataset is too short to be split by time into training and validation")
    check(tests, train, split.valid)
    own = split.test.worlds() | judged.worlds()
    return Parts(train, split.valid, _with_given(own, tests), tuple(held_out))


def _with_given(own: dict[str, Dataset], tests: Mapping[str, Dataset]) -> dict[str, Dataset]:
    """The worlds with those that were brought, which are marked where a name is taken."""
    return own | {f"{name} (given)" if name in own else name: data for name, data in tests.items()}


def train(
    parts: Parts, plan: Plan, progress: Callable[[Progress], None] = lambda _: None, checkpoint: Path | None = None
) -> Result:
    """Fit, calibrate, freeze thresholds, and judge beside the baselines."""
    began = time.perf_counter()
    learned = parts.train.sequences({RECORDINGS: plan.recordings_weight}, plan.unannounced_weight)
    watched = parts.valid.sequences(unannounced=plan.unannounced_weight)
    model = fit(learned, plan.settings, progress, validation=watched, checkpoint=checkpoint)
    fitted = time.perf_counter() - began
    model = model.calibrated(parts.valid.sequences(), [outages_in(parts.valid)] * model.horizons)
    prior = natural_base(parts.train.pick([*parts.train, *parts.valid]))
    model = replace(model, base_rate=prior)
    thresholds = freeze(parts.valid, model, plan.false_per_week)
    worlds = {"validation, seen": parts.valid, **parts.tests}
    ground = Ground(parts.train, parts.valid, worlds, plan.settings.seed, plan.false_per_week)
    metrics = {
        "seconds": {"fit": fitted},
        "threads": _threads(),
        "rows": {"train": parts.train.rows, "valid": parts.valid.rows},
        "held_out_recordings": list(parts.held_out),
        "thresholds": list(thresholds),
        "prior": prior.tolist(),
        **compare(ground, artifact_of(model, thresholds), None if plan.baselines else ()),
    }
    metrics["validation"] = metrics["worlds"].pop("validation, seen")
    return Result(model, thresholds, metrics)


def freeze(valid: Dataset, model: FittedModel, per_week: float) -> tuple[float, ...]:
    """One threshold per horizon, each within the allowed false warnings per series and natural week of validation."""
    risks = Network(artifact_of(model, (1.0,) * model.horizons)).horizons(valid.records)
    return tuple(
        frozen_threshold(valid.records, [risk[:, k] for risk in risks], per_week) for k in range(model.horizons)
    )


def natural_base(data: Dataset) -> Doubles:
    """Base rates of the long histories, where outages are as rare as they are; of all when there are none."""
    long = data.pick([record for record in data if record.days() > 1.0])
    return (long if len(long) else data).sequences().base_rate()


def artifact_of(model: FittedModel, thresholds: tuple[float, ...], name: str = "", version: str = "") -> Artifact:
    """The model as the program runs it, in memory."""
    manifest = Manifest(
        name=name,
        version=version,
        features=model.features,
        features_version=FEATURES_VERSION,
        scaler=SavedScaler(
            mean=tuple(map(float, model.scaler.mean)), std=tuple(map(float, model.scaler.std)), clip=model.scaler.clip
        ),
        layers=model.layers,
        hidden=model.hidden,
        members=len(model.members),
        calibrator=tuple(SavedKnots(x=tuple(map(float, k.x)), y=tuple(map(float, k.y))) for k in model.knots),
        thresholds=thresholds,
        base_rate=tuple(map(float, model.base_rate)),
        code_version=__version__,
    )
    return Artifact(manifest, model.weights())


def write(folder: Path, result: Result, about: dict[str, Any]) -> Manifest:
    """Write the model folder: weights, manifest, metrics.json and MODEL_CARD.md. Raises OSError."""
    made = artifact_of(result.model, result.thresholds, folder.parent.name, folder.name)
    manifest = msgspec.structs.replace(made.manifest, outage=about.get("rule", {}), data=about)
    manifest = write_artifact(folder, made.weights, manifest)
    metrics = plain({**result.metrics, "data": about, "weights_sha256": manifest.weights_sha256})
    write_whole(folder / "metrics.json", json.dumps(metrics, indent=1, allow_nan=False) + "\n")
    write_whole(folder / "MODEL_CARD.md", model_card(manifest, metrics))
    return manifest


def settings_of(**changes: Any) -> FitSettings:
    """The settings with which the shipped model is fitted, with ``changes``."""
    shipped = FitSettings(
        hidden=40,
        members=4,
        epochs=24,
        learning_rate=1e-3,
        dropout=0.5,
        weight_decay=0.1,
        wide_decay=0.003,
        lanes=32,
        chunk=60,
        averaging=0.99,
        patience=5,
    )
    return replace(shipped, **changes)


def described(settings: FitSettings) -> dict[str, Any]:
    """Settings as JSON-ready values."""
    return asdict(settings)


def _threads() -> int:
    import torch

    return int(torch.get_num_threads())
