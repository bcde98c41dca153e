"""The hazard LSTM in NumPy: one step of many series at once, two matrix products per layer.

Equal to torch's ``nn.LSTM`` and ``nn.Linear`` on the same weights. Three things make it fast without changing a
value that matters: all members share the product with the inputs; a sigmoid is computed as
``(1 + tanh(x / 2)) / 2``, with the half folded into the weights, so that a step takes one ``tanh`` over all gates;
and rows go through in blocks whose gates stay in the processor's cache.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from predictor.forecast.artifact import Artifact, Manifest
from predictor.protocols import FloatArray

BLOCK = 256  # rows whose gates (x 4 hidden x 4 bytes) stay in a second-level cache

Doubles = npt.NDArray[np.float64]


class Network:
    """Weights of an ensemble, ready to step. Immutable; the state is the caller's.

    The state is one array ``(2, layers, members, n, hidden)``: h and c.
    """

    def __init__(self, artifact: Artifact) -> None:
        self.manifest: Manifest = artifact.manifest
        weights, hidden = artifact.weights, artifact.manifest.hidden
        half = np.full(4 * hidden, 0.5, np.float32)
        half[2 * hidden : 3 * hidden] = 1.0  # torch's order of gates: input, forget, cell, output
        members, layers = range(self.manifest.members), range(self.manifest.layers)

        def gates(kind: str) -> list[list[FloatArray]]:
            named = [[weights[f"m{m}.lstm.weight_{kind}_l{layer}"] for m in members] for layer in layers]
            return [[np.ascontiguousarray((array * half[:, None]).T, np.float32) for array in row] for row in named]

        def biases(member: int, layer: int) -> FloatArray:
            stem = f"m{member}.lstm.bias"
            return (weights[f"{stem}_ih_l{layer}"] + weights[f"{stem}_hh_l{layer}"]) * half

        self._inputs, self._carried = gates("ih"), gates("hh")
        self._bias = [[biases(m, layer) for m in members] for layer in layers]
        heads = [weights[f"m{m}.head.weight"] for m in members]
        self._head_top = [np.ascontiguousarray(head[:, :hidden].T) for head in heads]
        self._head_skip = [np.ascontiguousarray(head[:, hidden:].T) for head in heads]
        self._head_bias = [weights[f"m{m}.head.bias"] for m in members]
        scaler = artifact.manifest.scaler
        self._mean = np.array(scaler.mean, np.float32)
        self._scale = (1.0 / np.maximum(np.array(scaler.std, np.float64), 1e-12)).astype(np.float32)
        self._clip = np.float32(scaler.clip)

    def shape(self, size: int) -> tuple[int, ...]:
        """Shape of the state of ``size`` series."""
        return (2, self.manifest.layers, self.manifest.members, size, self.manifest.hidden)

    def scale(self, features: FloatArray, out: FloatArray | None = None) -> FloatArray:
        """Features (n, F) as the network sees them; what is not finite becomes 0, the mean of training."""
        scaled = np.subtract(features, self._mean, out=out)
        scaled *= self._scale
        finite = np.isfinite(scaled)
        if not finite.all():
            scaled[~finite] = 0.0
        np.clip(scaled, -self._clip, self._clip, out=scaled)
        return scaled

    def step(self, scaled: FloatArray, state: FloatArray, out: FloatArray, raw: FloatArray | None = None) -> FloatArray:
        """One bin: scaled inputs (n, F) and the state before; writes the state after to ``out``.

        With ``raw``, features that are not scaled yet, ``scaled`` is written first, block by block.

        Returns:
            Logits (members, n, K) of the hazards of the intervals between horizons.
        """
        logits = np.empty((self.manifest.members, len(scaled), len(self.manifest.horizons_min)), np.float32)
        gates = np.empty((min(BLOCK, len(scaled)), 4 * self.manifest.hidden), np.float32)
        spare = np.empty_like(gates)
        for start in range(0, len(scaled), BLOCK):
            rows = slice(start, start + BLOCK)
            inputs = scaled[rows]
            if raw is not None:
                self.scale(raw[rows], inputs)
            for member in range(self.manifest.members):
                size = len(inputs)
                top = self._block(member, inputs, (state, out), rows, (gates[:size], spare[:size]))
                block = np.matmul(inputs, self._head_skip[member], out=logits[member, rows])
                block += top @ self._head_top[member]
                block += self._head_bias[member]
        return logits

    def _block(
        self,
        member: int,
        inputs: FloatArray,
        states: tuple[FloatArray, FloatArray],
        rows: slice,
        room: tuple[FloatArray, FloatArray],
    ) -> FloatArray:
        """All layers of one member over one block of rows; returns the top h."""
        before, after = states
        gates, spare = room
        hidden = self.manifest.hidden
        below = inputs
        for layer in range(self.manifest.layers):
            np.matmul(below, self._inputs[layer][member], out=gates)
            np.matmul(before[0, layer, member, rows], self._carried[layer][member], out=spare)
            gates += spare
            gates += self._bias[layer][member]
            np.tanh(gates, out=gates)
            gates[:, : 2 * hidden] += 1.0  # twice the sigmoids: the halves are taken once per product below
            gates[:, 3 * hidden :] += 1.0
            enter, forget, cell, leave = (gates[:, n * hidden : (n + 1) * hidden] for n in range(4))
            c, h = after[1, layer, member, rows], after[0, layer, member, rows]
            np.multiply(forget, before[1, layer, member, rows], out=c)
            enter *= cell
            c += enter
            c *= 0.5
            np.tanh(c, out=h)
            h *= leave
            h *= 0.5
            below = h
        return below


def cumulative_risk(logits: FloatArray) -> Doubles:
    """Risks (..., K) of an onset before each horizon: ``1 - exp(-cumsum(softplus(logits)))``."""
    wide = logits.astype(np.float64)
    return np.asarray(-np.expm1(-np.cumsum(np.logaddexp(0.0, wide), axis=-1)))
