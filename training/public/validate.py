"""Choices made inside the training part, by time: what comes later judges what was fitted on what came before.

Nothing is chosen on the test part. A history in which nothing can be forecast shows itself here: forecasts for
the held-back stretches are then no better than the base rate, and the base rate is what is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.public.task import PublicTask, labels

FOLDS = ((0.5, 0.75), (0.75, 1.0))  # fitted on the first share of the training part, judged up to the second
DAY_S = 86400
Double = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Fold:
    """Labels (N, G, K) to fit on, those to judge by, and ``until`` (N,): seconds at which the fit takes place."""

    until: npt.NDArray[np.int64]
    fitted: npt.NDArray[np.float32]
    judged: npt.NDArray[np.float32]


def folds(task: PublicTask) -> Iterator[Fold]:
    """Forward folds; a row is judged only if its whole horizon lies after the fit and before the fold's end."""
    span = task.split - task.start
    for share, end in FOLDS:
        until = (task.start + span * share).astype(np.int64)
        judged = labels(task, (task.start + span * end).astype(np.int64))
        judged[task.seconds[None, :] < until[:, None]] = np.nan
        yield Fold(until, labels(task, until), judged)


@dataclass(frozen=True)
class Verdict:
    """How forecasts of held-back rows did against the base rate known at the time."""

    skill: float  # Brier skill
    strength: float  # gain in squared error over its standard error, by blocks of one series and day
    log_loss: float


def verdict(task: PublicTask, risk: Sequence[Double], parts: Sequence[Fold], k: int) -> Verdict:
    """Judge risks (N, G), one array per fold, for horizon ``k``."""
    gains, costs, references, losses, rows = [], 0.0, 0.0, 0.0, 0
    day = task.seconds // DAY_S
    for part, block in zip(parts, risk, strict=True):
        base = constant_rate(part.fitted, k)
        series, at = np.nonzero(np.isfinite(part.judged[:, :, k]))
        y, p = part.judged[series, at, k].astype(np.float64), np.clip(block[series, at], 1e-9, 1 - 1e-9)
        gain = (base - y) ** 2 - (p - y) ** 2
        _, block_of = np.unique(series * 1_000_000 + day[at] - day[0], return_inverse=True)
        gains.append(np.bincount(block_of, gain))
        costs, references = costs + float(((p - y) ** 2).sum()), references + float(((base - y) ** 2).sum())
        losses -= float(np.where(y > 0, np.log(p), np.log1p(-p)).sum())
        rows += len(y)
    every = np.concatenate(gains)
    error = float(np.sqrt((every**2).sum()))
    return Verdict(
        skill=1 - costs / references if references else 0.0,
        strength=float(every.sum()) / error if error else 0.0,
        log_loss=losses / max(rows, 1),
    )


def constant_rate(fitted: npt.NDArray[np.float32], k: int) -> float:
    """Share of positives among the known labels of horizon ``k``; half a positive where there is none."""
    known = np.isfinite(fitted[:, :, k])
    return (float(np.nansum(fitted[:, :, k])) + 0.5) / (float(known.sum()) + 1)
