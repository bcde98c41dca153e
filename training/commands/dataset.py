"""``fetchcast dataset``: labelled rows from simulated worlds, from folders of logs, or from what a service kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from predictor.errors import InputError


def dataset(
    out: Annotated[Path, typer.Option(help="Folder that gets arrays.npz and dataset.json.")],
    from_sim: Annotated[int, typer.Option(help="Number of short simulated worlds.")] = 0,
    long: Annotated[int, typer.Option(help="Number of long simulated worlds beside them.")] = 0,
    days: Annotated[float, typer.Option(help="Days of a long world.")] = 5.0,
    seed: Annotated[int, typer.Option(help="Seed of the first world.")] = 0,
    from_logs: Annotated[
        list[Path] | None, typer.Option(help="Folder of logs; folders in it with a truth.json are recordings.")
    ] = None,
    from_store: Annotated[str, typer.Option(help="Store of a service: SQLAlchemy URL or SQLite file.")] = "",
) -> None:
    """Build a dataset: features of every bin, and whether an outage began within 5, 15 and 30 minutes.

    Labels follow the outage definition. Beside your own logs, incidents.json holds what humans said
    ([{"start":..., "end":..., "verdict": "confirmed" | "rejected"}]) and audit.jsonl what remedies did: where one
    acted the label is unknown, not "no".

    \b
    Examples:
      fetchcast dataset --from-sim 1000 --long 30 --out build/sim
      fetchcast dataset --from-logs data/incidents --out build/recordings
      fetchcast dataset --from-logs /var/log/ci --out build/own
      fetchcast dataset --from-store ~/.local/share/fetchcast/fetchcast.db --out build/own
    """
    from training.dataset import logs, simulated, stored
    from training.dataset.records import merge
    from training.progress import bar

    parts = []
    if from_sim or long:
        with bar("worlds", from_sim + long) as step:
            worlds = simulated.build(
                range(seed, seed + from_sim), range(seed, seed + long), days, lambda world: step(world.name)
            )
        parts.append(worlds)
    parts += [logs.build(folder) for folder in from_logs or ()]
    if from_store:
        parts.append(stored.build(from_store))
    if not parts:
        raise InputError("nothing to build from: give --from-sim, --long, --from-logs or --from-store")
    made = merge(parts) if len(parts) > 1 else parts[0]
    digest = made.save(out)
    outages = len({(record.group, event.start) for record in made for event in record.events})
    typer.echo(
        f"{out}: {len(made)} series, {made.rows} bins, {outages} outages, {len(made.features)} features, "
        f"sha256 {digest[:12]}"
    )
