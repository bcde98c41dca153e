"""What training writes is what the program reads, and it says the same risks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from predictor.forecast.artifact import read_artifact
from predictor.forecast.lstm import LstmForecaster
from tests.training.test_dataset import one
from tests.training.test_split import shifted
from training import ship
from training.dataset.records import Dataset

DATA = Dataset(("x", "y"), tuple(shifted(one(), day, str(day)) for day in range(12)))
PARTS = ship.parts_of(DATA)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = ship.settings_of(hidden=4, members=2, epochs=2, lanes=4)
    result = ship.train(PARTS, ship.Plan(settings, baselines=False))
    out = tmp_path_factory.mktemp("models") / "small" / "0.0.1"
    ship.write(out, result, {"datasets": []})
    return out


def test_the_folder_is_a_model(folder: Path) -> None:
    manifest = read_artifact(folder, DATA.features).manifest

    assert (manifest.name, manifest.version, manifest.members) == ("small", "0.0.1", 2)


def test_streaming_inference_says_what_the_training_saw(folder: Path) -> None:
    settings = ship.settings_of(hidden=4, members=2, epochs=2, lanes=4)
    record = PARTS.valid.records[0]
    model = LstmForecaster(read_artifact(folder))

    said = np.concatenate([model.step([("v", "u")], row[None])[0] for row in record.inputs])

    wanted = ship.train(PARTS, ship.Plan(settings, baselines=False)).model.predict([record.inputs])[0]
    np.testing.assert_allclose(said, wanted, atol=1e-5)


def test_the_figures_beside_the_model_are_json_without_nan(folder: Path) -> None:
    metrics = json.loads((folder / "metrics.json").read_text(), parse_constant=pytest.fail)

    assert metrics["simulation"]["lstm"]["outages"] == len(PARTS.tests["simulation"].records)


def test_the_card_names_what_the_model_cannot_do(folder: Path) -> None:
    assert "cannot be forecast" in (folder / "MODEL_CARD.md").read_text()
