"""The simulator beside recordings: the same statistics of both, read from their events by the same code.

What is compared is what a forecaster lives on: how many faults break builds at all, how many outages come at once and
how many the logs announce, how a small failing share breaks builds (amplification), how slow fetches get before an
outage, how long a fault acts before builds break, and how dense the logs are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.events import EventBatch
from predictor.series import COLUMNS, INDEX, rollup
from training.dataset.label import Event
from training.dataset.logs import folders, read_events, read_told
from training.dataset.precursor import WARNABLE_S, with_signs
from training.simulator.draw import draw_world
from training.simulator.engine import play
from training.simulator.observe import observe
from training.simulator.spread import SPREADS, Spread
from training.simulator.truth import ALL, episodes

Doubles = npt.NDArray[np.float64]

BENIGN = "benign:"  # how the kind of a history begins in which nothing was meant to break builds
WINDOW = 5  # bins over which shares are taken
SHARES = ((0.0, 0.002), (0.002, 0.01), (0.01, 0.03), (0.03, 0.1), (0.1, 1.01))


@dataclass(frozen=True)
class History:
    """Events of one history with its outages."""

    batch: EventBatch
    events: Sequence[Event]
    kind: str


def fit_table(recordings: Path, seeds: Sequence[int]) -> dict[str, Any]:
    """Statistics of the recordings below ``recordings`` and of short simulated worlds of both spreads, side by side.

    Raises:
        InputError: there is no such folder.
    """
    real = []
    for folder in folders(recordings):
        told = read_told(folder)
        real.append(History(read_events(folder), told.events, told.kind))
    made = {name: statistics(_played(seeds, spread)) for name, spread in SPREADS.items()}
    return {"recordings": statistics(real), **made}


def _played(seeds: Sequence[int], spread: Spread) -> list[History]:
    """The worlds of a spread that have a proxy and show jobs, as all recordings do."""
    found = []
    for seed in seeds:
        trace = play(draw_world(seed, spread=spread))
        if trace.world.logged.jobs and trace.world.proxy is not None:
            events = [Event(e.start, e.end, hard=e.hard, onset=e.onset) for e in episodes(trace)[ALL]]
            meant = any(not fault.benign for fault in trace.world.faults)
            found.append(History(observe(trace), events, "fault" if meant else f"{BENIGN}simulated"))
    return found


def statistics(histories: Sequence[History]) -> dict[str, Any]:
    """What is compared, from events and outages alone; medians with quartiles where there are many."""
    shares = list(chain.from_iterable(map(_shares, histories)))
    table: dict[str, Any] = {
        "histories": len(histories),
        "fetches per minute": _spread(_of_all(partial(_per_minute, name="ok"), histories)),
        "jobs per minute": _spread(_of_all(partial(_per_minute, name="jobs"), histories)),
        "minutes from onset to outage, degrading": _spread(_of_all(_warning, histories)),
        "histories of a fault that broke builds": _share(_of_all(_broke, histories)),
        "outages that came at once": _share(_of_all(_at_once, histories)),
        "outages that the logs showed 10 minutes before": _share(_of_all(_announced, histories)),
        "latency growth in the 5 bins before an outage": _spread(_of_all(_growth, histories)),
    }
    for low, high in SHARES:
        broken = [jobs for share, jobs in shares if low <= share < high]
        table[f"jobs broken at a failing share of {low:.1%} to {min(high, 1.0):.1%}"] = _spread(broken)
    return table


def text_table(table: dict[str, Any]) -> str:
    """The comparison for people: median (quartiles; how many)."""
    sides, names = list(table), list(table["recordings"])
    width = max(map(len, names))
    lines = [f"{'':{width}}" + "".join(f"  {side:>26}" for side in sides)]
    lines += [f"{name:{width}}" + "".join(f"  {_said(table[side][name]):>26}" for side in sides) for name in names]
    return "\n".join(lines)


def _said(value: Any) -> str:
    if isinstance(value, int):
        return str(value)
    if value["count"] == 0:
        return "-"
    if "share" in value:
        return f"{value['share']:.0%} of {value['count']}"
    return f"{value['median']:.3g} ({value['low']:.3g} .. {value['high']:.3g}; {value['count']})"


def _spread(values: Sequence[float]) -> dict[str, float]:
    finite = np.array([value for value in values if np.isfinite(value)])
    if not len(finite):
        return {"count": 0, "median": 0.0, "low": 0.0, "high": 0.0}
    low, median, high = np.percentile(finite, [25, 50, 75]).tolist()
    return {"count": len(finite), "median": median, "low": low, "high": high}


def _share(truths: Sequence[float]) -> dict[str, float]:
    return {"count": len(truths), "share": sum(truths) / max(1, len(truths))}


def _columns(history: History) -> tuple[Doubles, int]:
    """Counts (T, C) over all series of a history, and the number of its first bin."""
    bins = rollup(history.batch)
    counts = np.zeros((max(1, len(bins)), len(COLUMNS)))
    np.add.at(counts, bins.bin - bins.first, bins.counts)
    return counts, bins.first


def _of_all(what: Callable[[History], list[float]], histories: Sequence[History]) -> list[float]:
    """What each history gives, in one list."""
    return list(chain.from_iterable(map(what, histories)))


def _per_minute(history: History, name: str) -> list[float]:
    counts, _ = _columns(history)
    return [float(counts[:, INDEX[name]].mean())]


def _warning(history: History) -> list[float]:
    """Minutes from onset to outage of each outage that did not come at once."""
    return [(e.start - e.onset) / 60.0 for e in history.events if e.start >= e.onset and not e.hard]


def _broke(history: History) -> list[float]:
    """Whether a fault that was meant to break builds did; nothing of a benign history."""
    return [] if history.kind.startswith(BENIGN) else [float(bool(history.events))]


def _at_once(history: History) -> list[float]:
    return [float(event.hard) for event in history.events]


def _announced(history: History) -> list[float]:
    """Whether the logs showed each outage long enough before it for anybody to warn of it."""
    counts, first = _columns(history)
    ends = (first + 1.0 + np.arange(len(counts))) * 60.0
    events = with_signs(history.events, counts.astype(np.float32), np.asarray(ends, np.float64))
    return [float(not event.hard and event.start - event.shown >= WARNABLE_S) for event in events]


def _shares(history: History) -> list[tuple[float, float]]:
    """(failing share of the fetches that no cache answered, share of jobs broken) of each window with jobs."""
    counts, _ = _columns(history)
    whole = counts[: len(counts) // WINDOW * WINDOW].reshape(-1, WINDOW, counts.shape[1]).sum(axis=1)
    bad = whole[:, INDEX["failed"]] + whole[:, INDEX["hung"]]
    asked, jobs = np.maximum(whole[:, INDEX["uncached"]], bad), whole[:, INDEX["jobs"]]
    known = (asked >= 20) & (jobs >= 3)
    pairs = zip(bad[known] / asked[known], whole[known, INDEX["jobs_failed"]] / jobs[known], strict=True)
    return [(float(share), float(broken)) for share, broken in pairs]


def _growth(history: History) -> list[float]:
    """Mean latency of the 5 bins before each outage over that of the first 30 bins."""
    counts, first = _columns(history)
    seconds, timed = counts[:, INDEX["seconds"]], counts[:, INDEX["timed"]]
    quiet = seconds[:30].sum() / max(1.0, timed[:30].sum())
    found = []
    for event in history.events:
        at = int(event.start // 60) - first
        before = slice(max(0, at - WINDOW), max(0, at))
        if at > 30 and timed[before].sum() >= 10 and quiet > 0:
            found.append(float(seconds[before].sum() / timed[before].sum() / quiet))
    return found
