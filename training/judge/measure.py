"""One method on one world: thresholds from validation, figures with intervals, never pooled over worlds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.decide.policy import Policy
from training.dataset.records import Record
from training.judge.matching import Match, match
from training.judge.methods import HEADLINE, Floats
from training.judge.probability import average_precision, brier, reliability, skill

OUTAGE, UNKNOWN = 1, 2
STATES = ("ok", "outage", "unknown")
PRIOR_MIN = 20.0  # the service warns of no series that is younger
LEADS_MIN = (2, 5, 10, 12, 15, 20)
BUDGET = 0.2  # false warnings per upstream and week
BOOTSTRAP = 500


@dataclass(frozen=True)
class Judged:
    """What one method said of some records, and how it was met."""

    records: Sequence[Record]
    risks: Sequence[Floats]
    matches: Sequence[Match]
    threshold: float


def warnings_of(records: Sequence[Record], risks: Sequence[Floats], threshold: float) -> list[npt.NDArray[np.bool_]]:
    """Whether a warning is active after each bin, by the policy of the service; all records side by side."""
    policy = Policy(threshold)
    keys = [(str(i), "") for i in range(len(records))]
    longest = max(len(record.ends) for record in records)
    risk = np.full((longest, len(records)), np.nan)
    state = np.full((longest, len(records)), UNKNOWN)
    for i, record in enumerate(records):
        young = (record.ends - record.ends[0]) / 60 < PRIOR_MIN
        risk[: len(record.ends), i] = np.where(young, np.nan, risks[i])
        state[: len(record.ends), i] = record.state
    rows = [policy.step(keys, risk[at], [STATES[code] for code in state[at]]) for at in range(longest)]
    warning = np.stack(rows)
    return [warning[: len(record.ends), i] for i, record in enumerate(records)]


def judge(records: Sequence[Record], risks: Sequence[Floats], threshold: float) -> Judged:
    """Match a method's warnings with the outages of every record."""
    warnings = warnings_of(records, risks, threshold)
    matches = [
        match(record.ends, warning, record.state == OUTAGE, record.events)
        for record, warning in zip(records, warnings, strict=True)
    ]
    return Judged(records, risks, matches, threshold)


def frozen_threshold(records: Sequence[Record], risks: Sequence[Floats], budget: float = BUDGET) -> float:
    """The threshold with the best recall (lead of at least 5 min) among those within the budget of false warnings.

    Candidates are quantiles of the risks; of equal recall the one with fewer false warnings wins. Without any within
    the budget it is the highest candidate.
    """
    known = np.concatenate([risk[np.isfinite(risk)] for risk in risks])
    tails = 1 - np.logspace(-4.5, -0.7, 24)
    candidates = np.unique(np.quantile(known, tails))[::-1]
    best, chosen = (-1.0, 0.0), float(candidates[0])
    for candidate in candidates:
        judged = judge(records, risks, float(candidate))
        rate, recall = false_per_week(judged.matches), recall_at(judged.matches, 5)
        if rate <= budget and (recall, -rate) > best:
            best, chosen = (recall, -rate), float(candidate)
    return chosen


