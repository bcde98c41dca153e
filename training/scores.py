"""The figures of one forecaster on one world of data: by events first, by rows after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.outage import OUTAGE
from predictor.protocols import HORIZONS_MIN
from training.dataset.records import Record
from training.sequences import complete
from training.watch import Found, Verdicts, average_precision, brier_skill, calibration_error, judge

Doubles = npt.NDArray[np.float64]
HEADLINE = 1
TWO_BINS_S = 120.0


def scores(records: Sequence[Record], risks: Sequence[Doubles], threshold: float, base: Doubles) -> dict[str, Any]:
    """JSON-ready figures of calibrated risks, one (T, K) per record, at the frozen 15-minute threshold.

    ``base`` is the base rate per horizon of the training data, the climatology of the Brier skill.
    """
    verdicts = judge(records, [risk[:, HEADLINE] for risk in risks], threshold)
    return {**_by_events(verdicts, records), "by_rows": _by_rows(records, risks, base)}


def _by_events(verdicts: Verdicts, records: Sequence[Record]) -> dict[str, Any]:
    leads = verdicts.leads(_degrading) / 60.0
    benign = {record.group for record in records if record.kind.startswith("benign") and not record.events}
    kinds = sorted({each.event.kind for each in verdicts.found})
    by_kind = {
        kind: {
            "outages": sum(each.event.kind == kind for each in verdicts.found),
            "recall": verdicts.recall(only=lambda each, kind=kind: each.event.kind == kind),  # type: ignore[misc]
            "recall_5min": verdicts.recall(300.0, lambda each, kind=kind: each.event.kind == kind),  # type: ignore[misc]
        }
        for kind in kinds
    }
    return {
        "series": len(records),
        "series_weeks": verdicts.weeks,
        "series_weeks_raw": verdicts.raw_weeks,
        "outages": len(verdicts.found),
        "degrading": sum(map(_degrading, verdicts.found)),
        "hard": sum(each.event.hard for each in verdicts.found),
        "hard_seen_in_2_bins": _seen(records),
        "recall_all": verdicts.recall(),
        "recall_degrading": verdicts.recall(only=_degrading),
        "recall_degrading_5min": verdicts.recall(300.0, _degrading),
        "recall_degrading_10min": verdicts.recall(600.0, _degrading),
        "median_lead_min": _percentile(leads, 50),
        "p10_lead_min": _percentile(leads, 10),
        "false_warnings": verdicts.false,
        "false_per_series_week": verdicts.false_per_week,
        "late_warnings": verdicts.late,
        "benign_histories": len(benign),
        "benign_falsely_warned": len(benign & verdicts.falsely_warned),
        "by_kind": by_kind,
    }


def _by_rows(records: Sequence[Record], risks: Sequence[Doubles], base: Doubles) -> dict[str, Any]:
    label = np.concatenate([complete(record.labels) for record in records]).astype(np.float64)
    risk = np.concatenate(risks)
    return {
        f"{minutes}min": {
            "rows": int(np.isfinite(label[:, k]).sum()),
            "base_rate": float(np.nanmean(label[:, k])) if np.isfinite(label[:, k]).any() else None,
            "pr_auc": average_precision(label[:, k], risk[:, k]),
            "brier_skill": brier_skill(label[:, k], risk[:, k], base[k]),
            "ece": calibration_error(label[:, k], risk[:, k]),
        }
        for k, minutes in enumerate(HORIZONS_MIN)
    }


def _seen(records: Sequence[Record]) -> float:
    """Share of the hard outages that some series of their history showed as state ``outage`` within two bins."""
    seen: dict[tuple[str, float], bool] = {}
    for record in records:
        for event in record.events:
            if event.hard and record.ends[0] < event.start < record.ends[-1]:
                near = (record.ends > event.start) & (record.ends <= event.start + TWO_BINS_S)
                place = (record.group, event.start)
                seen[place] = seen.get(place, False) or bool((record.state[near] == OUTAGE).any())
    return float(np.mean(list(seen.values()))) if seen else float("nan")


def _degrading(each: Found) -> bool:
    return each.degrading


def _percentile(values: Doubles, share: float) -> float | None:
    return float(np.percentile(values, share)) if len(values) else None
