"""A fit that was stopped goes on where it was: one safetensors file, written whole after each epoch.

It holds the finished members, the member at work (weights, optimiser, best weights so far) and, in the file's
own metadata, where the fit stood and a fingerprint of settings and data. Another fingerprint is an error, not a
silent start from the beginning. Randomness needs no saving: it is seeded by member and epoch.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from predictor.errors import ArtifactError
from predictor.files import write_whole
from training.sequences import FloatArray

Arrays = dict[str, FloatArray]


@dataclass
class Standing:
    """Where a fit stands. ``groups`` are named sets of arrays: ``done0``, ``done1``, ``now``, ``best``, ``adam``."""

    fingerprint: str
    member: int = 0
    epoch: int = 0  # epochs of this member that are finished
    best_loss: float = float("inf")
    stale: int = 0  # epochs since the best one
    history: list[dict[str, float]] = field(default_factory=list)
    groups: dict[str, Arrays] = field(default_factory=dict)


def write(path: Path, standing: Standing) -> None:
    """Write the standing whole. Raises OSError as :func:`predictor.files.write_whole` does."""
    arrays = {f"{group}/{name}": array for group, members in standing.groups.items() for name, array in members.items()}
    about: dict[str, Any] = {key: value for key, value in vars(standing).items() if key != "groups"}
    write_whole(path, save(arrays, {"standing": json.dumps(about)}))


def read(path: Path, fingerprint: str) -> Standing | None:
    """The standing at ``path``; None when there is no file yet.

    Raises:
        ArtifactError: the file is damaged, or belongs to a fit with other settings or data.
    """
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            about = json.loads((file.metadata() or {})["standing"])
            arrays = {key: np.array(file.get_tensor(key)) for key in file.keys()}  # noqa: SIM118 - not a mapping
    except (SafetensorError, KeyError, ValueError) as error:
        raise ArtifactError(f"{path}: not a checkpoint ({error}); delete it to begin anew") from error
    if about["fingerprint"] != fingerprint:
        raise ArtifactError(f"{path}: the checkpoint belongs to other settings or data; delete it to begin anew")
    standing = Standing(**about)
    for key, array in arrays.items():
        group, _, name = key.partition("/")
        standing.groups.setdefault(group, {})[name] = array
    return standing
