"""The forecaster: features of one bin in, calibrated risks out, with the state of every series carried.

A step costs the same however long the history is. The newest inputs of every series are kept as well, for the
deletion test that explains a risk.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.carried import pack, unpack
from predictor.errors import ArtifactError
from predictor.features.signals import CIRCUMSTANCES, columns
from predictor.forecast.artifact import Artifact
from predictor.forecast.calibration import Doubles, calibrate
from predictor.forecast.network import Network, cumulative_risk
from predictor.protocols import FloatArray, Key

RECENT = 8  # steps between two kept states: an explanation deletes a signal in the last 8 to 16 steps
Place = slice | npt.NDArray[np.intp]
HEADLINE = 1  # horizon of 15 minutes


class LstmForecaster:
    """Carries (h, c) of every series through the ensemble; implements ``predictor.protocols.Forecaster``.

    ``threshold`` is the frozen one of the headline horizon, ``base_rate`` the prior, ``name`` name and version.
    """

    def __init__(self, artifact: Artifact) -> None:
        manifest = artifact.manifest
        self.manifest = manifest
        self.features: Sequence[str] = manifest.features
        self.name = f"{manifest.name} {manifest.version}"
        self.thresholds, self.base_rate = manifest.thresholds, manifest.base_rate
        self.threshold = manifest.thresholds[HEADLINE]
        self._network = Network(artifact)
        self._signals = columns(manifest.features)
        self._slots: dict[Key, int] = {}
        self._last: tuple[Sequence[Key], Place] = ((), slice(0, 0))
        self._state = np.zeros(self._network.shape(0), np.float32)
        self._spare = self._state.copy()
        self._kept = [self._state.copy(), self._state.copy()]  # states before recent[0] and before recent[RECENT]
        self._recent = [np.zeros((0, len(manifest.features)), np.float32) for _ in range(2 * RECENT)]
        self._filled = 0  # steps in ``recent``, a number common to all series

    def step(self, keys: Sequence[Key], features: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Take one bin of n series: features (n, f) in, risk (n, 3) and spread (n,) out.

        Raises:
            ValueError: the features have another shape.
        """
        if features.shape != (len(keys), len(self.features)):
            raise ValueError(f"features have shape {features.shape}, not ({len(keys)}, {len(self.features)})")
        place = self._place(keys)
        inputs = self._next_inputs()
        if isinstance(place, slice):
            logits = self._network.step(inputs, self._state, self._spare, features)
            self._state, self._spare = self._spare, self._state
        else:
            before = np.ascontiguousarray(self._state[..., place, :])
            after, scaled = np.empty_like(before), np.empty_like(features)
            logits = self._network.step(scaled, before, after, features)
            self._state[..., place, :] = after
            inputs[:] = 0.0
            inputs[place] = scaled
        if self._filled == RECENT:
            self._kept[1][...] = self._state
        return self._risks(logits)

    def explain(self, key: Key) -> list[tuple[str, float]]:
        """Signals of the newest steps, strongest first: (name, fall of the 15-minute risk when it is deleted).

        Each signal in turn is set to its quiet value, the mean of training, in the last steps, and the steps are
        computed again. Only signals without which the risk falls are named, and no mere circumstances.
        """
        slot = self._slots.get(key)
        if slot is None or not self._filled:
            return []
        recent = np.stack([inputs[slot] for inputs in self._recent[: self._filled]])
        cases = np.repeat(recent[:, None], len(self._signals) + 1, axis=1)
        for case, positions in enumerate(self._signals.values(), start=1):
            cases[:, case, positions] = 0.0
        state = np.repeat(self._kept[0][..., slot : slot + 1, :], cases.shape[1], axis=-2)
        for scaled in cases:
            after = np.empty_like(state)
            logits = self._network.step(scaled, state, after)
            state = after
        risks, _ = self._risks(logits)
        falls = risks[0, HEADLINE] - risks[1:, HEADLINE]
        named = [(name, float(fall)) for name, fall in zip(self._signals, falls, strict=True) if fall > 0]
        named = [signal for signal in named if signal[0] not in CIRCUMSTANCES]
        return sorted(named, key=lambda signal: -signal[1])

    def dump(self) -> dict[str, Any]:
        """The carried state as JSON-ready values, so that a restart continues."""
        layers = np.moveaxis(self._state, -2, -1)
        return {"model": self._identity(), "keys": [list(key) for key in self._slots], "state": pack(layers)}

    def load(self, state: dict[str, Any]) -> None:
        """Take up a state that ``dump`` gave. Raises ArtifactError when it belongs to another model."""
        if state.get("model") != self._identity():
            raise ArtifactError(f"carried state is of model {state.get('model')!r}, not {self._identity()!r}")
        leading = (*self._network.shape(0)[:3], self.manifest.hidden)
        layers = unpack(state.get("state"), leading, "state")
        keys = [(str(vantage), str(upstream)) for vantage, upstream in state.get("keys", ())]
        if layers.shape[-1] != len(keys):
            raise ArtifactError(f"carried state is of {layers.shape[-1]} series, not {len(keys)}")
        self._slots, self._last = {}, ((), slice(0, 0))
        self._grow(keys)
        self._state[:] = np.moveaxis(layers, -1, -2)
        self._kept = [self._state.copy(), self._state.copy()]
        self._filled = 0

    def _risks(self, logits: FloatArray) -> tuple[FloatArray, FloatArray]:
        members = cumulative_risk(logits)
        risks = calibrate(members.mean(axis=0), self.manifest.calibrator)
        return risks.astype(np.float32), self._spread(members)

    def _spread(self, members: Doubles) -> FloatArray:
        """Standard deviation (n,) of the calibrated 15-minute risk over the members."""
        if len(members) == 1:
            return np.zeros(members.shape[1], np.float32)
        spread: FloatArray = calibrate(members, self.manifest.calibrator)[..., HEADLINE].std(axis=0).astype(np.float32)
        return spread

    def _place(self, keys: Sequence[Key]) -> Place:
        """Where the series of ``keys`` are: a slice when they are all of them in their order."""
        if keys is self._last[0]:
            return self._last[1]
        self._grow(keys)
        slots = np.fromiter((self._slots[key] for key in keys), np.intp, len(keys))
        whole = len(slots) == len(self._slots) and bool((slots == np.arange(len(slots))).all())
        self._last = (keys, slice(0, len(slots)) if whole else slots)
        return self._last[1]

    def _grow(self, keys: Sequence[Key]) -> None:
        for key in keys:
            self._slots.setdefault(key, len(self._slots))
        extra = len(self._slots) - self._state.shape[-2]
        if extra > 0:
            pad = [(0, 0), (0, 0), (0, 0), (0, extra), (0, 0)]
            self._state, self._spare = np.pad(self._state, pad), np.pad(self._spare, pad)
            self._kept = [np.pad(kept, pad) for kept in self._kept]
            self._recent = [np.pad(inputs, [(0, extra), (0, 0)]) for inputs in self._recent]

    def _next_inputs(self) -> FloatArray:
        """Where the scaled inputs (n, F) of this step are kept, for all series.

        A new series has zeros before its first step, as if it had been quiet.
        """
        if self._filled == 2 * RECENT:
            self._recent = self._recent[RECENT:] + self._recent[:RECENT]
            self._kept[0], self._kept[1] = self._kept[1], self._kept[0]
            self._filled = RECENT
        self._filled += 1
        return self._recent[self._filled - 1]

    def _identity(self) -> str:
        return f"{self.name} {self.manifest.weights_sha256}"
