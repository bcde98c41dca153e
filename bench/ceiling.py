"""How far the logs of the simulator lie below the truth: what nobody who reads logs can know costs so much.

    python bench/ceiling.py                           4,000 narrow worlds, simulated now (fewer understate both)
    python bench/ceiling.py --spread wide             ... wide ones
    python bench/ceiling.py --from build/sim ...      short worlds of datasets of ``fetchcast dataset --from-sim``

Gradient boosting is fitted twice, as ``fetchcast train`` fits it as a baseline: on the features of the logs, and on
these with the present of the fault itself beside them (its kind, whether it is benign, strength, severity now and
five minutes ago, age), which only the simulator knows. Neither sees the future. Split by time, judged on the last part.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.dataset.records import Dataset, Record, merge
from training.dataset.simulated import build
from training.judge.comparison import Ground, frozen
from training.judge.measure import figures, judge
from training.judge.methods import Method, baselines
from training.simulator.draw import draw_world
from training.simulator.spread import SPREADS, Spread
from training.simulator.trouble import BENIGN, DEGRADING, HARD
from training.simulator.world import TICK_S, World
from training.split import by_time

KINDS = {kind: float(code) for code, kind in enumerate((*DEGRADING, *HARD, *BENIGN))}
TRUTH = ("kind", "benign", "strength", "severity", "growth", "acting", "age_min")
BY_NAME = {spread.short: spread for spread in SPREADS.values()}
AGO = int(300 / TICK_S)  # ticks of five minutes
COLUMNS = {
    "recall_5m": "recall >= 5 min",
    "median_lead_min": "lead, min",
    "false_per_natural_week": "false per week",
    "pr_auc": "PR-AUC",
    "brier_skill": "Brier skill",
}


def present(world: World, ends: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """What is true of the strongest fault at the end of each bin, (T, len(TRUTH)); -1 as kind where none acts."""
    seconds = ends - world.epoch
    found = np.zeros((len(ends), len(TRUTH)), np.float32)
    found[:, 0] = -1.0
    for fault in world.faults:
        tick = np.clip((seconds / TICK_S).astype(int) - 1, 0, len(fault.severity) - 1)
        now, past = fault.severity[tick], fault.severity[np.maximum(tick - AGO, 0)]
        strongest = now > found[:, 3]
        columns = np.stack(
            [
                np.full(len(ends), KINDS[fault.kind]),
                np.full(len(ends), float(fault.benign)),
                np.full(len(ends), fault.strength),
                now,
                now - past,
                now * fault.strength,
                (seconds - fault.start) / 60.0,
            ],
            axis=1,
        )
        found[strongest] = columns[strongest]
    return found


def again(group: str) -> World:
    """The world of a history, by its name."""
    short, _, seed = group.rpartition("-")
    return draw_world(int(seed), spread=BY_NAME[short])


def with_truth(data: Dataset) -> Dataset:
    """The dataset with what is true beside what the logs show."""
    drawn = lru_cache(maxsize=None)(again)
    records = tuple(
        replace(each, inputs=np.concatenate([each.inputs, present(drawn(each.group), each.ends)], axis=1))
        for each in data
    )
    return Dataset((*data.features, *(f"true_{name}" for name in TRUTH)), records, data.about)


def short_worlds(folders: Sequence[Path], seeds: range, spread: Spread) -> Dataset:
    """The short worlds of datasets, or new ones of a spread."""
    data = merge([Dataset.load(folder) for folder in folders]) if folders else build(seeds, [], 0.0, spread=spread)
    return data.pick([each for each in data if each.group.rpartition("-")[0] in BY_NAME])


def judged(data: Dataset) -> dict[str, float]:
    """Figures of gradient boosting on the last part of a dataset."""
    split = by_time(data)
    method: Method = baselines()[-1]
    ground = Ground(split.train, split.valid, {"test": split.test})
    threshold = frozen(method, ground)
    records: Sequence[Record] = split.test.records
    base = float(ground.validation.sequences().base_rate()[1])
    found = figures(judge(records, method.risks(records), threshold), base)
    return {name: float(found[name]) for name in ("outages", "outages_degrading", *COLUMNS)}


def main() -> None:
    """Print both lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="folders", type=Path, nargs="*", default=[])
    parser.add_argument("--worlds", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=500_000)
    parser.add_argument("--spread", choices=SPREADS, default="narrow")
    arguments = parser.parse_args()
    seeds = range(arguments.seed, arguments.seed + arguments.worlds)
    data = short_worlds(arguments.folders, seeds, SPREADS[arguments.spread])
    if not len(data):
        sys.exit("no short world in there")
    print(f"{'gradient boosting on':34}" + "".join(f"{name:>17}" for name in COLUMNS.values()))
    for name, part in (("what the logs show", data), ("... and the present of the fault", with_truth(data))):
        found = judged(part)
        print(f"{name:34}" + "".join(f"{found[column]:17.3f}" for column in COLUMNS), flush=True)
    print(f"{found['outages']:.0f} outages, {found['outages_degrading']:.0f} of them degrading")


if __name__ == "__main__":
    main()
