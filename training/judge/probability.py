"""How good risks are as probabilities. Plain arrays in, plain numbers out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def average_precision(label: Floats, risk: Floats) -> float:
    """Area under the precision-recall curve as the step sum over distinct risks; NaN without a positive."""
    if not label.any():
        return float("nan")
    order = np.argsort(-risk, kind="stable")
    hit, value = label[order], risk[order]
    caught = np.cumsum(hit)
    last = np.append(np.flatnonzero(np.diff(value)), len(value) - 1)
    precision, recall = caught[last] / (last + 1), caught[last] / caught[-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def brier(label: Floats, risk: Floats) -> float:
    """Mean squared error of the risks (Brier 1950)."""
    return float(np.mean((risk - label) ** 2))


def skill(label: Floats, risk: Floats, reference: Floats | float) -> float:
    """Brier skill against a reference forecast: 1 is perfect, 0 is the reference; NaN when that is perfect."""
    base = float(np.mean((np.asarray(reference) - label) ** 2))
    return 1.0 - brier(label, risk) / base if base else float("nan")


@dataclass(frozen=True, slots=True)
class Reliability:
    """Equal-count groups of the risks."""

    said: Floats  # mean risk of each group
    came: Floats  # share of positives
    rows: npt.NDArray[np.int64]

    @property
    def ece(self) -> float:
        """Expected calibration error: mean absolute gap, weighted by rows."""
        return float(np.sum(self.rows * np.abs(self.said - self.came)) / max(1, self.rows.sum()))


def reliability(label: Floats, risk: Floats, groups: int = 15) -> Reliability:
    """Group by risk into ``groups`` of equal count."""
    parts = [part for part in np.array_split(np.argsort(risk, kind="stable"), groups) if len(part)]
    said = np.array([risk[part].mean() for part in parts])
    came = np.array([label[part].mean() for part in parts])
    return Reliability(said, came, np.array([len(part) for part in parts], np.int64))
