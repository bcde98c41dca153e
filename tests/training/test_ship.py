"""What training writes is what the program reads, and it says the same risks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from predictor.errors import InputError
from predictor.forecast.artifact import read_artifact
from predictor.forecast.lstm import LstmForecaster
from tests.training.dataset.test_records import one
from tests.training.test_split import shifted
from training import ship
from training.dataset.records import Dataset, Record

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

    own = metrics["worlds"]["simulation"]["methods"]["LSTM"]
    assert own["outages"] == len(PARTS.tests["simulation"].records)
    assert own["threshold"] == metrics["thresholds"][1]


def test_the_frozen_threshold_keeps_its_budget_on_validation(folder: Path) -> None:
    metrics = json.loads((folder / "metrics.json").read_text())

    found = metrics["validation"]["methods"]["LSTM"]["false_per_natural_week"]
    assert found <= metrics["false_warnings_allowed"]


def recordings(*names: str) -> list[Record]:
    return [replace(shifted(one(), 40 + k, name), world="recordings") for k, name in enumerate(names)]


def test_of_the_recordings_one_per_kind_is_held_out() -> None:
    parts = ship.parts_of(DATA.pick([*DATA, *recordings("r1", "r2")]))

    assert parts.held_out == ("r2",)
    assert {record.group for record in parts.tests["recordings"]} == {"r2"}


def test_with_other_data_to_judge_on_no_recording_is_held_out() -> None:
    unseen = DATA.pick(recordings("r3"))

    parts = ship.parts_of(DATA.pick([*DATA, *recordings("r1", "r2")]), None, {"unseen": unseen})

    assert {"r1", "r2"} <= {record.group for record in parts.train}
    assert set(parts.tests) == {"simulation", "unseen"}


def test_what_was_learned_from_is_not_judged_on() -> None:
    data = DATA.pick([*DATA, *recordings("r1")])

    with pytest.raises(InputError, match="r1 was trained"):
        ship.parts_of(data, None, {"again": DATA.pick(recordings("r1"))})


def test_recordings_alone_are_refused() -> None:
    with pytest.raises(InputError, match="cannot be validated on"):
        ship.parts_of(DATA.pick(recordings("r1", "r2")))


def test_the_card_names_what_the_model_cannot_do(folder: Path) -> None:
    assert "cannot be forecast" in (folder / "MODEL_CARD.md").read_text()
