"""What is carried from bin to bin for every series: named arrays whose last axis is the series.

They grow when a series appears, and are written as JSON-ready values so that a restart continues.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.errors import ArtifactError

Array = npt.NDArray[Any]


class Carried:
    """Named arrays of shape ``(..., n)``; ``shapes`` gives the leading axes, ``fill`` what a new series begins with."""

    def __init__(self, shapes: dict[str, tuple[int, ...]], fill: dict[str, float] | None = None) -> None:
        self._fill = fill or {}
        self.size = 0
        self._arrays: dict[str, Array] = {name: np.zeros((*shape, 0), np.float32) for name, shape in shapes.items()}

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]

    def __setitem__(self, name: str, value: Array) -> None:
        if value.shape != self._arrays[name].shape:
            raise ValueError(f"carried {name} has shape {self._arrays[name].shape}, not {value.shape}")
        self._arrays[name] = value

    def grow(self, size: int) -> None:
        """Make room for ``size`` series; those that are there stay as they are."""
        extra = size - self.size
        if extra <= 0:
            return
        for name, array in self._arrays.items():
            fresh = np.full((*array.shape[:-1], extra), self._fill.get(name, 0.0), np.float32)
            self._arrays[name] = np.concatenate([array, fresh], axis=-1)
        self.size = size

    def dump(self) -> dict[str, Any]:
        """All arrays as JSON-ready values."""
        return {name: pack(array) for name, array in self._arrays.items()}

    def load(self, state: dict[str, Any]) -> None:
        """Take up what ``dump`` gave.

        Raises:
            ArtifactError: an array is absent or has another shape.
        """
        taken = {name: unpack(state.get(name), array.shape[:-1], name) for name, array in self._arrays.items()}
        sizes = {array.shape[-1] for array in taken.values()}
        if len(sizes) > 1:
            raise ArtifactError(f"carried state has arrays for different numbers of series: {sorted(sizes)}")
        self._arrays = taken
        self.size = sizes.pop() if sizes else 0


def pack(array: Array) -> dict[str, Any]:
    """A float32 array as shape and base64 of its little-endian bytes."""
    data = np.ascontiguousarray(array, dtype="<f4")
    return {"shape": list(data.shape), "float32": base64.b64encode(data.tobytes()).decode()}


def unpack(value: Any, leading: tuple[int, ...], name: str) -> Array:
    """The array of ``pack``, with ``leading`` axes before the last.

    Raises:
        ArtifactError: it is absent, damaged or of another shape.
    """
    try:
        shape = tuple(int(size) for size in value["shape"])
        data = np.frombuffer(base64.b64decode(value["float32"], validate=True), dtype="<f4").reshape(shape)
    except (TypeError, KeyError, ValueError, binascii.Error) as error:
        raise ArtifactError(f"carried state '{name}' is damaged or absent") from error
    if shape[:-1] != leading:
        raise ArtifactError(f"carried state '{name}' has shape {shape}, not ({', '.join(map(str, leading))}, n)")
    return data.astype(np.float32)
