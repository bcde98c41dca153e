"""``fetchcast dataset``: labelled rows from simulated worlds, from folders of logs, or from what a service kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from predictor.errors import InputError
from training.commands.simulate import Choice

if TYPE_CHECKING:
    from training.dataset import Dataset

MOST_WARNINGS = 50  # lines; the rest is counted


def dataset(
    out: Annotated[Path, typer.Option(help="Folder that gets arrays.npz and dataset.json.")],
    from_sim: Annotated[int, typer.Option(help="Number of short simulated worlds.")] = 0,
    long: Annotated[int, typer.Option(help="Number of simulated worlds of five days beside them.")] = 0,
    seed: Annotated[int, typer.Option(help="Seed of the first world.")] = 0,
    spread: Annotated[
        Choice, typer.Option(help="How far simulated worlds differ: narrow, as recordings do, or wide.")
    ] = Choice.WIDE,
    from_logs: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of logs: plain, gzip, zstd, zip or tar. Folders with a truth.json are recordings."),
    ] = None,
    from_store: Annotated[
        str, typer.Option(help="Store of a service: its data folder, SQLite file or SQLAlchemy URL.")
    ] = "",
    config: Annotated[
        Path | None, typer.Option(help="The service's TOML file: names and outage definition; $FETCHCAST_CONFIG.")
    ] = None,
) -> None:
    """Build a dataset: features of every bin, and whether an outage began within 5, 15 and 30 minutes.

    Labels follow the outage definition. Humans correct them: in the service by POST /v1/verdicts, beside logs in
    incidents.json ([{"start":..., "end":..., "verdict": "confirmed" | "rejected"}]). Where a remedy acted (the
    service's audit journal, audit.jsonl beside logs) the label is unknown, not "no". What cannot be read is told on
    standard error with its place and costs nothing else.

    Exit codes: 0 done, 2 wrong usage or nothing could be read.

    \b
    Examples:
      fetchcast dataset --from-store ~/.local/share/fetchcast --out build/own
      fetchcast dataset --from-store postgresql+psycopg://host/fetchcast --config fetchcast.toml --out build/own
      fetchcast dataset --from-logs /var/log/ci --out build/own
      fetchcast dataset --from-logs data/incidents --out build/recordings
      fetchcast dataset --from-sim 1000 --long 30 --out build/sim-wide
      fetchcast dataset --from-sim 1000 --spread narrow --out build/sim
    """
    from predictor import config as settings
    from training.dataset import logs, stored, summary
    from training.dataset.installation import Installation
    from training.dataset.records import merge

    using, warnings = Installation.of(settings.load(config)), _Warnings()
    parts = [_simulated(from_sim, long, seed, spread)] if from_sim or long else []
    parts += [logs.build(folder, using, warnings.tell) for folder in from_logs or ()]
    if from_store:
        parts.append(stored.build(from_store, using, warnings.tell))
    if not parts:
        raise InputError("nothing to build from: give --from-sim, --long, --from-logs or --from-store")
    made = merge(parts) if len(parts) > 1 else parts[0]
    digest = made.save(out)
    warnings.end()
    for line in summary.lines(made):
        typer.echo(line)
    typer.echo(f"written to {out}, sha256 {digest[:12]}")


def _simulated(short: int, long: int, seed: int, spread: Choice) -> Dataset:
    from training.dataset import simulated
    from training.progress import bar
    from training.simulator.spread import SPREADS

    with bar("worlds", short + long) as step:
        return simulated.build(
            range(seed, seed + short),
            range(seed, seed + long),
            simulated.LONG_DAYS,
            lambda world: step(world.name),
            SPREADS[spread.value],
        )


class _Warnings:
    """Says what could not be used on standard error, and counts what is too much to say."""

    def __init__(self) -> None:
        self._count = 0

    def tell(self, reason: str) -> None:
        self._count += 1
        if self._count <= MOST_WARNINGS:
            typer.echo(f"fetchcast: warning: {reason}", err=True)

    def end(self) -> None:
        if self._count > MOST_WARNINGS:
            typer.echo(f"fetchcast: warning: and {self._count - MOST_WARNINGS} more", err=True)
