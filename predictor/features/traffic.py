"""Shares, rates and builds at several time scales, each against the series' own slow past.

A share is the posterior mean of a rare event, log((x + .02) / (all + 2)): one bad fetch in three says less than ten
in thirty, and no traffic says "about 1 %". Decayed sums keep the memory of a series bounded.
"""

from __future__ import annotations

import numpy as np

from predictor.carried import Carried
from predictor.features.moment import Moment, decay
from predictor.protocols import FloatArray
from predictor.series.columns import CAUSE_GROUPS, COLUMNS

SCALES_MIN = (1.0, 5.0, 15.0, 60.0, 720.0)  # the first is the bin itself
FLUSH_EVERY = 64  # bins after which vanishing sums are set to zero: denormal numbers are slow

EXTRA = ("bad", "asked", "answered", "served", "trouble")  # derived sums beside the columns
#: name -> (numerator, denominator, index into SCALES_MIN)
SHARES: dict[str, tuple[str, str, int]] = {
    **{f"fail_{minutes}": ("bad", "asked", scale) for scale, minutes in enumerate((1, 5, 15, 60))},
    **{f"{name[2:]}_5": (name, "asked", 1) for name in ("c_5xx", "c_429", "c_conn", "c_cut", "c_hang")},
    **{f"{name[2:]}_15": (name, "asked", 2) for name in CAUSE_GROUPS},
    "hung_5": ("hung", "asked", 1),
    "signs_1": ("signs", "answered", 0),
    "signs_5": ("signs", "answered", 1),
    "signs_15": ("signs", "answered", 2),
    "stale_5": ("stale", "served", 1),
    "stale_15": ("stale", "served", 2),
    "miss_15": ("miss", "served", 2),
    "gave_up_5": ("gave_up", "answered", 1),
    "gave_up_15": ("gave_up", "answered", 2),
    "retried_5": ("retried", "asked", 1),
    "retried_15": ("retried", "asked", 2),
    "empty_5": ("empty", "sized", 1),
    "missing_15": ("missing", "answered", 2),
    "user_error_15": ("user_error", "answered", 2),
    "job_fail_5": ("jobs_failed", "jobs", 1),
    "job_fail_15": ("jobs_failed", "jobs", 2),
    "job_fail_60": ("jobs_failed", "jobs", 3),
}
OTHERS = (
    "fail_rise",
    "break_5",
    "break_15",
    "miss_rise",
    "load_1",
    "load_5",
    "load_15",
    "load_60",
    "volume_60",
    "asked_5",
    "jobs_15",
    "job_slow_5",
    "job_slow_15",
    "size_5",
    "observed_15",
    "missing_now",
    "surprise_5",
    "surprise_15",
    "surprise_60",
    "build_size",
    "novelty_5",
    "novelty_15",
)
LIGHT = 0.02  # pseudo-count of the rare event
HEAVY = 2.0  # pseudo-count of all
RARE = 100.0  # fetches of which one in 5,000 was in trouble: what is believed of a series without a past
HOUR, SLOW = 3, 4  # scales of the last hour and of the series' own past
_ROW = {name: row for row, name in enumerate((*COLUMNS, *EXTRA))}