def figures(judged: Judged, reference: float, seed: int = 0) -> dict[str, Any]:
    """Every figure of one method on one world.

    Args:
        reference: base rate of the training part: the climatology that the Brier skill is against.
        seed: of the bootstrap.
    """
    label, risk = rows_of(judged.records, judged.risks)
    degrading, hard = split(judged.matches)
    leads = leads_min(degrading)
    said = reliability(label, risk)
    found: dict[str, Any] = {
        "threshold": judged.threshold,
        "rows": len(label),
        "base_rate": float(label.mean()) if len(label) else float("nan"),
        "pr_auc": average_precision(label, risk),
        "brier": brier(label, risk),
        "brier_skill": skill(label, risk, reference),
        "ece": said.ece,
        "outages_degrading": count(degrading),
        "outages_hard": count(hard),
        "recall_by_lead": {str(lead): recall_at(degrading, lead) for lead in LEADS_MIN},
        "recall_5m": recall_at(degrading, 5),
        "recall_5m_ci95": interval(degrading, lambda part: recall_at(part, 5), seed),
        "recall_5m_hard": recall_at(hard, 5),
        "precision": precision(judged.matches),
        "median_lead_min": float(np.median(leads)) if len(leads) else float("nan"),
        "p10_lead_min": float(np.percentile(leads, 10)) if len(leads) else float("nan"),
        "false_per_upstream_week": false_per_week(judged.matches),
        "false_ci95": interval(judged.matches, false_per_week, seed),
        "upstream_weeks": sum(each.days for each in judged.matches) / 7,
        "outage_seen_within_2_bins_hard": seen_within(hard, 120.0 + 1.0),
    }
    found["reliability"] = {"said": said.said.tolist(), "came": said.came.tolist(), "rows": said.rows.tolist()}
    return found


def rows_of(records: Sequence[Record], risks: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Labels and risks of all known rows, young series and outages left out."""
    labels, said = [], []
    for record, risk in zip(records, risks, strict=True):
        label = record.labels[:, HEADLINE].astype(np.float64)
        keep = np.isfinite(label) & np.isfinite(risk) & ((record.ends - record.ends[0]) / 60 >= PRIOR_MIN)
        keep &= record.state != OUTAGE
        labels.append(label[keep])
        said.append(risk[keep])
    return np.concatenate(labels), np.concatenate(said)


def split(matches: Sequence[Match]) -> tuple[list[Match], list[Match]]:
    """The same series with their degrading outages only, and with their hard cuts only."""
    return [only(one, hard=False) for one in matches], [only(one, hard=True) for one in matches]


def only(one: Match, *, hard: bool) -> Match:
    """A series with its hard cuts or its degrading outages only."""
    kept = tuple(each for each in one.catches if each.event.hard is hard)
    return Match(kept, one.false_starts, one.late, one.days)


def count(matches: Sequence[Match]) -> int:
    """Number of outages."""
    return sum(len(each.catches) for each in matches)


def leads_min(matches: Sequence[Match]) -> Floats:
    """Lead times of the caught outages, minutes."""
    found = np.array([catch.lead_s / 60 for each in matches for catch in each.catches])
    return found[np.isfinite(found)] if len(found) else found


def recall_at(matches: Sequence[Match], lead_min: float) -> float:
    """Share of outages foreseen at least ``lead_min`` minutes ahead; NaN without outages."""
    total = count(matches)
    return float((leads_min(matches) >= lead_min).sum() / total) if total else float("nan")


def precision(matches: Sequence[Match]) -> float:
    """Share of warning episodes that foresaw an outage; late ones are left out; NaN without warnings."""
    true, false = len(leads_min(matches)), sum(len(each.false_starts) for each in matches)
    return true / (true + false) if true + false else float("nan")


def false_per_week(matches: Sequence[Match]) -> float:
    """False warnings per upstream and week."""
    weeks = sum(each.days for each in matches) / 7
    return sum(len(each.false_starts) for each in matches) / weeks if weeks else float("nan")


def seen_within(matches: Sequence[Match], seconds: float) -> float:
    """Share of outages whose state was ``outage`` within ``seconds`` of their start."""
    seen = [catch.seen_s <= seconds for each in matches for catch in each.catches]
    return float(np.mean(seen)) if seen else float("nan")


def interval(matches: Sequence[Match], figure: Any, seed: int) -> list[float]:
    """95 % interval by bootstrap over whole series (with their outages)."""
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, max(1, len(matches)), (BOOTSTRAP, len(matches)))
    values = [figure([matches[i] for i in draw]) for draw in draws]
    finite = np.array([value for value in values if np.isfinite(value)])
    return [float(value) for value in np.percentile(finite, [2.5, 97.5])] if len(finite) else [float("nan")] * 2
