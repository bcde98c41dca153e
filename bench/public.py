"""Scores of ``fetchcast backtest`` on public histories, with baselines beside them and paired intervals.

    python bench/public.py ../shared/bench            # every folder with input.npz and truth.npz

Columns: PR-AUC, Brier skill against the training base rate, recall with at least a third of the horizon of lead
at no more than one false alarm per series and day, and the 95 % interval of the gain in PR-AUC and Brier skill
over each baseline (bootstrap over blocks of one series and day, both models on the same draw). Where incidents can be
observed the baselines of this file are fitted again as often as our model is.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from training.public.backtest import HEAD, backtest, stages
from training.public.inputs import build, fixed
from training.public.task import PublicTask, labels, load, windows
from training.public.validate import constant_rate

Double = npt.NDArray[np.float64]
Labels = npt.NDArray[np.float32]
LIMIT = 1.0  # false alarms per series and day
DRAWS = 200
SLOT_S = 900


def average_precision(y: npt.NDArray[np.bool_], p: Double) -> float:
    """Area under the precision-recall curve as a sum of steps; ties count as one step."""
    order = np.argsort(-p, kind="stable")
    last = np.r_[np.flatnonzero(np.diff(p[order])), len(p) - 1]
    hits = np.cumsum(y[order])[last]
    recall = hits / max(hits[-1], 1)
    return float(np.sum(np.diff(np.r_[0.0, recall]) * hits / (last + 1)))


def brier_skill(y: npt.NDArray[np.bool_], p: Double, base: float) -> float:
    """1 - squared error over that of the base rate."""
    return float(1 - np.mean((p - y) ** 2) / np.mean((base - y) ** 2))


def alarms(t: npt.NDArray[np.int64], p: Double, level: float, horizon: int) -> list[int]:
    """Times at which an alarm is issued: above the level, and none issued within the horizon before."""
    issued: list[int] = []
    for at in t[p >= level].tolist():
        if not issued or at >= issued[-1] + horizon:
            issued.append(at)
    return issued


class Truth:
    """The scored rows of a history and its test incidents."""

    def __init__(self, task: PublicTask, incidents: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> None:
        self.task = task
        starts, busy = windows(task, task.horizon, incidents)
        last = ends[:, None] - task.horizon
        self.rows = task.have & ~busy & (task.seconds >= task.split[:, None]) & (task.seconds < last)
        self.series, at = np.nonzero(self.rows)
        self.t, self.y = task.seconds[at], starts[self.rows]
        self.base = constant_rate(labels(task, task.split), 1)
        self.onsets = []
        for i in range(len(task.ids)):
            onset = np.sort(incidents[incidents[:, 0] == i, 1])
            self.onsets.append(onset[(onset > task.split[i]) & (onset < ends[i])])
        self.days = len(self.t) * task.step / 86400

    def recall(self, p: Double) -> float:
        """Best share of incidents warned of at least a third of the horizon ahead, within LIMIT false alarms."""
        best, found = -1, 0.0
        for level in np.unique(np.r_[np.quantile(p, 1 - np.logspace(-5, -1, 60)), p.max()]):
            caught, early, false = self._alarmed(p, float(level))
            if false <= LIMIT * self.days and caught > best:
                best, found = caught, early / max(1, sum(len(row) for row in self.onsets))
        return found

    def _alarmed(self, p: Double, level: float) -> tuple[int, int, int]:
        caught = early = false = 0
        horizon = self.task.horizon
        for i, onsets in enumerate(self.onsets):
            mine = self.series == i
            issued = np.array(alarms(self.t[mine], p[mine], level, horizon), dtype=np.int64)
            ahead = onsets[:, None] - issued[None, :] if len(issued) else np.zeros((len(onsets), 0))
            true = (ahead > 0) & (ahead <= horizon)
            caught += int(true.any(axis=1).sum())
            early += int((true & (ahead >= horizon // 3)).any(axis=1).sum())
            false += len(issued) - int(true.any(axis=0).sum())
        return caught, early, false

    def gain(self, ours: Double, other: Double) -> tuple[Double, Double]:
        """95 % intervals of the gain in PR-AUC and in Brier skill, paired."""
        _, block = np.unique(self.series * 1_000_000 + self.t // 86400 - self.t.min() // 86400, return_inverse=True)
        members = np.split(np.argsort(block, kind="stable"), np.cumsum(np.bincount(block))[:-1])
        rng = np.random.default_rng(0)
        draws = []
        for _ in range(DRAWS):
            rows = np.concatenate([members[k] for k in rng.integers(0, len(members), len(members))])
            y = self.y[rows]
            if y.any():
                draws.append(
                    [
                        average_precision(y, ours[rows]) - average_precision(y, other[rows]),
                        brier_skill(y, ours[rows], self.base) - brier_skill(y, other[rows], self.base),
                    ]
                )
        low_high = np.percentile(np.array(draws), [2.5, 97.5], axis=0)
        return low_high[:, 0], low_high[:, 1]


def logistic_regression(task: PublicTask, label: Labels) -> Double:
    """(N, G): one logistic regression on all inputs of the newest row, on the fleet's pooled known rows."""
    view = build(task, task.split, fixed(task))
    known = np.isfinite(label)
    scaler = StandardScaler().fit(np.nan_to_num(view.values[known]))
    fitted = LogisticRegression(C=0.01, max_iter=300).fit(
        scaler.transform(np.nan_to_num(view.values[known])), label[known] > 0
    )
    flat = np.nan_to_num(view.values.reshape(-1, view.values.shape[2]))
    return np.asarray(fitted.predict_proba(scaler.transform(flat))[:, 1].reshape(task.have.shape))


