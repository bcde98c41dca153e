"""One method on one world: by events first, by rows after, with intervals over histories, never pooled over worlds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.outage import OUTAGE
from predictor.protocols import HORIZONS_MIN
from training.dataset.records import Record
from training.judge.matching import YOUNG_S, Catch, History, match
from training.judge.methods import HEADLINE
from training.judge.probability import Floats, average_precision, brier, reliability, skill
from training.judge.resampling import Counts, area_draws, draws, interval, ratio_draws
from training.judge.starts import warning_starts
from training.sequences import complete

LEADS_MIN = (2, 5, 10, 12, 15, 20)
SIGNS_MIN = (0, 7, 10, 15, 20, 30)
TWO_BINS_S = 120.0
NONE = float("nan")


@dataclass(frozen=True)
class Rows:
    """The bins on which risks are scored as probabilities (n,): known, of no young series, not inside an outage."""

    label: Floats
    risk: Floats
    history: Counts  # which history each belongs to
    blind: npt.NDArray[np.bool_]  # an outage is near, and no log has shown a sign of it yet

    @property
    def histories(self) -> int:
        """How many there are."""
        return int(self.history.max(initial=-1)) + 1


@dataclass(frozen=True)
class Judged:
    """What one method said of some records, and how it was met."""

    histories: Sequence[History]
    rows: Rows
    areas: Floats  # area under the precision-recall curve of every draw of the bootstrap
    threshold: float
    seed: int = 0


def judge(records: Sequence[Record], risks: Sequence[Floats], threshold: float, seed: int = 0) -> Judged:
    """Judge 15-minute risks (T,) per record at a frozen threshold; ``seed`` is that of the bootstrap."""
    (starts,) = warning_starts(records, risks, [threshold])
    rows = rows_of(records, risks)
    areas = area_draws(draws(rows.histories, seed), rows.label, rows.risk, rows.history)
    return Judged(match(records, starts), rows, areas, threshold, seed)


def rows_of(records: Sequence[Record], risks: Sequence[Floats], horizon: int = HEADLINE) -> Rows:
    """Labels and risks of all rows that count. A bin of which a method says nothing counts as risk 0."""
    number: dict[tuple[str, str], int] = {}
    labels, said, places, blind = [np.zeros(0)], [np.zeros(0)], [np.zeros(0, np.int64)], [np.zeros(0, np.bool_)]
    for record, risk in zip(records, risks, strict=True):
        place = number.setdefault((record.world, record.group), len(number))
        label = complete(record.labels)[:, horizon].astype(np.float64)
        keep = np.isfinite(label) & (record.ends - record.ends[0] >= YOUNG_S) & (record.state != OUTAGE)
        labels.append(label[keep])
        said.append(np.nan_to_num(risk[keep]))
        places.append(np.full(int(keep.sum()), place))
        blind.append(record.unannounced()[keep] & (label[keep] > 0))
    return Rows(np.concatenate(labels), np.concatenate(said), np.concatenate(places), np.concatenate(blind))


def figures(judged: Judged, reference: float) -> dict[str, Any]:
    """Every figure of one method on one world.

    Args:
        judged: of :func:`judge`.
        reference: base rate of the validation part: the climatology that the Brier skill is against.
    """
    return {
        "threshold": judged.threshold,
        **_by_events(judged),
        **_false(judged),
        **_by_rows(judged, reference),
        "by_kind": _by_kind(judged.histories),
    }


def by_horizon(records: Sequence[Record], risks: Sequence[Floats], reference: Floats) -> dict[str, Any]:
    """Row figures of risks (T, K) per record at every horizon."""
    found = {}
    for k, minutes in enumerate(HORIZONS_MIN):
        rows = rows_of(records, [risk[:, k] for risk in risks], k)
        found[f"{minutes}min"] = {
            "base_rate": _mean(rows.label),
            "pr_auc": average_precision(rows.label, rows.risk),
            "brier_skill": skill(rows.label, rows.risk, float(reference[k])),
            "ece": reliability(rows.label, rows.risk).ece,
        }
    return found


#: What :func:`by_logs` says, how it is called and written.
LOGS_COLUMNS = (
    ("outages_degrading", "degrading outages", "d"),
    ("recall_5m", "recall, lead >= 5 min", ".2f"),
    ("median_lead_min", "median lead, min", ".1f"),
    ("false_per_natural_week", "false per natural week", ".2f"),
    ("outages_hard", "hard cuts", "d"),
    ("hard_seen_within_2_bins", "in state outage within 2 bins", ".0%"),
    ("pr_auc", "PR-AUC", ".3f"),
    ("brier_skill", "Brier skill", "+.3f"),
)


def by_logs(records: Sequence[Record], risks: Sequence[Floats], threshold: float, reference: float) -> dict[str, Any]:
    """The figures that matter of 15-minute risks (T,), apart by which logs of a history were kept."""
    found: dict[str, Any] = {}
    for logs in sorted({record.logs for record in records}, key=lambda logs: (-len(logs), logs)):
        places = [place for place, record in enumerate(records) if record.logs == logs]
        own, said = [records[place] for place in places], [risks[place] for place in places]
        (starts,) = warning_starts(own, said, [threshold])
        histories, rows = match(own, starts), rows_of(own, said)
        degrading, _, hard = _sorted(catches_of(histories))
        weeks = sum(each.natural_days for each in histories) / 7
        found[" and ".join(logs) or "unknown"] = {
            "histories": len(histories),
            "outages_degrading": len(degrading),
            "recall_5m": recall(degrading, 5),
            "median_lead_min": _leads(degrading)["median_lead_min"],
            "false_per_natural_week": sum(each.false for each in histories) / weeks if weeks else NONE,
            "outages_hard": len(hard),
            "hard_seen_within_2_bins": _hard(hard)["hard_seen_within_2_bins"],
            "pr_auc": average_precision(rows.label, rows.risk),
            "brier_skill": skill(rows.label, rows.risk, reference),
        }
    return found


def _by_events(judged: Judged) -> dict[str, Any]:
    histories = judged.histories
    catches = catches_of(histories)
    degrading, silent, hard = _sorted(catches)
    true, false = sum(each.true for each in histories), sum(each.false for each in histories)
    return {
        "histories": len(histories),
        "outages": len(catches),
        "outages_degrading": len(degrading),
        "outages_unannounced": len(silent),
        "outages_hard": len(hard),
        "recall_5m": recall(degrading, 5),
        "recall_5m_ci95": _recall_interval(histories, judged.seed),
        "recall_by_lead": {str(lead): recall(degrading, lead) for lead in LEADS_MIN},
        "recall_all": recall(catches, 2),
        "recall_5m_hard": recall(hard, 5),
        "recall_5m_unannounced": recall(silent, 5),
        "recall_5m_acted": recall([*degrading, *silent], 5),
        "recall_5m_by_sign": _by_sign(catches),
        "precision": true / (true + false) if true + false else NONE,
        **_leads(degrading),
        **_hard(hard),
    }


def _hard(hard: Sequence[Catch]) -> dict[str, float]:
    """How soon hard cuts were seen: of all, and of those whose logs told of a failure within two bins."""
    soon = np.array([each.seen_s <= TWO_BINS_S for each in hard], np.bool_)
    told = np.array([each.event.told - each.event.start <= TWO_BINS_S for each in hard], np.bool_)
    return {
        "hard_seen_within_2_bins": _mean(soon),
        "outages_hard_told": int(told.sum()),
        "hard_told_seen_within_2_bins": _mean(soon[told]),
    }


def _sorted(catches: Sequence[Catch]) -> tuple[list[Catch], list[Catch], list[Catch]]:
    """The outages that degrade, those that nothing announced, and the hard cuts."""
    degrading = [each for each in catches if each.degrading]
    return degrading, [each for each in catches if each.unannounced], [each for each in catches if each.event.hard]


def _recall_interval(histories: Sequence[History], seed: int) -> list[float]:
    """Interval of the recall of degrading outages at 5 minutes."""
    sorts = [_sorted(one.catches)[0] for one in histories]
    caught = [sum(each.lead_s >= 300 for each in own) for own in sorts]
    return interval(ratio_draws(draws(len(histories), seed), caught, [len(own) for own in sorts]))


def _leads(degrading: Sequence[Catch]) -> dict[str, float]:
    """Leads of the outages that were foreseen, in minutes."""
    leads = np.array([each.lead_s / 60 for each in degrading if np.isfinite(each.lead_s)])
    return {"median_lead_min": _percentile(leads, 50), "p10_lead_min": _percentile(leads, 10)}


def _by_sign(catches: Sequence[Catch]) -> dict[str, Any]:
    """Recall among outages that were no cuts by the minutes of notice that their logs gave."""
    soft = [each for each in catches if not each.event.hard]
    edges = [*SIGNS_MIN, float("inf")]
    found: dict[str, Any] = {}
    for low, high in pairwise(edges):
        own = [each for each in soft if low * 60 <= each.event.start - each.event.shown < high * 60]
        found[f"{low:.0f}"] = {"outages": len(own), "recall_5m": recall(own, 5)}
    return found


def _false(judged: Judged) -> dict[str, Any]:
    histories = judged.histories
    drawn = draws(len(histories), judged.seed)
    false, days = [one.false for one in histories], [one.days / 7 for one in histories]
    natural = [one.natural_days / 7 for one in histories]
    benign = [one for one in histories if one.benign]
    return {
        "false_warnings": sum(false),
        "late_warnings": sum(one.late for one in histories),
        "upstream_weeks": sum(days),
        "natural_weeks": sum(natural),
        "false_per_upstream_week": sum(false) / sum(days) if sum(days) else NONE,
        "false_per_upstream_week_ci95": interval(ratio_draws(drawn, false, days)),
        "false_per_natural_week": sum(false) / sum(natural) if sum(natural) else NONE,
        "false_per_natural_week_ci95": interval(ratio_draws(drawn, false, natural)),
        "benign_histories": len(benign),
        "benign_falsely_warned": sum(one.false > 0 for one in benign),
    }


def _by_rows(judged: Judged, reference: float) -> dict[str, Any]:
    rows = judged.rows
    said, seen = reliability(rows.label, rows.risk), ~rows.blind
    base = _mean(rows.label)
    return {
        "rows": len(rows.label),
        "base_rate": base,
        "pr_auc": average_precision(rows.label, rows.risk),
        "pr_auc_ci95": interval(judged.areas),
        "brier": brier(rows.label, rows.risk),
        "brier_skill": skill(rows.label, rows.risk, reference),
        "brier_skill_own_rate": skill(rows.label, rows.risk, base),  # harsher: nobody knew this rate beforehand
        "positives_with_a_sign": 1.0 - _mean(rows.blind[rows.label > 0]),  # of the rows before outages
        "brier_skill_with_a_sign": skill(rows.label[seen], rows.risk[seen], _mean(rows.label[seen])),
        "ece": said.ece,
        "reliability": {"said": said.said.tolist(), "came": said.came.tolist(), "rows": said.rows.tolist()},
    }


def _by_kind(histories: Sequence[History]) -> dict[str, Any]:
    catches = catches_of(histories)
    return {
        kind: {
            "outages": len(own),
            "degrading": sum(each.degrading for each in own),
            "recall": recall(own, 2),
            "recall_5m": recall(own, 5),
        }
        for kind in sorted({each.event.kind for each in catches})
        if (own := [each for each in catches if each.event.kind == kind])
    }


def compare_rows(own: Judged, other: Judged) -> dict[str, Any]:
    """Paired bootstrap over histories of own minus other: better is above 0 for the area, below for the Brier score."""
    mine, theirs = own.rows, other.rows
    rows = np.bincount(mine.history, minlength=mine.histories)
    gap = (mine.risk - mine.label) ** 2 - (theirs.risk - theirs.label) ** 2
    gaps = np.bincount(mine.history, gap, mine.histories)
    area = average_precision(mine.label, mine.risk) - average_precision(theirs.label, theirs.risk)
    return {
        "pr_auc": area,
        "pr_auc_ci95": interval(own.areas - other.areas),
        "brier": _mean(gap),
        "brier_ci95": interval(ratio_draws(draws(mine.histories, own.seed), gaps.tolist(), rows.tolist())),
    }


def lead_over(own: Sequence[History], other: Sequence[History]) -> dict[str, Any]:
    """How much earlier ``own`` warned of degrading outages than ``other``, first warning against first warning."""
    pairs = [(a.ahead_s, b.ahead_s) for a, b in zip(catches_of(own), catches_of(other), strict=True) if a.degrading]
    mine, theirs = np.array(pairs, np.float64).reshape(-1, 2).T
    gap = (mine - theirs)[np.isfinite(mine) & np.isfinite(theirs)] / 60
    warned = np.isfinite(mine) | np.isfinite(theirs)
    earlier = (mine > theirs) | ~np.isfinite(theirs)
    return {
        "both": len(gap),
        "median_min": _percentile(gap, 50),
        "either": int(warned.sum()),
        "earlier_share": _mean(earlier[warned]),
    }


def catches_of(histories: Sequence[History]) -> list[Catch]:
    """All outages, each once."""
    return [each for one in histories for each in one.catches]


def recall(catches: Sequence[Catch], lead_min: float) -> float:
    """Share of outages foreseen at least ``lead_min`` minutes ahead; NaN without outages."""
    return _mean(np.array([each.lead_s >= lead_min * 60 for each in catches]))


def _percentile(values: Floats, share: float) -> float:
    return float(np.percentile(values, share)) if len(values) else NONE


def _mean(values: npt.NDArray[Any]) -> float:
    return float(np.mean(values)) if len(values) else NONE
