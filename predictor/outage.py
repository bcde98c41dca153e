"""The outage definition of DESIGN.md section 2, read from bins: the state of every series at the end of every bin.

Builds tell where there are any: the share of ended builds that failed for infrastructure. Else it is derived from
the failing share p of the fetches that no cache answered and their number n per build: 1 - (1 - p)^n. Either is
taken over the last ``rule.bins`` bins in which something was seen (at most ``MAX_AGE`` bins old), so that one fetch
every five minutes counts as well as a hundred a second. A few odd fetches are no evidence: it takes two builds, or
three failed fetches, or two with no good one beside or between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.carried import Carried
from predictor.protocols import FloatArray, Key
from predictor.series.bins import Bins
from predictor.series.columns import INDEX

OK, OUTAGE, UNKNOWN = 0, 1, 2
STATES = ("ok", "outage", "unknown")

MAX_AGE = 15  # bins after which what was seen says nothing about now
UNKNOWN_AFTER = 10  # missing bins after which the state is unknown
MIN_JOBS = 2
MIN_BAD = 3
MIN_BAD_ALONE = 2  # enough when no fetch went well
MEASURED_JOBS = 10.0  # builds (decayed) from which fetches per build are measured
MEASURE_DECAY = float(np.exp(-1 / 360))  # per bin: six hours

States = npt.NDArray[np.int8]
Mask = npt.NDArray[np.bool_]
FETCHES = ("bad", "good", "timed", "seconds")
JOBS = ("jobs", "jobs_failed")


@dataclass(frozen=True, slots=True)
class Rule:
    """The outage definition in force; see ``predictor.config.OutageRule`` for the words."""

    limit: float = 0.5
    bins: int = 3
    fetches_per_build: float = 60.0
    latency_s: float = 0.0


DEFAULT_RULE = Rule()


class OutageTracker:
    """Carries the newest evidence of each series and says its state bin by bin, causally.

    Args:
        rule: the definition for every upstream that ``rule_of`` does not name.
        rule_of: upstream -> its own definition.
    """

    def __init__(self, rule: Rule = DEFAULT_RULE, rule_of: Mapping[str, Rule] | None = None) -> None:
        self._rule, self._rule_of = rule, dict(rule_of or {})
        self._depth = max(each.bins for each in (rule, *self._rule_of.values()))
        rings = {"fetches": (self._depth, len(FETCHES)), "jobs": (self._depth, len(JOBS))}
        ages: dict[str, tuple[int, ...]] = {"fetches_age": (self._depth,), "jobs_age": (self._depth,)}
        totals: dict[str, tuple[int, ...]] = {"missing": (), "heard": (), "all_uncached": (), "all_jobs": ()}
        self.carried = Carried(rings | ages | totals, {"fetches_age": MAX_AGE, "jobs_age": MAX_AGE})
        self._limits = np.zeros((4, 0), np.float32)  # limit, bins, fetches per build, latency of each series
        self._vantage = np.zeros(0, np.int64)

    def grow(self, keys: Sequence[Key]) -> None:
        """Make room for all of ``keys``; those known before come first and in the same order."""
        self.carried.grow(len(keys))
        rules = [self._rule_of.get(upstream, self._rule) for _, upstream in keys]
        rows = [(each.limit, each.bins, each.fetches_per_build, each.latency_s) for each in rules]
        self._limits = np.array(rows, np.float32).reshape(-1, 4).T
        names = {vantage: number for number, vantage in enumerate(sorted({key[0] for key in keys}))}
        self._vantage = np.array([names[key[0]] for key in keys], np.int64)

    def step(self, counts: FloatArray, missing: Mask) -> States:
        """States (n,) at the end of a bin with counts (C, n), columns first."""
        bad = np.maximum(counts[INDEX["failed"]] + counts[INDEX["hung"]], counts[INDEX["signs_cut"]])
        good = np.maximum(counts[INDEX["uncached"]] - bad, 0.0)
        self._push("fetches", np.stack([bad, good, counts[INDEX["timed"]], counts[INDEX["seconds"]]]), bad + good > 0)
        jobs = counts[INDEX["jobs"]]
        self._push("jobs", np.stack([jobs, counts[INDEX["jobs_failed"]]]), jobs > 0)
        carried = self.carried
        carried["all_uncached"] = carried["all_uncached"] * np.float32(MEASURE_DECAY) + counts[INDEX["uncached"]]
        carried["all_jobs"] = carried["all_jobs"] * np.float32(MEASURE_DECAY) + jobs
        carried["missing"] = np.where(missing, carried["missing"] + 1, 0).astype(np.float32)
        carried["heard"] = np.maximum(carried["heard"], counts[INDEX["events"]] > 0).astype(np.float32)
        states: States = np.where(self._breaks(), OUTAGE, OK).astype(np.int8)
        states[(carried["missing"] >= UNKNOWN_AFTER) | (carried["heard"] == 0)] = UNKNOWN
        return states

    def fetches_per_build(self) -> FloatArray:
        """Uncached fetches per build (n,): measured where builds are seen at the vantage, else the rule's."""
        jobs = np.zeros(int(self._vantage.max(initial=-1)) + 1, np.float32)
        np.maximum.at(jobs, self._vantage, self.carried["all_jobs"])
        builds = jobs[self._vantage]
        measured = np.clip(self.carried["all_uncached"] / np.maximum(builds, 1.0), 2.0, 1000.0)
        return np.where(builds >= MEASURED_JOBS, measured, self._limits[2]).astype(np.float32)

    def heard(self) -> Mask:
        """Series (n,) of which anything was heard so far."""
        known: Mask = self.carried["heard"] > 0
        return known

    def _push(self, ring: str, newest: FloatArray, seen: Mask) -> None:
        """Age a ring by one bin and put ``newest`` (R, n) in front where something was seen."""
        age, rows = self.carried[f"{ring}_age"], self.carried[ring]
        np.minimum(age + 1, MAX_AGE, out=age)
        if seen.all():
            rows[1:], age[1:] = rows[:-1].copy(), age[:-1].copy()
            rows[0], age[0] = newest, 0
        elif seen.any():
            rows[1:, :, seen], age[1:, seen] = rows[:-1, :, seen], age[:-1, seen]
            rows[0][:, seen], age[0, seen] = newest[:, seen], 0

    def _window(self, ring: str) -> FloatArray:
        """Sum (R, n) of what is young enough and within each rule's number of bins."""
        within = np.arange(self._depth, dtype=np.float32)[:, None] < self._limits[1]
        kept = (within & (self.carried[f"{ring}_age"] < MAX_AGE)).astype(np.float32)
        total: FloatArray = (self.carried[ring] * kept[:, None, :]).sum(axis=0)
        return total

    def _breaks(self) -> Mask:
        bad, good, timed, seconds = self._window("fetches")
        jobs, jobs_failed = self._window("jobs")
        limit, bins, _, latency_s = self._limits
        enough = (bad >= MIN_BAD) | ((bad >= MIN_BAD_ALONE) & (good == 0)) | self._only_failures()
        share = bad / np.maximum(bad + good, 1.0)
        derived = np.where(enough, 1.0 - (1.0 - share) ** self.fetches_per_build(), 0.0)
        by_jobs = jobs_failed / np.maximum(jobs, 1.0)
        fresh = self.carried["jobs_age"][0] < bins
        from_jobs = (jobs >= MIN_JOBS) & (fresh | (bad + good == 0))
        slow = (latency_s > 0) & (timed >= MIN_BAD) & (seconds >= latency_s * np.maximum(timed, 1.0))
        breaks: Mask = (np.where(from_jobs, by_jobs, derived) >= limit) | slow
        return breaks

    def _only_failures(self) -> Mask:
        """Whether the newest two bins with fetches had nothing but failures, whatever came before."""
        newest, young = self.carried["fetches"][:MIN_BAD_ALONE], self.carried["fetches_age"][:MIN_BAD_ALONE] < MAX_AGE
        alone = (newest[:, 0] > 0) & (newest[:, 1] == 0) & young
        only: Mask = alone.sum(axis=0) >= MIN_BAD_ALONE
        return only

    def dump(self) -> dict[str, Any]:
        """The carried evidence as JSON-ready values."""
        return self.carried.dump()

    def load(self, state: dict[str, Any], keys: Sequence[Key]) -> None:
        """Take up what ``dump`` gave for ``keys``. Raises ArtifactError when it does not fit."""
        self.carried.load(state)
        self.grow(keys)


def states(bins: Bins, rule: Rule = DEFAULT_RULE, rule_of: Mapping[str, Rule] | None = None) -> States:
    """State (T, n) of every series at the end of every bin, each from the bins up to it alone."""
    tracker = OutageTracker(rule, rule_of)
    tracker.grow(bins.keys)
    found = [tracker.step(np.ascontiguousarray(frame.counts.T), frame.missing) for frame in bins.frames()]
    return np.stack(found) if found else np.zeros((0, len(bins.keys)), np.int8)


def outage_mask(bins: Bins, rule: Rule = DEFAULT_RULE, rule_of: Mapping[str, Rule] | None = None) -> Mask:
    """Whether an outage is under way (T, n) at the end of every bin."""
    mask: Mask = states(bins, rule, rule_of) == OUTAGE
    return mask


def outages(mask: Mask, merge_bins: int = 5) -> list[tuple[int, int]]:
    """The outages of one series (T,) as (first bin, bin after the last); gaps up to ``merge_bins`` are bridged."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    found: list[tuple[int, int]] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if found and start - found[-1][1] <= merge_bins:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found
