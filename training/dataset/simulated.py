"""Records from simulated worlds: what their logs show is the input, what their jobs lived through the label."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from predictor.features import FEATURES, Features
from predictor.outage import DEFAULT_RULE, Rule
from predictor.series import rollup
from training.dataset.label import Event
from training.dataset.precursor import with_signs
from training.dataset.records import Dataset, Record, kinds_of_logs, record
from training.simulator.draw import draw_world
from training.simulator.engine import Trace, play
from training.simulator.observe import observe
from training.simulator.spread import WIDE, Spread
from training.simulator.truth import ALL, Episode, episodes
from training.simulator.world import World

BIN_S = 60
LEAST_ROWS = 30  # shorter series teach nothing
LONG_DAYS = 5.0  # of the long worlds that the commands build


def build(
    short: Iterable[int],
    long: Iterable[int],
    days: float,
    done: Callable[[World], None] = lambda _: None,
    spread: Spread = WIDE,
) -> Dataset:
    """A dataset of short worlds and of worlds of ``days`` days, by their seeds; ``done`` is told of each."""
    records: list[Record] = []
    seeds = [(seed, 0.0) for seed in short] + [(seed, days) for seed in long]
    for seed, length in seeds:
        trace = play(draw_world(seed, length, spread))
        records.extend(records_of(trace))
        done(trace.world)
    about = {"source": "simulation", "worlds": len(seeds), "bin_s": BIN_S, "rule": _rule()}
    return Dataset(FEATURES, tuple(records), about)


def records_of(trace: Trace, rule: Rule = DEFAULT_RULE) -> Iterator[Record]:
    """One record per series that the logs of the world show, labelled by the jobs of its vantage."""
    world = trace.world
    batch = observe(trace)
    bins = rollup(batch, BIN_S)
    if not len(bins) or not bins.keys:
        return
    inputs, states = Features(BIN_S).run(bins)
    counts, _, _ = bins.dense()
    ends = np.asarray((bins.first + 1.0 + np.arange(len(bins))) * BIN_S, np.float64)
    found = episodes(trace, rule)
    kind, faults = _kinds(world)
    logs = kinds_of_logs(batch)
    for place, key in enumerate(bins.keys):
        heard = np.flatnonzero(states[:, place] != 2)
        if not len(heard) or len(ends) - heard[0] < LEAST_ROWS:
            continue
        rows = (ends[heard[0] :], inputs[heard[0] :, place], states[heard[0] :, place])
        outages = [_event(each) for each in _lived_through(world, key[0], found)]
        events = with_signs(outages, counts[:, place], ends)
        yield replace(record(world.name, world.label, kind, key, rows, events, faults=faults), logs=logs)


def _kinds(world: World) -> tuple[str, tuple[str, ...]]:
    """(kind of the world, kinds of its faults that do harm)."""
    harmful = tuple(dict.fromkeys(fault.kind for fault in world.faults if not fault.benign))
    if harmful:
        return harmful[0], harmful
    return f"benign:{world.faults[0].kind}" if world.faults else "quiet", ()


def _lived_through(world: World, vantage: str, found: Mapping[str, list[Episode]]) -> list[Episode]:
    """The outages of a vantage; where no fault keeps vantages apart, those of all jobs: there are more of them."""
    apart = any(fault.pools for fault in world.faults)
    return found[vantage if apart and vantage in found else ALL]


def _event(episode: Episode) -> Event:
    fault = episode.fault
    if fault is None:
        return Event(episode.start, episode.end, hard=True)
    return Event(episode.start, episode.end, fault.kind, fault.cause.name.lower(), episode.hard, episode.onset)


def _rule() -> dict[str, float]:
    rule = DEFAULT_RULE
    return {"limit": rule.limit, "bins": rule.bins, "fetches_per_build": rule.fetches_per_build}
