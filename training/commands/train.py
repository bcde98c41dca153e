"""``fetchcast train``: fit the shipped kind of model, calibrate it, freeze its thresholds, and say what it is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SIM_WORLDS, LONG_WORLDS = 1000, 60  # short ones of each spread, and long ones
MEMBERS = 4


def train(
    from_: Annotated[
        list[Path] | None, typer.Option("--from", help="Dataset folder; may be repeated. Default: simulate now.")
    ] = None,
    test: Annotated[
        list[Path] | None,
        typer.Option(help="Dataset to judge on at the end; may be repeated. No recording is held out then."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Model folder NAME/VERSION to write.")] = Path("build/fetchcast-lstm/dev"),
    seed: Annotated[int, typer.Option(help="Seed of the fit.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the checkpoint of a fit that was stopped.")
    ] = False,
    threads: Annotated[int, typer.Option(min=1, help="CPU threads.")] = 2,
    members: Annotated[int, typer.Option(min=1, help="Networks in the ensemble.")] = MEMBERS,
    hold: Annotated[list[str] | None, typer.Option(help="Recording to hold out; default: one of each kind.")] = None,
) -> None:
    """Train a model and write its folder: weights, manifest, metrics.json, MODEL_CARD.md.

    \b
    Examples:
      fetchcast dataset --from-sim 1500 --long 60 --out build/sim
      fetchcast dataset --from-logs data/incidents --out build/recordings
      fetchcast train --from build/sim --from build/recordings --out models/fetchcast-lstm/0.1.0
      fetchcast train --from build/sim --from build/recordings --test build/unseen --out models/ours/2
      fetchcast train --from build/own --out models/ours/1 --resume
    """
    import torch

    from training import ship
    from training.dataset import simulated
    from training.dataset.records import Dataset, merge
    from training.judge.comparison import load_tests
    from training.progress import bar
    from training.simulator.spread import NARROW, WIDE

    torch.set_num_threads(threads)
    if from_:
        loaded = [Dataset.load(folder) for folder in from_]
    else:
        with bar("worlds", 2 * SIM_WORLDS + LONG_WORLDS) as step:
            loaded = [
                simulated.build(
                    range(SIM_WORLDS), range(long), simulated.LONG_DAYS, lambda world: step(world.name), spread
                )
                for spread, long in ((WIDE, LONG_WORLDS), (NARROW, 0))
            ]
    data = merge(loaded) if len(loaded) > 1 else loaded[0]
    checkpoint = out / "checkpoint.safetensors"
    if not resume:
        checkpoint.unlink(missing_ok=True)
    settings = ship.settings_of(members=members, seed=seed)
    parts = ship.parts_of(data, hold or None, load_tests(test or []))
    with bar("epochs", members * settings.epochs) as step:
        result = ship.train(
            parts,
            ship.Plan(settings),
            lambda at: step(f"network {at.member + 1}, loss {at.train_loss:.4f}, validation {at.valid_loss:.4f}"),
            checkpoint,
        )
    about = {"datasets": [each.about for each in loaded], "settings": ship.described(settings)}
    ship.write(out, result, about)
    checkpoint.unlink(missing_ok=True)
    typer.echo((out / "MODEL_CARD.md").read_text())