class Traffic:
    """Features from the counts; ``names`` in the order of the rows that ``step`` returns."""

    names: tuple[str, ...] = (*SHARES, *OTHERS)

    def __init__(self, minutes: float) -> None:
        rows = len(COLUMNS) + len(EXTRA)
        self.carried = Carried({"sums": (len(SCALES_MIN), rows), "observed": (len(SCALES_MIN),)})
        factors = [0.0] + [float(decay(minutes, scale)) for scale in SCALES_MIN[1:]]
        self._decay = np.array(factors, np.float32)
        self._full = 1.0 / (1.0 - self._decay)  # what ``observed`` comes to without gaps
        self._scale = np.array([scale for _, _, scale in SHARES.values()])
        self._top = np.array([_ROW[name] for name, _, _ in SHARES.values()])
        self._bottom = np.array([_ROW[name] for _, name, _ in SHARES.values()])
        self._steps = 0

    def step(self, moment: Moment) -> FloatArray:
        """Features (F, n) of one bin."""
        sums, observed = self.carried["sums"], self.carried["observed"]
        newest = np.concatenate([moment.counts, _derived(moment)])
        sums *= self._decay[:, None, None]
        sums += newest
        observed *= self._decay[:, None]
        observed += ~moment.missing
        self._steps += 1
        if self._steps % FLUSH_EVERY == 0:
            sums[sums < 1e-12] = 0.0
        tops, bottoms = sums[self._scale, self._top], sums[self._scale, self._bottom]
        shares = np.log((tops + LIGHT) / (bottoms + HEAVY))
        return np.concatenate([shares, self._others(moment, shares)])

    def _others(self, moment: Moment, shares: FloatArray) -> FloatArray:
        sums, observed = self.carried["sums"], self.carried["observed"]
        bad, asked, answered = (sums[:, _ROW[name]] for name in ("bad", "asked", "answered"))
        share = bad[1:3] / (asked[1:3] + 1.0)
        breaks = 1.0 - (1.0 - np.minimum(share, 1.0)) ** moment.per_build
        served, miss = sums[:, _ROW["served"]], sums[:, _ROW["miss"]]
        miss_rise = np.log((miss[1] + 0.5) / (served[1] + 1.0)) - np.log((miss[SLOW] + 0.5) / (served[SLOW] + 1.0))
        rate = (answered + 0.5 * self._weight(observed)) / (observed + 0.5)
        load = np.log(rate[:SLOW] + 0.05) - np.log(rate[SLOW] + 0.05)
        load[0, moment.missing] = 0.0
        return np.stack(
            [
                shares[1] - shares[3],
                *breaks,
                miss_rise,
                *load,
                np.log1p(answered[3] / np.maximum(observed[3], 1.0)),
                np.log1p(asked[1]),
                np.log1p(sums[2, _ROW["jobs"]]),
                *(self._mean_rise("log_job_s", "jobs_timed", scale) for scale in (1, 2)),
                self._mean_rise("log_bytes", "sized", 1),
                observed[2] / self._full[2],
                moment.missing.astype(np.float32),
                *self._surprise(),
                np.log(moment.per_build),
                *np.log1p(sums[1:3, _ROW["novelty"]]),
            ]
        )

    def _surprise(self) -> FloatArray:
        """How unlikely so much trouble is by the series' own past, (3, n): signed square root of Poisson's deviance.

        Trouble is anything that breaks or nearly breaks a fetch. Two failures in an hour are news where there was
        none in a day, and none where there are ten an hour: a share alone does not tell the two apart.
        """
        trouble, asked = (self.carried["sums"][:, _ROW[name]] for name in ("trouble", "asked"))
        past = (trouble[SLOW] - trouble[HOUR] + LIGHT) / (asked[SLOW] - asked[HOUR] + RARE)
        seen, usual = trouble[1 : HOUR + 1], asked[1 : HOUR + 1] * past + LIGHT
        deviance = seen * np.log(np.maximum(seen, 1e-6) / usual) - (seen - usual)
        surprise: FloatArray = np.sign(seen - usual) * np.sqrt(2.0 * np.maximum(deviance, 0.0))
        return surprise

    def _weight(self, observed: FloatArray) -> FloatArray:
        """The series' own slow rate, the prior of the fast ones."""
        answered = self.carried["sums"][SLOW, _ROW["answered"]]
        slow: FloatArray = answered / np.maximum(observed[SLOW], 1.0)
        return slow

    def _mean_rise(self, total: str, number: str, scale: int) -> FloatArray:
        """Mean of a logarithm now, less its slow mean, shrunk to 0 where little was seen."""
        sums = self.carried["sums"]
        slow = sums[SLOW, _ROW[total]] / np.maximum(sums[SLOW, _ROW[number]], 1e-6)
        seen = sums[scale, _ROW[number]]
        rise: FloatArray = (sums[scale, _ROW[total]] - slow * seen) / (seen + 1.0)
        return rise


def _derived(moment: Moment) -> FloatArray:
    column = moment.column
    bad = np.maximum(column("failed") + column("hung"), column("signs_cut"))
    asked = np.maximum(column("uncached"), bad)
    answered = sum((column(name) for name in ("ok", "missing", "user_error", "failed")), column("hung"))
    served = column("hit") + column("miss") + column("stale")
    nearly = sum((column(name) for name in ("retried", "stale", "gave_up")), column("jobs_failed"))
    return np.stack([bad, asked, answered, served, bad + nearly])
