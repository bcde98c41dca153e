"""What the model keeps of its recall on kinds of faults, or on upstreams, that it was never shown.

For every fold the model is fitted, calibrated and frozen again without it, and judged on its test histories beside
the same fit of everything, on the very same histories. Both sides are fits of their own with the same settings: a
smaller fit than the shipped model is fair as long as it is the same one on both sides. The ratio of both recalls is
what is kept; its interval is a bootstrap over whole histories, paired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from predictor.forecast.artifact import Artifact
from training.dataset.records import Dataset, Record
from training.judge.comparison import Ground
from training.judge.folds import Fold, Folds
from training.judge.lstm import Network
from training.judge.matching import Catch, History
from training.judge.measure import Judged, judge, recall
from training.judge.methods import HEADLINE
from training.judge.probability import average_precision
from training.judge.resampling import Counts, draws, interval, ratio_draws

LEAD_MIN = 5
KEPT = 2 / 3  # the least share of recall that a model must keep on what it was never shown
NONE = float("nan")

Refit = Callable[[str, Dataset, Dataset], Artifact]  # name of the fold, training and validation part


@dataclass(frozen=True, slots=True)
class Tally:
    """Degrading outages of a fold in one history, how many were foreseen 5 minutes ahead, and at what cost."""

    history: str
    outages: int
    seen: int
    held: int
    false_seen: int = 0  # false warnings
    false_held: int = 0
    weeks: float = 0.0  # natural upstream-weeks


def hold_out(ground: Ground, folds: Folds, seen: Artifact, refit: Refit) -> dict[str, Any]:
    """Figures of every fold on every world, and of all folds of a world; JSON-ready but for NaN.

    Args:
        ground: the data that the folds were made of.
        folds: what is held out in turn.
        seen: the model that was fitted on everything, with the settings of ``refit``.
        refit: fits, calibrates and freezes the model on the two parts that a fold leaves.
    """
    found: dict[str, dict[str, Any]] = {world: {} for world in ground.tests}
    tallies: dict[str, list[Tally]] = {world: [] for world in ground.tests}
    for fold in folds.folds:
        held = refit(fold.name, fold.train, fold.validation)
        for world, data in fold.tests.items():
            pair = [_judged(data.records, each, ground.seed) for each in (seen, held)]
            counted = _tallies(fold, *pair)
            tallies[world] += counted
            found[world][fold.name] = {
                **_both(fold, *pair),
                **kept(counted, ground.seed),
                "rows_to_fit": fold.train.rows,
            }
    return {
        "by": folds.by,
        "least_kept": KEPT,
        "left_out": {why: list(names) for why, names in folds.left_out.items()},
        "worlds": {
            world: {"pooled": kept(tallies[world], ground.seed), "folds": each} for world, each in found.items() if each
        },
    }


def kept(tallies: Sequence[Tally], seed: int = 0) -> dict[str, Any]:
    """Recall of both sides and the share of it that is kept, over the outages of one fold or of many.

    A history counts once in the bootstrap, whatever number of folds it is in.
    """
    together: dict[str, Counts] = {}
    for each in tallies:
        together[each.history] = together.get(each.history, 0) + np.array([each.outages, each.seen, each.held])
    columns = np.array(list(together.values()), np.int64).reshape(-1, 3)
    outages, seen, held = columns.sum(axis=0).tolist()
    drawn = draws(len(together), seed)
    weeks = sum(each.weeks for each in tallies)
    return {
        "outages_degrading": outages,
        "caught_seen": seen,
        "caught_held_out": held,
        "recall_5m_seen": _share(seen, outages),
        "recall_5m_held_out": _share(held, outages),
        "ratio": _share(held, seen),
        "ratio_ci95": interval(ratio_draws(drawn, columns[:, 2].tolist(), columns[:, 1].tolist())),
        "false_per_natural_week_seen": _share(sum(each.false_seen for each in tallies), weeks),
        "false_per_natural_week_held_out": _share(sum(each.false_held for each in tallies), weeks),
    }


def _share(part: float, whole: float) -> float:
    return part / whole if whole else NONE


def _judged(records: Sequence[Record], artifact: Artifact, seed: int) -> Judged:
    risks = [each[:, HEADLINE] for each in Network(artifact).horizons(records)]
    return judge(records, risks, artifact.manifest.thresholds[HEADLINE], seed)


def _tallies(fold: Fold, seen: Judged, held: Judged) -> list[Tally]:
    return [
        Tally(
            one.group,
            len(_degrading(fold, one)),
            _caught(fold, one),
            _caught(fold, other),
            one.false,
            other.false,
            one.natural_days / 7,
        )
        for one, other in zip(seen.histories, held.histories, strict=True)
    ]


def _degrading(fold: Fold, history: History) -> list[Catch]:
    return [each for each in history.catches if each.degrading and fold.counts(each.event)]


def _caught(fold: Fold, history: History) -> int:
    return sum(each.lead_s >= LEAD_MIN * 60 for each in _degrading(fold, history))


def _both(fold: Fold, seen: Judged, held: Judged) -> dict[str, Any]:
    """What is said of both sides beside recall of degrading outages."""
    return {
        "histories": len(seen.histories),
        "outages": len(_outages(fold, seen.histories)),
        "seen": _side(fold, seen),
        "held_out": _side(fold, held),
        "pr_auc_lost_ci95": interval(seen.areas - held.areas),
    }


def _side(fold: Fold, judged: Judged) -> Mapping[str, float]:
    return {
        "threshold": judged.threshold,
        "recall_all": recall(_outages(fold, judged.histories), 2),
        "pr_auc": average_precision(judged.rows.label, judged.rows.risk),
    }


def _outages(fold: Fold, histories: Iterable[History]) -> list[Catch]:
    return [each for one in histories for each in one.catches if fold.counts(each.event)]
