"""``fetchcast simulate``: play random worlds and write their logs, or compare the simulator with recordings."""

from __future__ import annotations

import json
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Choice(StrEnum):
    """Names of ``training.simulator.spread.SPREADS``, which is not imported for the help."""

    NARROW = "narrow"
    WIDE = "wide"


def simulate(
    days: Annotated[
        float, typer.Option(help="Days of each world; 0 makes short worlds of one to three hours, dense as recordings.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Seed of the first world; the next ones follow.")] = 0,
    worlds: Annotated[int, typer.Option(min=1, help="How many worlds.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Folder that gets one folder of logs and truth.json per world.")
    ] = None,
    spread: Annotated[
        Choice, typer.Option(help="How far worlds differ: narrow, as the recordings do, or wide, to learn from.")
    ] = Choice.WIDE,
    combined: Annotated[bool, typer.Option("--combined", help="nginx's combined format; default is JSON.")] = False,
    compare: Annotated[
        Path | None, typer.Option(help="Folder of recordings: print how worlds of both spreads compare with them.")
    ] = None,
    format_: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> None:
    """Simulate runners, a caching proxy and an upstream under faults, request by request.

    \b
    Examples:
      fetchcast simulate --worlds 20 --seed 1 --spread narrow --out /tmp/worlds
      fetchcast simulate --days 7 --seed 3 --out /tmp/week
      fetchcast simulate --compare data/incidents --worlds 200
    """
    from training.simulator.draw import draw_world
    from training.simulator.engine import play
    from training.simulator.spread import SPREADS
    from training.simulator.truth import describe
    from training.simulator.write import write_world

    if compare is not None:
        from training.simulator.compare import fit_table, text_table

        table = fit_table(compare, range(seed, seed + worlds))
        typer.echo(json.dumps(table, indent=1) if format_ == "json" else text_table(table))
        return
    began, played, fetches = time.perf_counter(), 0.0, 0
    for each in range(seed, seed + worlds):
        trace = play(draw_world(each, days, SPREADS[spread.value]))
        played, fetches = played + trace.world.duration / 86_400.0, fetches + len(trace.fetches)
        truth = describe(trace)
        if out is not None:
            write_world(trace, out / trace.world.name, combined=combined)
        kinds = ", ".join(fault["kind"] for fault in truth["faults"]) or "quiet"
        counts = f"{len(trace.jobs)} jobs, {len(trace.fetches)} fetches, {len(truth['outages'])} outages"
        typer.echo(json.dumps(truth) if format_ == "json" else f"{trace.world.name}: {counts} ({kinds})")
    took = time.perf_counter() - began
    typer.echo(
        f"{fetches} fetches, {played:.1f} upstream-days in {took:.1f} s: {fetches / took:.0f} fetches/s, "
        f"a year in {took / played * 365 / 60:.1f} min",
        err=True,
    )
