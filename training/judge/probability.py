"""How good risks are as probabilities. Plain arrays in, plain numbers out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
GROUPS = 15


@dataclass(frozen=True, slots=True)
class Ranking:
    """Rows by falling risk, ready for the area under the curve with any weights."""

    order: npt.NDArray[np.intp]
    hit: Floats  # labels in that order
    last: npt.NDArray[np.intp]  # last row of every group of equal risks

    @classmethod
    def of(cls, label: Floats, risk: Floats) -> Ranking:
        """From labels and risks (n,)."""
        order = np.argsort(-risk, kind="stable")
        last = np.append(np.flatnonzero(np.diff(risk[order])), len(order) - 1) if len(order) else order
        return cls(order, label[order], last)

    def area(self, weight: Floats) -> float:
        """Step sum over distinct risks of precision; NaN without a positive. ``weight`` (n,) in the order."""
        caught, asked = np.cumsum(self.hit * weight)[self.last], np.cumsum(weight)[self.last]
        if not len(caught) or caught[-1] <= 0:
            return float("nan")
        precision = np.divide(caught, asked, out=np.zeros_like(caught), where=asked > 0)
        return float(np.sum(np.diff(caught, prepend=0.0) * precision) / caught[-1])


def average_precision(label: Floats, risk: Floats) -> float:
    """Area under the precision-recall curve as the step sum over distinct risks; NaN without a positive."""
    return Ranking.of(label, risk).area(np.ones(len(label)))


def brier(label: Floats, risk: Floats) -> float:
    """Mean squared error of the risks (Brier 1950); NaN without rows."""
    return float(np.mean((risk - label) ** 2)) if len(label) else float("nan")


def skill(label: Floats, risk: Floats, reference: Floats | float) -> float:
    """Brier skill against a reference forecast: 1 is perfect, 0 is the reference; NaN when that is perfect."""
    base = float(np.mean((np.asarray(reference) - label) ** 2)) if len(label) else 0.0
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


def reliability(label: Floats, risk: Floats, groups: int = GROUPS) -> Reliability:
    """Group by risk into at most ``groups`` of about equal count; equal risks stay together."""
    if not len(risk):
        return Reliability(np.zeros(0), np.zeros(0), np.zeros(0, np.int64))
    edges = np.unique(np.quantile(risk, np.linspace(0, 1, groups + 1)[1:-1], method="lower"))
    place = np.searchsorted(edges, risk, side="left")
    rows = np.bincount(place)
    kept = np.flatnonzero(rows)
    said, came = np.bincount(place, risk), np.bincount(place, label)
    return Reliability(said[kept] / rows[kept], came[kept] / rows[kept], rows[kept].astype(np.int64))
