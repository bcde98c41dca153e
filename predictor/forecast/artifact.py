"""A model on disk: a folder with ``manifest.json`` and ``weights.safetensors``. No pickle, nothing that can run.

The manifest says everything that the weights cannot: the features in their order, the scaler, the calibrator, the
frozen thresholds, the prior, the outage definition, what data made it, and the SHA-256 of the weights.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import safetensors
import safetensors.numpy

from predictor.errors import ArtifactError
from predictor.files import write_whole
from predictor.protocols import HORIZONS_MIN, FloatArray

FORMAT_VERSION = 1
KIND = "lstm-hazard"
MANIFEST, WEIGHTS = "manifest.json", "weights.safetensors"
MAX_BYTES = 256 * 2**20  # a larger file is no model of ours


class Scaler(msgspec.Struct, frozen=True, kw_only=True):
    """Per feature: ``clip((x - mean) / std, -clip, clip)``; what is not finite becomes 0."""

    mean: tuple[float, ...]
    std: tuple[float, ...]
    clip: float = 8.0


class Knots(msgspec.Struct, frozen=True, kw_only=True):
    """A piecewise-linear map of logits, flat beyond its ends."""

    x: tuple[float, ...]
    y: tuple[float, ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What ``manifest.json`` says. One entry per horizon of 5, 15 and 30 minutes where there are three."""

    name: str
    version: str
    features: tuple[str, ...]
    features_version: int
    scaler: Scaler
    layers: int
    hidden: int
    members: int
    calibrator: tuple[Knots, ...]  # () is not calibrated
    thresholds: tuple[float, ...]  # frozen on validation
    base_rate: tuple[float, ...]  # the prior of a series without history
    bin_s: int = 60
    horizons_min: tuple[int, ...] = HORIZONS_MIN
    outage: dict[str, Any] = {}
    data: dict[str, Any] = {}  # what it was fitted on: names and hashes
    code_version: str = ""
    weights_sha256: str = ""
    kind: str = KIND
    format_version: int = FORMAT_VERSION


@dataclass(frozen=True)
class Artifact:
    """A model that was read and checked: every array is there, has its shape and is finite."""

    manifest: Manifest
    weights: Mapping[str, FloatArray]


def shapes(manifest: Manifest) -> dict[str, tuple[int, ...]]:
    """Name -> shape of every array that a model with this manifest has (torch ``nn.LSTM`` and ``nn.Linear``)."""
    hidden, width = manifest.hidden, len(manifest.features)
    horizons = len(manifest.horizons_min)
    found: dict[str, tuple[int, ...]] = {}
    for member in range(manifest.members):
        for layer in range(manifest.layers):
            found[f"m{member}.lstm.weight_ih_l{layer}"] = (4 * hidden, hidden if layer else width)
            found[f"m{member}.lstm.weight_hh_l{layer}"] = (4 * hidden, hidden)
            found[f"m{member}.lstm.bias_ih_l{layer}"] = (4 * hidden,)
            found[f"m{member}.lstm.bias_hh_l{layer}"] = (4 * hidden,)
        found[f"m{member}.head.weight"] = (horizons, hidden + width)
        found[f"m{member}.head.bias"] = (horizons,)
    return found


def write_artifact(folder: Path, weights: Mapping[str, npt.ArrayLike], manifest: Manifest) -> Manifest:
    """Write both files and return the manifest with the hash of the weights in it.

    The manifest is written last: a folder without one is no model, so a reader never sees half of it.

    Raises:
        ArtifactError: the weights do not fit the manifest.
        OSError: the folder cannot be written.
    """
    arrays = {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in weights.items()}
    _check(manifest, arrays, folder)
    data = safetensors.numpy.save(arrays)
    manifest = msgspec.structs.replace(manifest, weights_sha256=hashlib.sha256(data).hexdigest())
    text = msgspec.json.encode(manifest, enc_hook=_plain)
    written = msgspec.json.decode(text, type=Manifest)
    write_whole(folder / WEIGHTS, data)
    write_whole(folder / MANIFEST, msgspec.json.format(text, indent=1) + b"\n")
    return written


