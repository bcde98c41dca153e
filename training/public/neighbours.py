"""What the others are going through: the whole fleet, and the mates that share a host or a machine group.

Mates are found by name, which is all that such histories offer: the registrable domain of a host name, else the
name without its trailing number.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from training.public.recurrence import decayed
from training.public.task import Grid, Mask

HALF_LIVES_H = (1 / 6, 1.0, 6.0)
HOST = re.compile(r"^[\w.-]+\.[a-z]{2,}$", re.IGNORECASE)


def group_of(name: str) -> str:
    """What a series shares with its mates: ``r4fo.com`` of ``GotHub gothub.r4fo.com``, ``db`` of ``db-6``."""
    word = name.rsplit(maxsplit=1)[-1] if name.split() else name
    word = re.sub(r"^\w+://", "", word).split("/")[0].split(":")[0]
    if not HOST.match(word):
        return re.sub(r"[-_.]?\d+$", "", word)
    parts = word.lower().split(".")
    # co.uk and com.cn are no owners: a short second level under a country keeps three labels.
    take = 3 if len(parts) > 2 and len(parts[-1]) == 2 and len(parts[-2]) <= 3 else 2
    return ".".join(parts[-take:])


def others(values: npt.NDArray[np.float64], groups: list[str]) -> tuple[npt.NDArray[np.float64], ...]:
    """(sum over all other series, sum over the mates), both (N, G)."""
    fleet = values.sum(axis=0, keepdims=True) - values
    mates = np.zeros_like(values)
    for group in set(groups):
        rows = [i for i, other in enumerate(groups) if other == group]
        mates[rows] = values[rows].sum(axis=0, keepdims=True) - values[rows]
    return fleet, mates


def neighbours(begun: Mask, down: Mask, ids: tuple[str, ...], step: int) -> dict[str, Grid]:
    """Features by name, each (N, G): share of the others that are down, and their decayed onset rates."""
    groups = [group_of(name) for name in ids]
    fleet, mates = others(down.astype(np.float64), groups)
    out: dict[str, Grid] = {
        "fleet_down": (fleet / max(1, len(ids) - 1)).astype(np.float32),
        "mates_down": np.minimum(mates, 4).astype(np.float32),
    }
    for half in HALF_LIVES_H:
        level = decayed(begun, half * 3600 / step)
        fleet, mates = others(level, groups)
        out[f"fleet_onsets_{half:.2g}h"] = np.log1p(fleet).astype(np.float32)
        out[f"mates_onsets_{half:.2g}h"] = np.log1p(mates).astype(np.float32)
    return out
