"""``fetchcast evaluate``: the judge. A model against everything that it must beat, on data that it has not seen."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from predictor.errors import InputError
from predictor.files import write_whole
from predictor.forecast import load_model, read_artifact, shipped
from training.card import model_card
from training.dataset.records import Dataset, merge
from training.judge.comparison import Ground, check, compare, load_tests, plain
from training.judge.folds import by_kinds, by_mechanisms, by_upstreams
from training.judge.holdout import hold_out as judge_folds
from training.judge.holdout_report import terminal
from training.judge.report import page
from training.judge.verdict import shown, verdict

METRICS, CARD, MANIFEST = "metrics.json", "MODEL_CARD.md", "manifest.json"
UNFINISHED = "folds.unfinished"  # fits of a run that is under way
MEMBERS = 1  # networks of every fit of a hold-out: what is compared is two fits, not the shipped ensemble
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


class HoldOut(StrEnum):
    """What is held out in turn."""

    KINDS = "kinds"
    MECHANISMS = "mechanisms"
    UPSTREAMS = "upstreams"


FOLDS = {HoldOut.KINDS: by_kinds, HoldOut.MECHANISMS: by_mechanisms, HoldOut.UPSTREAMS: by_upstreams}


def evaluate(
    train: Annotated[list[Path], typer.Option(help="Dataset that the baselines are fitted on; may be repeated.")],
    test: Annotated[
        list[Path] | None, typer.Argument(help="Datasets to judge on; the model must not have seen them.")
    ] = None,
    validation: Annotated[
        Path | None,
        typer.Option(help="Dataset that calibrators and thresholds are frozen on; default: split as in training."),
    ] = None,
    model: Annotated[Path | None, typer.Option(help="Model folder; the shipped one when unsaid.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for metrics.json and report.html; of a model: what was held out goes into its card."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of sampling, bootstrap and the fits of --hold-out.")] = 0,
    output: Annotated[Output, typer.Option("--format", help="text for people, json for machines.")] = Output.TEXT,
    hold_out: Annotated[
        list[HoldOut] | None,
        typer.Option(help="Also fit again without each group of these, and say what recall is lost; may be repeated."),
    ] = None,
) -> None:
    """Judge a model by events, with baselines beside it, each world apart.

    Without --validation the training datasets are cut as `fetchcast train` cuts them, and their last part is judged
    on too: give the same datasets as there. --hold-out fits one network per group (about eight of each), with the
    settings of the shipped model; with --out a run that was stopped goes on where it was.

    Exit codes: 0 judged, 2 a dataset or the model cannot be read, or a test was learned from.

    Examples:

      fetchcast evaluate sim-test recordings-test --train sim-train --validation sim-validation --out report

      fetchcast evaluate unseen --train sim --train recordings --hold-out kinds --hold-out upstreams --out report

      fetchcast evaluate unseen --train sim --train recordings --hold-out kinds --out models/fetchcast-lstm/0.8.0
    """
    result = judged(ground_of(test or [], train, validation, seed), model, out, hold_out or [])
    if out is not None:
        write(out, result)
    sys.stdout.write(json.dumps(plain(result), allow_nan=False) + "\n" if output is Output.JSON else text(result))


def judged(ground: Ground, model: Path | None, out: Path | None, what: Sequence[HoldOut]) -> dict[str, Any]:
    """All that is asked for. In the folder of a model its own figures stay, and what is held out is added.

    Raises:
        InputError: nothing is to be added to the folder of a model, or as :func:`run` and :func:`held_out` say.
    """
    if out is None or not is_model(out):
        result = run(ground, model or shipped())
    elif what:
        result = figures_of(out)
    else:
        raise InputError("the folder of a model keeps the figures of its training; say --hold-out", source=str(out))
    if what:
        result["held_out"] = result.get("held_out", {}) | held_out(ground, what, out)
    return result


def write(out: Path, result: Mapping[str, Any]) -> None:
    """Write metrics.json, and the report or, in the folder of a model, its card; then forget unfinished folds."""
    figures = plain(result)
    write_whole(out / METRICS, json.dumps(figures, indent=1, allow_nan=False) + "\n")
    if is_model(out):
        write_whole(out / CARD, model_card(read_artifact(out).manifest, figures))
    else:
        write_whole(out / "report.html", page(result))
    shutil.rmtree(out / UNFINISHED, ignore_errors=True)


def is_model(folder: Path) -> bool:
    """Whether this is the folder of a model."""
    return (folder / MANIFEST).is_file()


def ground_of(test: Sequence[Path], train: Sequence[Path], validation: Path | None, seed: int) -> Ground:
    """The data to judge on. Raises InputError: a dataset cannot be read, is too short, or was learned from."""
    loaded = [Dataset.load(folder) for folder in train]
    data, tests = merge(loaded) if len(loaded) > 1 else loaded[0], load_tests(test)
    if validation is not None:
        if not tests:
            raise InputError("nothing to judge on: name a dataset, or leave --validation out", field="test")
        return Ground(data, Dataset.load(validation), tests, seed)
    from training.ship import parts_of

    parts = parts_of(data, None, tests)
    return Ground(parts.train, parts.valid, parts.tests, seed)


def figures_of(folder: Path) -> dict[str, Any]:
    """What the metrics.json of a model says. Raises InputError: it is not there or damaged."""
    try:
        found: dict[str, Any] = json.loads((folder / METRICS).read_text())
    except (OSError, ValueError) as error:
        raise InputError(f"no figures of this model: {error}", source=str(folder / METRICS)) from error
    return found


def held_out(ground: Ground, what: Sequence[HoldOut], out: Path | None) -> dict[str, Any]:
    """What is lost on groups that the model is not shown, by kinds and by upstreams as ``what`` says.

    Raises:
        InputError: a history is in the training part and in a test part, or no group can be held out.
    """
    from training.fit import Progress
    from training.progress import bar
    from training.refit import Refit
    from training.ship import settings_of

    check(ground.tests, ground.train, ground.validation)
    made = [FOLDS[by](ground) for by in dict.fromkeys(what)]
    for folds in made:
        if not folds.folds:
            raise InputError(f"no group of {folds.by} can be held out: {folds.left_out}", field="hold-out")
    settings = settings_of(members=MEMBERS, seed=ground.seed)
    fits = 1 + sum(len(folds.folds) for folds in made)
    with bar("fits", fits * MEMBERS * settings.epochs) as step:

        def told(name: str, at: Progress) -> None:
            step(f"{name}, validation {at.valid_loss:.4f}")

        refit = Refit(settings, out / UNFINISHED if out is not None else None, told)
        seen = refit("everything", ground.train, ground.validation)
        fit = {"members": MEMBERS, "epochs": settings.epochs, "seed": settings.seed}
        return {folds.by: {"fit": fit, **judge_folds(ground, folds, seen, refit)} for folds in made}


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
    for found in result.get("held_out", {}).values():
        lines += terminal(found)
    return "\n".join(lines) + "\n"
