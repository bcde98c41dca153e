"""``fetchcast evaluate``: the judge. A model against everything that it must beat, on data that it has not seen."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from predictor.errors import InputError
from predictor.files import write_whole
from predictor.forecast import shipped
from training.dataset.records import Dataset
from training.judge.measure import figures, frozen_threshold, judge
from training.judge.methods import HEADLINE, Method, Shipped, baselines
from training.judge.report import COLUMNS, page, shown, verdict


class Output(StrEnum):
    """How the answer is printed."""

    TEXT = "text"
    JSON = "json"


def evaluate(
    test: Annotated[list[Path], typer.Argument(help="Datasets to judge on; the model must not have seen them.")],
    train: Annotated[Path, typer.Option(help="Dataset that the baselines are fitted on.")],
    validation: Annotated[Path, typer.Option(help="Dataset that thresholds are frozen on.")],
    model: Annotated[Path | None, typer.Option(help="Model folder; the shipped one when unsaid.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for metrics.json and report.html.")] = None,
    seed: Annotated[int, typer.Option(help="Of sampling and bootstrap.")] = 0,
    output: Annotated[Output, typer.Option("--format", help="text for people, json for machines.")] = Output.TEXT,
) -> None:
    """Judge a model by events, with baselines beside it, each world apart.

    Exit codes: 0 judged, 2 a dataset or the model cannot be read.

    Examples:

      fetchcast evaluate sim-test recordings-test --train sim-train --validation sim-validation --out report
    """
    result = run(
        Dataset.load(train),
        Dataset.load(validation),
        {path.name: Dataset.load(path) for path in test},
        model or shipped(),
        seed,
    )
    if out is not None:
        write_whole(out / "metrics.json", json.dumps(result, indent=1))
        write_whole(out / "report.html", page(result))
    sys.stdout.write(json.dumps(result) + "\n" if output is Output.JSON else text(result))


def run(train: Dataset, validation: Dataset, tests: dict[str, Dataset], model: Path, seed: int) -> dict[str, Any]:
    """Every method on every world; see :func:`training.judge.report.page` for the shape.

    Raises:
        InputError: a history is in the training part and in a test part, or the features differ.
    """
    groups = {record.group for part in (train, validation) for record in part}
    for name, part in tests.items():
        shared = sorted(groups & {record.group for record in part})
        if shared:
            raise InputError(f"history {shared[0]} was trained or validated on", source=name)
        if part.features != train.features:
            raise InputError("it has other features than the training dataset", source=name)
    lstm = Shipped(model)
    methods: list[Method] = [lstm, Shipped(model, one_step=True), *baselines(seed)]
    base = base_rate(train)
    worlds: dict[str, dict[str, Any]] = {name: {} for name in tests}
    for method in methods:
        method.fit(train)
        threshold = lstm.threshold
        if method is not lstm:
            threshold = frozen_threshold(validation.records, method.risks(validation.records))
        for name, part in tests.items():
            judged = judge(part.records, method.risks(part.records), threshold)
            worlds[name][method.name] = figures(judged, base, seed)
    return {"model": lstm.name, "base_rate": base, "worlds": worlds}


def base_rate(train: Dataset) -> float:
    """Share of positives at the headline horizon among the known rows."""
    import numpy as np

    label = np.concatenate([record.labels[:, HEADLINE] for record in train])
    return float(np.nanmean(label))


def text(result: dict[str, Any]) -> str:
    """The report for a terminal."""
    lines = [verdict(result)]
    for world, methods in result["worlds"].items():
        lines += ["", world]
        for name, found in methods.items():
            cells = "  ".join(f"{key} {shown(found[key], form)}" for key, _, form in COLUMNS)
            lines.append(f"  {name:<28} {cells}")
    return "\n".join(lines) + "\n"
