"""When a risk becomes a warning, and when the warning ends.

The model only says how likely an outage is; threshold and hysteresis are the owner's policy and wrap it.
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


class Policy:
    """Threshold with hysteresis over many series, one call a bin.

    Args:
        threshold: 15-minute risk at which a warning starts.
        clear_ratio: a warning ends when the risk stays below ``threshold * clear_ratio`` ...
        clear_bins: ... for this many bins in a row.
        confirm_bins: bins in a row at or over the threshold before a warning starts.
        lapse_bins: bins after which a warning without an outage lapses; 0: never.
        recover_bins: bins in a row in state ``ok`` after which an outage is over.
    """

    def __init__(
        self,
        threshold: float,
        clear_ratio: float = 0.5,
        clear_bins: int = 10,
        confirm_bins: int = 1,
        lapse_bins: int = 20,
        recover_bins: int = 5,
    ) -> None:
        self.threshold, self.clear_level = threshold, threshold * clear_ratio
        self.clear_bins, self.confirm_bins = clear_bins, max(1, confirm_bins)
        self.lapse_bins = lapse_bins if lapse_bins > 0 else np.iinfo(np.int32).max
        self.recover_bins = recover_bins
        self._rows: dict[Key, int] = {}
        self._warning = np.zeros(0, np.bool_)
        self._spent = np.zeros(0, np.bool_)  # an outage came, and is not over
        self._over = np.zeros(0, np.int32)
        self._calm = np.zeros(0, np.int32)
        self._stood = np.zeros(0, np.int32)  # bins for which the warning has stood without an outage
        self._well = np.zeros(0, np.int32)  # bins in state ``ok`` since the newest one in an outage

    def step(self, keys: Sequence[Key], risk15: npt.ArrayLike, state: Sequence[str]) -> BoolArray:
        """Whether each series is under a warning after this bin.

        Args:
            keys: n series; a new one starts without a warning.
            risk15: (n,) risk at 15 minutes, 0..1; NaN is no risk known and neither starts nor ends a warning.
            state: n states ``ok``, ``outage`` or ``unknown``.
        """
        rows = self._index(keys)
        risk = np.asarray(risk15, np.float64)
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

    def _columns(self) -> tuple[npt.NDArray[Any], ...]:
        return self._warning, self._spent, self._over, self._calm, self._stood, self._well

    def _index(self, keys: Sequence[Key]) -> npt.NDArray[np.intp]:
        rows = np.fromiter((self._rows.setdefault(key, len(self._rows)) for key in keys), np.intp, len(keys))
        missing = len(self._rows) - len(self._warning)
        if missing:
            self._warning, self._spent = (np.pad(column, (0, missing)) for column in (self._warning, self._spent))
            counts = (self._over, self._calm, self._stood, self._well)
            self._over, self._calm, self._stood, self._well = (np.pad(column, (0, missing)) for column in counts)
        return rows


def policy_of(section: Section, threshold: float) -> Policy:
    """The owner's policy; the model's frozen ``threshold`` where the owner names none."""
    limits = (section.clear_ratio, section.clear_bins, section.confirm_bins, section.lapse_bins)
    return Policy(section.threshold or threshold, *limits, section.recover_bins)
