"""The artifact on disk, streaming inference with carried state, calibration, explanation.

``load_model`` gives the forecaster that shipped with the package, or that of a folder. The network itself and its
fit are in ``training``; here is only NumPy.
"""

from __future__ import annotations

import re
from pathlib import Path

from predictor.errors import ArtifactError
from predictor.features import FEATURES, FEATURES_VERSION
from predictor.forecast.artifact import MANIFEST, Artifact, Manifest, read_artifact, write_artifact
from predictor.forecast.lstm import LstmForecaster

__all__ = ["Artifact", "LstmForecaster", "Manifest", "load_model", "read_artifact", "shipped", "write_artifact"]

NAME = "fetchcast-lstm"


def load_model(folder: Path | None = None) -> LstmForecaster:
    """The forecaster of a model folder; without one, the newest that shipped.

    Raises:
        ArtifactError: there is no model, it is damaged, or it was fitted for other features (named).
    """
    chosen = shipped() if folder is None else folder
    return LstmForecaster(read_artifact(chosen, FEATURES, FEATURES_VERSION))


def shipped() -> Path:
    """Folder of the newest model of the package, or of the source checkout around it.

    Raises:
        ArtifactError: neither holds one.
    """
    here = Path(__file__).resolve().parent
    places = (here / "shipped", here.parents[1] / "models" / NAME)
    for place in places:
        found = [path.parent for path in place.glob(f"*/{MANIFEST}")]
        if found:
            return max(found, key=lambda path: _version(path.name))
    raise ArtifactError("no model ships with this installation; name one with --model or in the configuration")


def _version(name: str) -> list[tuple[int, str]]:
    """Sort key: numbers by value, the rest as text."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"[.\-_]", name)]
