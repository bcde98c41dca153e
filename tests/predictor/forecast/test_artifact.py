"""Models on disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from predictor import forecast
from predictor.errors import ArtifactError
from predictor.features import FEATURES, FEATURES_VERSION
from predictor.forecast import load_model, read_artifact, write_artifact
from predictor.forecast.artifact import MANIFEST, WEIGHTS, Knots, Manifest, Scaler
from tests.predictor.forecast.conftest import MakeModel


@pytest.fixture
def folder(tmp_path: Path, make_model: MakeModel) -> Path:
    artifact = make_model(members=2, calibrated=True)
    write_artifact(tmp_path / "1", artifact.weights, artifact.manifest)
    return tmp_path / "1"


def rewrite(folder: Path, **changes: Any) -> None:
    """Change the manifest as an editor would."""
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | changes))


def test_what_was_written_is_read(folder: Path, make_model: MakeModel) -> None:
    """Arrays and manifest, with the hash of the weights in it."""
    made, read = make_model(members=2, calibrated=True), read_artifact(folder, FEATURES, FEATURES_VERSION)

    assert msgspec.structs.replace(read.manifest, weights_sha256="") == made.manifest
    assert all(np.array_equal(read.weights[name], array) for name, array in made.weights.items())


def test_other_features_are_named(folder: Path) -> None:
    """Those that are absent and those that are unknown."""
    with pytest.raises(ArtifactError, match=r"not computed: fail_5.*does not know: new_one"):
        read_artifact(folder, ["new_one" if name == "fail_5" else name for name in FEATURES])


def test_features_in_another_order_are_refused(folder: Path) -> None:
    """They would be taken for one another."""
    with pytest.raises(ArtifactError, match="another order"):
        read_artifact(folder, FEATURES[::-1])


def test_another_version_of_the_features_is_refused(folder: Path) -> None:
    """The same names with another meaning."""
    with pytest.raises(ArtifactError, match=f"version {FEATURES_VERSION} of the features, not 99"):
        read_artifact(folder, FEATURES, 99)


def test_one_changed_byte_of_the_weights_is_seen(folder: Path) -> None:
    """By the hash."""
    data = bytearray((folder / WEIGHTS).read_bytes())
    data[-1] ^= 1
    (folder / WEIGHTS).write_bytes(data)

    with pytest.raises(ArtifactError, match="SHA-256"):
        read_artifact(folder)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "pickle"}, "is a pickle"),
        ({"format_version": 2}, "format 2"),
        ({"layers": 2}, "do not match"),
        ({"hidden": 9}, "has shape"),
        ({"thresholds": [0.5]}, "thresholds has 1"),
        ({"base_rate": []}, "base_rate has 0"),
        ({"features": "all"}, "features"),
        ({"scaler": {"mean": [0.0], "std": [1.0]}}, "scaler.mean has 1"),
        ({"calibrator": [{"x": [0, 1], "y": [1, 0]}] * 3}, "must not fall"),
        ({"calibrator": [{"x": [0, 1], "y": [1]}] * 3}, "equally many"),
    ],
)
def test_a_manifest_that_does_not_fit_is_named(folder: Path, changes: dict[str, Any], said: str) -> None:
    """Before anything is computed with it."""
    rewrite(folder, **changes)

    with pytest.raises(ArtifactError, match=said):
        read_artifact(folder)


@pytest.mark.parametrize("name", [MANIFEST, WEIGHTS])
def test_an_absent_file_is_named(folder: Path, name: str) -> None:
    """With its path."""
    (folder / name).unlink()

    with pytest.raises(ArtifactError, match=name):
        read_artifact(folder)


def test_weights_that_are_no_safetensors_are_refused(folder: Path) -> None:
    """Even when the manifest vouches for them."""
    (folder / WEIGHTS).write_bytes(b"\x80\x04pickle")
    import hashlib

    rewrite(folder, weights_sha256=hashlib.sha256(b"\x80\x04pickle").hexdigest())
    with pytest.raises(ArtifactError, match=WEIGHTS):
        read_artifact(folder)


def test_weights_that_do_not_fit_are_not_written(tmp_path: Path, make_model: MakeModel) -> None:
    """Nor a part of them."""
    artifact = make_model()
    weights = {name: array for name, array in artifact.weights.items() if name != "m0.head.bias"}

    with pytest.raises(ArtifactError, match=r"m0\.head\.bias"):
        write_artifact(tmp_path / "1", weights, artifact.manifest)
    assert not (tmp_path / "1").exists()


def test_infinite_weights_are_refused(tmp_path: Path, make_model: MakeModel) -> None:
    """A fit that diverged is no model."""
    artifact = make_model()
    weights = {name: np.full_like(array, np.nan) for name, array in artifact.weights.items()}

    with pytest.raises(ArtifactError, match="finite"):
        write_artifact(tmp_path / "1", weights, artifact.manifest)


def test_the_newest_version_ships(tmp_path: Path, make_model: MakeModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """0.10 is newer than 0.9; a folder without a manifest is no version."""
    artifact = make_model()
    shipped = tmp_path / "forecast" / "shipped"
    for version in ("0.9", "0.10"):
        write_artifact(shipped / version, artifact.weights, artifact.manifest)
    (shipped / "1.0").mkdir()
    monkeypatch.setattr(forecast, "__file__", str(tmp_path / "forecast" / "__init__.py"))

    assert forecast.shipped().name == "0.10"
    assert load_model().threshold == 0.4


def test_no_model_at_all_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do."""
    monkeypatch.setattr(forecast, "__file__", str(tmp_path / "a" / "forecast" / "__init__.py"))

    with pytest.raises(ArtifactError, match="--model"):
        load_model()


def test_manifests_are_read_with_fields_of_later_versions(folder: Path) -> None:
    """What is unknown is left alone."""
    rewrite(folder, plots=["reliability.png"])

    assert isinstance(read_artifact(folder).manifest, Manifest)


def test_scaler_and_knots_are_plain_values() -> None:
    """They compare by value."""
    assert Scaler(mean=(0.0,), std=(1.0,)) == Scaler(mean=(0.0,), std=(1.0,))
    assert Knots(x=(0.0,), y=(0.0,)) != Knots(x=(0.0,), y=(1.0,))
