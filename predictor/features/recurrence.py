"""What the series' own past says: outages come back, often at the same hour. And the clock itself."""

from __future__ import annotations

import numpy as np

from predictor.carried import Carried
from predictor.features.moment import Moment, decay
from predictor.outage import OUTAGE, UNKNOWN
from predictor.protocols import FloatArray

MEMORIES_MIN = (60.0, 360.0, 1440.0, 10080.0)
SLOT_MIN = 15.0
SLOTS = 96  # quarters of an hour of one day
SLOT_MEMORY_MIN = 14 * 1440.0
NEVER_MIN = 30 * 1440.0  # "long ago", for what was never seen
DAY_S, WEEK_S = 86400.0, 604800.0


class Recurrence:
    """Features from the series' own outages and troubles."""

    names: tuple[str, ...] = (
        *(f"outages_{name}" for name in ("1h", "6h", "1d", "7d")),
        "outages_this_hour",
        "since_trouble",
        "since_outage_start",
        "since_outage_end",
        "trouble_60",
        "outage_share_6h",
        "in_outage",
        "state_unknown",
        "age",
    )

    def __init__(self, minutes: float) -> None:
        shapes: dict[str, tuple[int, ...]] = {"starts": (len(MEMORIES_MIN),), "by_hour": (SLOTS,)}
        since: dict[str, tuple[int, ...]] = dict.fromkeys(("since_trouble", "since_start", "since_end"), ())
        plain: dict[str, tuple[int, ...]] = dict.fromkeys(("was_out", "trouble", "share", "age"), ())
        self.carried = Carried(shapes | since | plain, dict.fromkeys(since, NEVER_MIN))
        self._minutes = np.float32(minutes)
        self._memories = np.array([decay(minutes, scale) for scale in MEMORIES_MIN], np.float32)[:, None]
        self._hour, self._six = decay(minutes, 60.0), decay(minutes, 360.0)
        self._day = decay(minutes, SLOT_MEMORY_MIN)

    def step(self, moment: Moment) -> FloatArray:
        """Features (F, n) of one bin."""
        carried = self.carried
        out = moment.state == OUTAGE
        began, ended = out & (carried["was_out"] == 0), ~out & (carried["was_out"] > 0)
        troubled = moment.column("failed") + moment.column("hung") + moment.column("jobs_failed") > 0
        for name, happened in (("since_trouble", troubled), ("since_start", began), ("since_end", ended)):
            carried[name] = np.where(happened, 0, np.minimum(carried[name] + self._minutes, NEVER_MIN)).astype(
                np.float32
            )
        carried["starts"] = carried["starts"] * self._memories + began
        carried["trouble"] = carried["trouble"] * self._hour + troubled
        carried["share"] = carried["share"] * self._six + out * (1 - self._six)
        by_hour = self._this_hour(moment.end)
        carried["by_hour"][int(moment.end // (SLOT_MIN * 60)) % SLOTS] += began
        carried["was_out"] = out.astype(np.float32)
        carried["age"] = carried["age"] + self._minutes * moment.heard
        return np.stack(
            [
                *np.log1p(carried["starts"]),
                by_hour,
                *(np.log1p(carried[name]) for name in ("since_trouble", "since_start", "since_end")),
                np.log1p(carried["trouble"]),
                carried["share"],
                out.astype(np.float32),
                (moment.state == UNKNOWN).astype(np.float32),
                np.log1p(carried["age"]),
            ]
        )

    def _this_hour(self, end: float) -> FloatArray:
        """How much more often than at other hours outages began within the next quarter of an hour of the day."""
        table = self.carried["by_hour"]
        slot = int(end // (SLOT_MIN * 60))
        if (end % (SLOT_MIN * 60)) < float(self._minutes) * 60:  # once per slot: table forgets over two weeks
            table *= self._day ** np.float32(SLOT_MIN / float(self._minutes))
        near = [(slot + offset) % SLOTS for offset in (-1, 0, 1, 2)]
        here = table[near].sum(axis=0)
        days = 1.0 + self.carried["age"] / 1440.0
        expected = table.sum(axis=0) * (len(near) / SLOTS)
        ratio: FloatArray = np.log((here + 0.1) / (expected + 0.1)) * np.minimum(1.0, days / 3.0)
        return ratio


class Clock:
    """Phases of the day and the week in UTC."""

    names: tuple[str, ...] = ("day_sin", "day_cos", "half_day_sin", "half_day_cos", "week_sin", "week_cos")

    def __init__(self) -> None:
        self.carried = Carried({"none": ()})

    def step(self, moment: Moment) -> FloatArray:
        """Features (6, n) of one bin."""
        turns = [moment.end / DAY_S, 2 * moment.end / DAY_S, moment.end / WEEK_S]
        angles = [2 * np.pi * (turn % 1.0) for turn in turns]
        values = np.array([wave(angle) for angle in angles for wave in (np.sin, np.cos)], np.float32)
        return np.repeat(values[:, None], moment.counts.shape[1], axis=1)
