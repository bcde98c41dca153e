"""``fetchcast evaluate``: the judge. A model against everything that it must beat, on data that it has not seen."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from predictor.files import write_whole
from predictor.forecast import load_model, read_artifact, shipped
from training.dataset.records import Dataset
from training.judge.comparison import Ground, check, compare, load_tests, plain
from training.judge.report import page
from training.judge.verdict import shown, verdict

TERMINAL = (
    ("recall_5m", "recall", ".2f"),
    ("median_lead_min", "lead", ".1f"),
    ("precision", "prec", ".2f"),
    ("false_per_natural_week", "false/wk", ".2f"),
    ("pr_auc", "PR-AUC", ".3f"),
    ("brier_skill", "skill", "+.3f"),
    ("ece", "ECE", ".4f"),
)


class Output(StrEnum):
    """How the answer is printed."""

    TEXT = "text"
    JSON = "json"


def evaluate(
    test: Annotated[list[Path], typer.Argument(help="Datasets to judge on; the model must not have seen them.")],
    train: Annotated[Path, typer.Option(help="Dataset that the baselines are fitted on.")],
    validation: Annotated[Path, typer.Option(help="Dataset that calibrators and thresholds are frozen on.")],
    model: Annotated[Path | None, typer.Option(help="Model folder; the shipped one when unsaid.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for metrics.json and report.html.")] = None,
    seed: Annotated[int, typer.Option(help="Of sampling and bootstrap.")] = 0,
    output: Annotated[Output, typer.Option("--format", help="text for people, json for machines.")] = Output.TEXT,
) -> None:
    """Judge a model by events, with baselines beside it, each world apart.

    Exit codes: 0 judged, 2 a dataset or the model cannot be read, or a test was learned from.

    Examples:

      fetchcast evaluate sim-test recordings-test --train sim-train --validation sim-validation --out report
    """
    tests = load_tests(test)
    result = run(Ground(Dataset.load(train), Dataset.load(validation), tests, seed), model or shipped())
    if out is not None:
        write_whole(out / "metrics.json", json.dumps(plain(result), indent=1, allow_nan=False) + "\n")
        write_whole(out / "report.html", page(result))
    sys.stdout.write(json.dumps(plain(result), allow_nan=False) + "\n" if output is Output.JSON else text(result))


def run(ground: Ground, model: Path) -> dict[str, Any]:
    """The figures of every method on every world; the shape is that of metrics.json.

    Raises:
        InputError: a history is in the training part and in a test part, or the features differ.
        ArtifactError: the model cannot be read or was fitted for other features.
    """
    check(ground.tests, ground.train, ground.validation)
    artifact = read_artifact(model, ground.train.features)
    return {"name": load_model(model).name, **compare(ground, artifact)}


def text(result: Mapping[str, Any]) -> str:
    """The report for a terminal."""
    lines = [*verdict(result)]
    head = "".join(f"{label:>10}" for _, label, _ in TERMINAL)
    for world, found in result["worlds"].items():
        own = found["methods"][result["model"]]
        lines += [
            "",
            f"{world}: {own['outages_degrading']} degrading outages, {own['outages_hard']} hard cuts, "
            f"{own['natural_weeks']:.1f} natural upstream-weeks, {own['benign_falsely_warned']} of "
            f"{own['benign_histories']} benign histories falsely warned by the LSTM",
            f"  {'':<26}{head}",
        ]
        for name, figures in found["methods"].items():
            lines.append(f"  {name:<26}" + "".join(f"{shown(figures[key], form):>10}" for key, _, form in TERMINAL))
    return "\n".join(lines) + "\n"
