"""When a risk becomes a warning, and when the warning ends.

The model only says how likely an outage is; threshold and hysteresis are the owner's policy and wrap it. What is
held against the threshold is the risk of the last few bins, its log-odds exponentially weighted (EWMA, Roberts 1959):
one odd bin is less than two in a row.
A warning is never started inside an outage (that would claim a forecast where there was none). It ends with the
outage that it foresaw: in the bin after that is over, a risk that is still high is a new warning, of the next one. A
warning speaks of the next 15 minutes: one that has stood for 20 without an outage did not come true. It lapses, and
the bin after a new one may start.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.config import Policy as Section
from predictor.protocols import Key

BoolArray = npt.NDArray[np.bool_]
Doubles = npt.NDArray[np.float64]

SURE = 1e-6  # a risk nearer to 0 or 1 counts as this far from it: log-odds stay finite


class Policy:
    """Threshold with hysteresis over many series, one call a bin.

    Args:
        threshold: 15-minute risk at which a warning starts.
        clear_ratio: a warning ends when the risk stays below ``threshold * clear_ratio`` ...
        clear_bins: ... for this many bins in a row.
        confirm_bins: bins in a row at or over the threshold before a warning starts.
        lapse_bins: bins after which a warning without an outage lapses; 0: never.
        recover_bins: bins in a row in state ``ok`` after which an outage is over.
        smoothing: weight of the newest bin in the risk that is held against the threshold; 1: no other bin counts.
    """

    def __init__(
        self,
        threshold: float,
        clear_ratio: float = 0.5,
        clear_bins: int = 10,
        confirm_bins: int = 1,
        lapse_bins: int = 20,
        recover_bins: int = 5,
        smoothing: float = 0.7,
    ) -> None:
        self.threshold, self.clear_level = threshold, threshold * clear_ratio
        self.clear_bins, self.confirm_bins = clear_bins, max(1, confirm_bins)
        self.lapse_bins = lapse_bins if lapse_bins > 0 else np.iinfo(np.int32).max
        self.recover_bins, self.smoothing = recover_bins, smoothing
        self._rows: dict[Key, int] = {}
        self._warning = np.zeros(0, np.bool_)
        self._spent = np.zeros(0, np.bool_)  # an outage came, and is not over
        self._over = np.zeros(0, np.int32)
        self._calm = np.zeros(0, np.int32)
        self._stood = np.zeros(0, np.int32)  # bins for which the warning has stood without an outage
        self._well = np.zeros(0, np.int32)  # bins in state ``ok`` since the newest one in an outage
        self._odds = np.zeros(0, np.float64)  # log-odds of the risk of the last bins, NaN before the first

    def step(self, keys: Sequence[Key], risk15: npt.ArrayLike, state: Sequence[str]) -> BoolArray:
        """Whether each series is under a warning after this bin.

        Args:
            keys: n series; a new one starts without a warning.
            risk15: (n,) risk at 15 minutes, 0..1; NaN is no risk known and neither starts nor ends a warning.
            state: n states ``ok``, ``outage`` or ``unknown``.
        """
        rows = self._index(keys)
        self._odds[rows] = weighted(self._odds[rows], risk15, self.smoothing)
        risk = steady(self._odds[rows], risk15)
        outage = np.fromiter((value == "outage" for value in state), np.bool_, len(keys))
        fine = np.fromiter((value == "ok" for value in state), np.bool_, len(keys))
        known = (fine | outage) & np.isfinite(risk)
        over = known & ~outage & (risk >= self.threshold)
        calm = known & ~outage & (risk < self.clear_level)
        self._over[rows] = np.where(over, self._over[rows] + 1, 0)
        self._calm[rows] = np.where(calm, self._calm[rows] + 1, np.where(known, 0, self._calm[rows]))
        self._well[rows] = np.where(outage, 0, self._well[rows] + fine)
        over_it = self._spent[rows] & (self._well[rows] >= self.recover_bins)
        spent = (self._spent[rows] & ~over_it) | outage
        stands = self._warning[rows] & ~over_it & (self._calm[rows] < self.clear_bins)
        lapsed = stands & ~outage & (self._stood[rows] >= self.lapse_bins)
        warning = (stands | ((self._over[rows] >= self.confirm_bins) & ~spent)) & ~lapsed & ~over_it
        self._stood[rows] = np.where(warning & ~spent, self._stood[rows] + 1, 0)
        self._spent[rows], self._warning[rows] = spent, warning
        return warning

    def dump(self) -> dict[str, Any]:
        """The state as JSON-ready values."""
        columns = zip(*(column.tolist() for column in self._columns()), strict=True)
        return {"rows": [[*key, *values] for key, values in zip(self._rows, columns, strict=True)]}

    def load(self, state: dict[str, Any]) -> None:
        """Take up a state that ``dump`` gave."""
        rows = state["rows"]
        self._rows = {(row[0], row[1]): i for i, row in enumerate(rows)}
        self._warning = np.array([row[2] for row in rows], np.bool_)
        self._spent = np.array([row[3] for row in rows], np.bool_)
        self._over = np.array([row[4] for row in rows], np.int32)
        self._calm = np.array([row[5] for row in rows], np.int32)
        self._stood = np.array([row[6] if len(row) > 6 else 0 for row in rows], np.int32)
        self._well = np.array([row[7] if len(row) > 7 else 0 for row in rows], np.int32)
        odds = [row[8] if len(row) > 8 else None for row in rows]
        self._odds = np.array([np.nan if value is None else value for value in odds], np.float64)

    def _columns(self) -> tuple[npt.NDArray[Any], ...]:
        odds = self._odds.astype(object)
        odds[~np.isfinite(self._odds)] = None  # JSON has no NaN
        return self._warning, self._spent, self._over, self._calm, self._stood, self._well, odds

    def _index(self, keys: Sequence[Key]) -> npt.NDArray[np.intp]:
        rows = np.fromiter((self._rows.setdefault(key, len(self._rows)) for key in keys), np.intp, len(keys))
        missing = len(self._rows) - len(self._warning)
        if missing:
            self._warning, self._spent = (np.pad(column, (0, missing)) for column in (self._warning, self._spent))
            counts = (self._over, self._calm, self._stood, self._well)
            self._over, self._calm, self._stood, self._well = (np.pad(column, (0, missing)) for column in counts)
            self._odds = np.pad(self._odds, (0, missing), constant_values=np.nan)
        return rows


def policy_of(section: Section, threshold: float) -> Policy:
    """The owner's policy; the model's frozen ``threshold`` where the owner names none."""
    limits = (section.clear_ratio, section.clear_bins, section.confirm_bins, section.lapse_bins)
    return Policy(section.threshold or threshold, *limits, section.recover_bins, section.smoothing)


def weighted(odds: Doubles, risk: npt.ArrayLike, weight: float) -> Doubles:
    """Log-odds after a bin with these risks (0..1, NaN: none) from those before it (NaN: none yet), any one shape."""
    sure = np.clip(np.asarray(risk, np.float64), SURE, 1.0 - SURE)
    new = np.log(sure / (1.0 - sure))
    mixed = np.where(np.isfinite(odds), weight * new + (1.0 - weight) * odds, new)
    return np.asarray(np.where(np.isfinite(new), mixed, odds))


def steady(odds: Doubles, risk: npt.ArrayLike) -> Doubles:
    """The risk that stands for these log-odds; NaN where the newest bin has none."""
    return np.asarray(np.where(np.isfinite(np.asarray(risk, np.float64)), 1.0 / (1.0 + np.exp(-odds)), np.nan))
