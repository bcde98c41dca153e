"""Fits the shipped kind of model again on a part of the data, and keeps what is done in case the run is stopped.

A fold of the hold-out is a full fit, calibration and freeze. What is kept on disk carries a digest of data and
settings; another run goes on with it only where both are the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from predictor.forecast.artifact import Artifact, read_artifact, write_artifact
from training import ship
from training.dataset.records import Dataset
from training.fit import FitSettings, Progress

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Refit:
    """Fits one fold after the other with the same settings.

    Args:
        settings: how all of them are fitted.
        keep: folder for the models that are done; None keeps none.
        progress: told the name of the fold and where its fit is, after every epoch.
    """

    settings: FitSettings
    keep: Path | None = None
    progress: Callable[[str, Progress], None] = lambda *_: None

    def __call__(self, name: str, train: Dataset, validation: Dataset) -> Artifact:
        """The model of one fold, fitted, calibrated and frozen; read from disk where that was done before.

        Raises:
            ArtifactError: what was kept is damaged.
            OSError: it cannot be kept.
        """
        plan = ship.Plan(self.settings, baselines=False)
        digest = _digest(plan, train, validation)
        place = self.keep / digest[:16] if self.keep is not None else None
        if place is not None and (place / MANIFEST).is_file():
            return read_artifact(place, train.features)
        result = ship.train(ship.Parts(train, validation, {}), plan, lambda at: self.progress(name, at))
        made = ship.artifact_of(result.model, result.thresholds, name, "fold")
        if place is not None:
            write_artifact(place, made.weights, msgspec.structs.replace(made.manifest, data={"digest": digest}))
        return made


def _digest(plan: ship.Plan, train: Dataset, validation: Dataset) -> str:
    """SHA-256 of everything that decides what the fit gives."""
    said = {**ship.described(plan.settings), "weight": plan.recordings_weight, "budget": plan.false_per_week}
    digest = hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode())
    for data in (train, validation):
        for record in data:
            digest.update(f"{record.world}/{record.group}/{record.key}/{record.events}".encode())
            for array in (record.ends, record.inputs, record.labels, record.state):
                digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
