"""Long series as segments for the network: each with rows before it that warm the state up and are not judged.

Fitting and forecasting use the same cut, so the network never carries a state for longer than it learned to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.public.inputs import Inputs
from training.sequences import Sequences

DAY_S = 86400
ROWS = 600  # judged rows of one segment
QUIET_PER_LOUD = 4.0  # segments without a positive that are fitted on, per segment with one; weights make it up
MIN_QUIET = 64
MOST = 400  # segments of each kind that are fitted on: bounds the time of a fit
Row = tuple[int, int, int, int]


@dataclass(frozen=True)
class Segments:
    """Cuts (series, first row, first judged row, end row) of N series of G rows."""

    cuts: tuple[Row, ...]

    @classmethod
    def of(cls, series: int, length: int, step: int) -> Segments:
        """Segments of ROWS rows with half a day, at most a third of ROWS, in front."""
        warm = min(ROWS // 3, DAY_S // 2 // step)
        starts = range(0, length, ROWS)
        return cls(tuple((i, max(0, a - warm), a, min(length, a + ROWS)) for i in range(series) for a in starts))

    def sequences(self, inputs: Inputs, labels: npt.NDArray[np.float32], *, thin: bool) -> Sequences:
        """Segments with a known label as sequences; with ``thin`` only a share of the quiet ones, weighted for all."""
        blocks = []
        for series, begin, first, stop in self.cuts:
            label = labels[series, begin:stop].copy()
            label[: first - begin] = np.nan
            known = np.flatnonzero(np.isfinite(label).any(axis=1))
            if len(known):  # what follows the last known label may lie after the fit: not even the scaler sees it
                blocks.append((inputs.values[series, begin : begin + known[-1] + 1], label[: known[-1] + 1]))
        loud = np.array([bool((np.nan_to_num(label) > 0).any()) for _, label in blocks])
        weights = self._thinned(loud) if thin else np.ones(len(blocks), dtype=np.float32)
        kept = [(rows, label, weight) for (rows, label), weight in zip(blocks, weights, strict=True) if weight > 0]
        return Sequences(
            features=inputs.names,
            inputs=[rows for rows, _, _ in kept],
            labels=[label for _, label, _ in kept],
            weights=[np.full(len(rows), weight, dtype=np.float32) for rows, _, weight in kept],
        )

    @staticmethod
    def _thinned(loud: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
        """Weights per segment: evenly spaced ones are kept of each kind and stand for all of their kind."""
        quiet, weights = np.flatnonzero(~loud), np.zeros(len(loud), dtype=np.float32)
        wanted = int(max(QUIET_PER_LOUD * loud.sum(), MIN_QUIET))
        for rows, most in ((np.flatnonzero(loud), MOST), (quiet, min(MOST, wanted))):
            keep = min(len(rows), most)
            if keep:
                weights[rows[np.linspace(0, len(rows) - 1, keep).astype(int)]] = len(rows) / keep
        return weights

    def touching(self, rows: npt.NDArray[np.bool_]) -> Segments:
        """The segments that judge any of the rows (N, G)."""
        return Segments(tuple(cut for cut in self.cuts if rows[cut[0], cut[2] : cut[3]].any()))

    def blocks(self, inputs: Inputs) -> list[npt.NDArray[np.float32]]:
        """Input rows of every segment, warm-up included."""
        return [inputs.values[series, begin:stop] for series, begin, _, stop in self.cuts]

    def join(self, blocks: list[npt.NDArray[np.float64]], shape: tuple[int, int]) -> npt.NDArray[np.float64]:
        """Judged rows of the blocks (rows, K) back on the grid (N, G, K)."""
        out = np.full((*shape, blocks[0].shape[1]), np.nan)
        for (series, begin, first, stop), block in zip(self.cuts, blocks, strict=True):
            out[series, first:stop] = block[first - begin :]
        return out
