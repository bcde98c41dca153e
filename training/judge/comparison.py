"""The model and everything that it must beat on every world of data, each world apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from predictor.errors import InputError
from predictor.forecast.artifact import Artifact
from training.dataset.records import Dataset, Record
from training.judge.lstm import Network, OneStep
from training.judge.matching import match
from training.judge.measure import Judged, by_horizon, by_logs, compare_rows, figures, judge, lead_over
from training.judge.methods import ALERT, BURN_RATE, HEADLINE, Calibrated, Floats, Method, Rule, baselines, burn_rate
from training.judge.starts import BUDGET, frozen_threshold

OWN = "LSTM"


@dataclass(frozen=True)
class Ground:
    """What is judged on: baselines are fitted on ``train``; calibrators and thresholds come from ``validation``."""

    train: Dataset
    validation: Dataset
    tests: Mapping[str, Dataset]  # world -> data that nothing was fitted on
    seed: int = 0  # of sampling and of the bootstrap
    budget: float = BUDGET

    def climatology(self, data: Dataset) -> Floats:
        """Base rates (K,) that skill is measured against: of the same worlds in validation, else of all of it."""
        worlds = {record.world for record in data}
        same = [record for record in self.validation if record.world in worlds]
        return (self.validation.pick(same) if same else self.validation).sequences().base_rate()


def compare(ground: Ground, artifact: Artifact, others: Iterable[Method] | None = None) -> dict[str, Any]:
    """Figures of every method on every world; JSON-ready but for NaN.

    Args:
        ground: the data.
        artifact: the model with its frozen thresholds.
        others: what it is compared with; all baselines when unsaid.
    """
    if others is None:
        others = [Calibrated(OneStep(artifact)), *baselines(ground.seed)]
    whole = {world: Network(artifact).horizons(data.records) for world, data in ground.tests.items()}
    judged: dict[str, dict[str, Judged]] = {}
    for world, data in ground.tests.items():
        risks = [each[:, HEADLINE] for each in whole[world]]
        judged[world] = {OWN: judge(data.records, risks, artifact.manifest.thresholds[HEADLINE], ground.seed)}
    for method in others:
        threshold = frozen(method, ground)
        for world, data in ground.tests.items():
            judged[world][method.name] = judge(data.records, method.risks(data.records), threshold, ground.seed)
    climate = {world: ground.climatology(data) for world, data in ground.tests.items()}
    return {
        "model": OWN,
        "false_warnings_allowed": ground.budget,
        "worlds": {
            world: {
                "climatology": climate[world].tolist(),
                **_world(judged[world], float(climate[world][HEADLINE])),
                "over_burn_rate_alert": _over_alert(data, judged[world][OWN]),
                "by_horizon": by_horizon(data.records, whole[world], climate[world]),
                "by_logs": by_logs(
                    data.records,
                    [each[:, HEADLINE] for each in whole[world]],
                    artifact.manifest.thresholds[HEADLINE],
                    float(climate[world][HEADLINE]),
                ),
            }
            for world, data in ground.tests.items()
        },
    }


def frozen(method: Method, ground: Ground) -> float:
    """Fit and calibrate a baseline, and freeze its threshold on validation."""
    method.fit(ground.train)
    if isinstance(method, Calibrated):
        method.calibrate(ground.validation)
    records = ground.validation.records
    return frozen_threshold(records, method.risks(records), ground.budget)


def worlds_of(name: str, data: Dataset) -> dict[str, Dataset]:
    """The worlds in a dataset: one goes by ``name``, several by ``name`` and their own."""
    parts = data.worlds()
    return {name: data} if len(parts) == 1 else {f"{name}, {world}": part for world, part in parts.items()}


def load_tests(folders: Sequence[Path]) -> dict[str, Dataset]:
    """World -> dataset; a world goes by the name of its folder. Raises InputError."""
    found: dict[str, Dataset] = {}
    for folder in folders:
        name = folder.resolve().name
        if name in found:
            raise InputError("two test datasets have the same folder name; rename one", source=str(folder))
        found |= worlds_of(name, Dataset.load(folder))
    return found


def check(tests: Mapping[str, Dataset], *seen: Dataset) -> None:
    """Nothing that is judged on may have been learned from.

    Raises:
        InputError: a test is empty, has other features, or shares a history with ``seen``.
    """
    known = {(record.world, record.group) for part in seen for record in part}
    for name, part in tests.items():
        if not len(part):
            raise InputError("it holds no series", source=name)
        if part.features != seen[0].features:
            raise InputError("it has other features than the training dataset; build it again", source=name)
        shared = sorted(known & {(record.world, record.group) for record in part})
        if shared:
            raise InputError(f"history {shared[0][1]} was trained or validated on", source=name)


def plain(value: Any) -> Any:
    """JSON has no NaN: it becomes null."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, float) and not (float("-inf") < value < float("inf")):
        return None
    return value


def _world(judged: Mapping[str, Judged], reference: float) -> dict[str, Any]:
    own = judged[OWN]
    others = {name: each for name, each in judged.items() if name != OWN}
    return {
        "methods": {name: figures(each, reference) for name, each in judged.items()},
        "paired": {
            name: {**compare_rows(own, each), "lead": lead_over(own.histories, each.histories)}
            for name, each in others.items()
        },
    }


def _over_alert(data: Dataset, own: Judged) -> dict[str, Any]:
    """Lead over the burn-rate alert with the limits of the SRE Workbook, whatever false warnings those cost.

    It has no policy around it: it fires whenever it goes over its limit, inside an outage too.
    """
    if not {"fail_5", "fail_15", "fail_60"} <= set(data.features):
        return {}
    rule = Rule(BURN_RATE, burn_rate)
    rule.fit(data)
    histories = match(
        data.records, [_edges(*pair) for pair in zip(data.records, rule.risks(data.records), strict=True)]
    )
    weeks = np.sum([each.natural_days for each in histories]) / 7
    false = sum(each.false for each in histories)
    return {**lead_over(own.histories, histories), "false_per_natural_week": float(false / weeks) if weeks else 0.0}


def _edges(record: Record, score: Floats) -> Floats:
    """When the alert starts to fire (UTC seconds)."""
    fires = score >= ALERT
    return np.asarray(record.ends[fires & ~np.concatenate([[False], fires[:-1]])], np.float64)
