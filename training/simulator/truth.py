"""What really happened in a world: the outages that its jobs lived through, and the faults behind them.

Outages are read from the jobs by the definition of the house, whether or not the logs of the world show the jobs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from predictor.events import EventBatch, Kind, Outcome, rfc3339
from predictor.outage import DEFAULT_RULE, Rule, outage_mask, outages
from predictor.series import rollup
from training.dataset.label import PAUSE_S
from training.simulator.engine import Trace
from training.simulator.world import Fault

ALL = "*"  # the vantage that stands for all of them
BIN_S = 60
MERGE_BINS = int(PAUSE_S // BIN_S)
SUDDEN_S = 300.0
REACH_S = 7200.0  # a fault that began longer before an outage did not cause it, unless it still acts


@dataclass(frozen=True, slots=True)
class Episode:
    """One outage. Times are UTC seconds on bin edges; ``fault`` is None when none acted (bad luck, a bad day)."""

    start: float
    end: float
    fault: Fault | None

    onset: float = float("nan")  # when that fault began

    @property
    def hard(self) -> bool:
        """Whether nothing announced it: a cut, a fault that broke builds within five minutes, or mere bad luck."""
        return self.fault is None or self.fault.hard or self.start - self.onset < SUDDEN_S


def truth_events(trace: Trace) -> EventBatch:
    """The jobs as they really ended, each for its own vantage and once more for :data:`ALL`."""
    world = trace.world
    pool = trace.job("pool").astype(np.int64)
    broken = (trace.job("cause") > 0) | (trace.job("hung") > 0)
    own = (trace.job("own") > 0) & ~broken
    outcome = np.select([own, broken], [int(Outcome.USER_ERROR), int(Outcome.FAILED)], int(Outcome.OK))
    kept = np.flatnonzero((trace.job("fetches") > 0) & (trace.job("end") < world.duration))
    strings = ("", world.upstream.name, ALL, *(f"{each.name}" for each in world.pools))
    parts = [
        EventBatch.of(
            len(kept),
            strings,
            time=world.epoch + trace.job("end")[kept],
            kind=Kind.JOB,
            vantage=vantage[kept],
            upstream=1,
            outcome=outcome[kept],
        )
        for vantage in (np.full(len(pool), 2), 3 + pool)
    ]
    return EventBatch.concat(parts)


def episodes(trace: Trace, rule: Rule = DEFAULT_RULE) -> dict[str, list[Episode]]:
    """Vantage (and :data:`ALL`) -> its outages by ``rule``, oldest first."""
    world = trace.world
    bins = rollup(truth_events(trace), BIN_S)
    mask = outage_mask(bins, rule)
    found: dict[str, list[Episode]] = {name: [] for name in (ALL, *(pool.name for pool in world.pools))}
    for column, (vantage, _) in enumerate(bins.keys):
        index = next((place for place, pool in enumerate(world.pools) if pool.name == vantage), -1)
        for begin, end in outages(mask[:, column], MERGE_BINS):
            start = (bins.first + begin) * BIN_S
            fault = _behind(trace, start - world.epoch, index)
            onset = world.epoch + fault.start if fault else float("nan")
            found[vantage].append(Episode(float(start), float((bins.first + end) * BIN_S), fault, onset))
    return found


def _behind(trace: Trace, start: float, pool: int) -> Fault | None:
    """The fault that began last before the outage and does harm."""
    found = [
        fault
        for fault in trace.world.faults
        if start - REACH_S <= fault.start <= start + 60.0 and (not fault.pools or pool < 0 or pool in fault.pools)
    ]
    return max(found, key=lambda fault: (not fault.benign, fault.start), default=None)


def describe(trace: Trace, rule: Rule = DEFAULT_RULE) -> dict[str, Any]:
    """The truth of a world as JSON-ready values."""
    epoch = trace.world.epoch
    return {
        "name": trace.world.name,
        "world": trace.world.label,
        "seed": trace.world.seed,
        "start": rfc3339(epoch),
        "end": rfc3339(epoch + trace.world.duration),
        "upstream": trace.world.upstream.name,
        "rule": {"limit": rule.limit, "bins": rule.bins, "bin_s": BIN_S},
        "faults": [
            {
                "kind": fault.kind,
                "cause": fault.cause.name.lower(),
                "onset": rfc3339(epoch + fault.start),
                "hard": fault.hard,
                "benign": fault.benign,
            }
            for fault in trace.world.faults
        ],
        "outages": [
            {
                "start": rfc3339(episode.start),
                "end": rfc3339(episode.end),
                "kind": episode.fault.kind if episode.fault else "",
                "cause": episode.fault.cause.name.lower() if episode.fault else "none",
                "hard": episode.hard,
            }
            for episode in episodes(trace, rule)[ALL]
        ],
    }