def read_artifact(folder: Path, features: Sequence[str] | None = None, features_version: int = 0) -> Artifact:
    """Read a model folder and check it whole.

    Args:
        folder: the folder with the two files.
        features: the features that the caller computes; None accepts any.
        features_version: their version; 0 accepts any.

    Raises:
        ArtifactError: a file is absent or damaged, the hash differs, or the model wants other features (named).
    """
    manifest = _manifest(folder / MANIFEST)
    if features is not None:
        _same_features(manifest, features, features_version, folder)
    data = _bytes(folder / WEIGHTS)
    if hashlib.sha256(data).hexdigest() != manifest.weights_sha256:
        raise ArtifactError(f"{folder / WEIGHTS}: SHA-256 differs from the manifest's; the file was changed or cut")
    try:
        arrays = safetensors.numpy.load(data)
    except safetensors.SafetensorError as error:
        raise ArtifactError(f"{folder / WEIGHTS}: {error}") from error
    _check(manifest, arrays, folder)
    return Artifact(manifest, arrays)


def _plain(value: Any) -> Any:
    """NumPy scalars and arrays as JSON has them."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written to a manifest")


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ArtifactError(f"{path}: larger than {MAX_BYTES >> 20} MiB, this is no model of ours")
        return path.read_bytes()
    except OSError as error:
        raise ArtifactError(f"{path}: {error.strerror}") from error


def _manifest(path: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode(_bytes(path), type=Manifest)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise ArtifactError(f"{path}: {error}") from error
    if (manifest.kind, manifest.format_version) != (KIND, FORMAT_VERSION):
        raise ArtifactError(
            f"{path}: is a {manifest.kind} of format {manifest.format_version}, not a {KIND} of format {FORMAT_VERSION}"
        )
    return manifest


def _same_features(manifest: Manifest, features: Sequence[str], version: int, folder: Path) -> None:
    if tuple(features) != manifest.features:
        absent = sorted(set(manifest.features) - set(features))
        extra = sorted(set(features) - set(manifest.features))
        said = "; ".join(
            f"{words}: {', '.join(names)}"
            for words, names in (("features that are not computed", absent), ("features it does not know", extra))
            if names
        )
        raise ArtifactError(f"{folder}: the model was fitted for other features ({said or 'in another order'})")
    if version and manifest.features_version != version:
        raise ArtifactError(
            f"{folder}: the model was fitted for version {manifest.features_version} of the features, not {version}"
        )


def _check(manifest: Manifest, arrays: Mapping[str, FloatArray], folder: Path) -> None:
    wanted = shapes(manifest)
    if wanted.keys() != arrays.keys():
        odd = sorted(wanted.keys() ^ arrays.keys())
        raise ArtifactError(f"{folder}: arrays and manifest do not match: {', '.join(odd[:5])}")
    for name, shape in wanted.items():
        if arrays[name].shape != shape or not np.isfinite(arrays[name]).all():
            raise ArtifactError(f"{folder}: {name} has shape {arrays[name].shape} or is not finite; wanted {shape}")
    horizons, width = len(manifest.horizons_min), len(manifest.features)
    lengths = {
        "scaler.mean": (len(manifest.scaler.mean), width),
        "scaler.std": (len(manifest.scaler.std), width),
        "thresholds": (len(manifest.thresholds), horizons),
        "base_rate": (len(manifest.base_rate), horizons),
        "calibrator": (len(manifest.calibrator), horizons if manifest.calibrator else 0),
    }
    for name, (length, right) in lengths.items():
        if length != right:
            raise ArtifactError(f"{folder}: {name} has {length} entries, not {right}")
    for knots in manifest.calibrator:
        if not _is_map(knots):
            raise ArtifactError(f"{folder}: calibrator knots must be equally many and must not fall")


def _is_map(knots: Knots) -> bool:
    """Whether points are there, in pairs, along which neither side falls."""
    if not knots.x or len(knots.x) != len(knots.y):
        return False
    return not any(np.any(np.diff(side) < 0) for side in (knots.x, knots.y))