def time_of_day(task: PublicTask, label: Labels) -> Double:
    """(N, G): share of positives per series and 15-minute slot, drawn to the series' rate by three days of rows."""
    slot, slots = (task.seconds % 86400) // SLOT_S, 86400 // SLOT_S
    pseudo = 3 * max(1, SLOT_S // task.step)
    pooled, out = constant_rate(label[:, :, None], 0), np.zeros(task.have.shape)
    for i in range(len(task.ids)):
        known = np.isfinite(label[i])
        seen = np.bincount(slot[known], minlength=slots).astype(float)
        hits = np.bincount(slot[known], weights=label[i][known], minlength=slots)
        rate = (hits.sum() + 0.5) / (seen.sum() + 0.5 / pooled)
        near = [row + 0.5 * (np.roll(row, 1) + np.roll(row, -1)) for row in (hits, seen)]
        out[i] = ((near[0] + pseudo * rate) / (near[1] + pseudo))[slot]
    return out


def base_rate(task: PublicTask, label: Labels) -> Double:
    """(N, G): the base rate."""
    return np.full(task.have.shape, constant_rate(label[:, :, None], 0))


def series_rate(task: PublicTask, label: Labels) -> Double:
    """(N, G): every series' own rate."""
    pooled = constant_rate(label[:, :, None], 0)
    own = (np.nansum(label, axis=1) + 0.5) / (np.isfinite(label).sum(axis=1) + 0.5 / pooled)
    return np.repeat(own[:, None], task.have.shape[1], axis=1)


#: From the labels known at a fit, (N, G) of the horizon that is asked for.
BASELINES: dict[str, Callable[[PublicTask, Labels], Double]] = {
    "base rate": base_rate,
    "rate per series": series_rate,
    "time of day x series": time_of_day,
    "logistic regression, same inputs": logistic_regression,
}


def fitted_again(task: PublicTask, model: Callable[[PublicTask, Labels], Double]) -> Double:
    """(N, G): a baseline that is fitted whenever our own model is."""
    out = np.full(task.have.shape, np.nan)
    for known, rows in stages(task):
        out[rows] = model(task, known[:, :, HEAD])[rows]
    return out


def given(path: Path, truth: Truth) -> Double:
    """Forecasts of an npz file (t, s, p) at the scored rows."""
    with np.load(path) as file:
        grid = np.full(truth.task.have.shape, truth.base)
        at = np.rint((file["t"] - truth.task.start) / truth.task.step).astype(int)
        grid[file["s"], at] = file["p"]
    return np.asarray(grid[truth.rows])


def report(folder: Path, extra: Path | None) -> None:
    """Print the table of one history; files ``<task>.<name>.npz`` in ``extra`` are scored as baselines too."""
    task = load(folder)
    with np.load(folder / "truth.npz") as file:
        truth = Truth(task, file["inc"].astype(np.int64), file["end"].astype(np.int64))
    began = time.perf_counter(), time.process_time()
    answer = backtest(task)
    spent = time.perf_counter() - began[0], time.process_time() - began[1]
    grid = np.full(task.have.shape, truth.base)
    for i in range(len(task.ids)):
        grid[i, task.rows(i)[task.times[i] >= task.split[i]]] = answer.p[answer.s == i]
    ours = grid[truth.rows]
    others = {name: fitted_again(task, model)[truth.rows] for name, model in BASELINES.items()}
    for path in sorted(extra.glob(f"{folder.name}.*.npz")) if extra else []:
        others[path.stem.partition(".")[2]] = given(path, truth)
    print(
        f"\n{folder.name}: {len(truth.y)} rows, {int(truth.y.sum())} positive; {spent[0]:.0f} s, {spent[1]:.0f} CPU s"
    )
    print(f"  chosen on the training part: {answer.report}")
    print(f"  {'model':34s} PR-AUC   BSS   recall   ours minus this, 95 %: PR-AUC, BSS")
    for name, p in {"hazard LSTM (fetchcast backtest)": ours, **others}.items():
        line = f"  {name:34s} {average_precision(truth.y, p):.4f} {brier_skill(truth.y, p, truth.base):+.4f}"
        line += f"  {truth.recall(p):.3f}"
        if p is not ours:
            precision, skill = truth.gain(ours, p)
            line += f"   [{precision[0]:+.3f}, {precision[1]:+.3f}]  [{skill[0]:+.3f}, {skill[1]:+.3f}]"
        print(line, flush=True)


def main() -> None:
    """Every history below the given folder."""
    import torch
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of folders with input.npz and truth.npz")
    parser.add_argument("--baselines", type=Path, help="folder with further forecasts <task>.<name>.npz")
    arguments = parser.parse_args()
    found = sorted(path.parent for path in arguments.folder.glob("*/truth.npz"))
    if not found:
        sys.exit(f"{arguments.folder}: no folder with truth.npz")
    torch.set_num_threads(1)
    with threadpool_limits(1):
        for folder in found:
            report(folder, arguments.baselines)


if __name__ == "__main__":
    main()
