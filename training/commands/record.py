"""``fetchcast record``: record real go jobs against a real nginx mirror while the origin behind it degrades."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from training.laboratory.catalogue import BENIGN, LOAD, scenario
from training.laboratory.faults import KINDS, SHAPES


def record(
    kind: Annotated[str, typer.Option(help="KIND[:OP,OP][+KIND], or a benign kind; see --list.")] = "",
    shape: Annotated[str, typer.Option(help="step, ramp or flap; benign kinds have none.")] = "ramp",
    seed: Annotated[int, typer.Option(help="Draws times, load, mirror and log dialect.")] = 1,
    out: Annotated[Path, typer.Option(help="Folder that gets one folder per recording.")] = Path("data/incidents"),
    topology: Annotated[
        str, typer.Option(help="Mirror: cache, pass, retry, stale, replicas or pools; default is drawn.")
    ] = "",
    dilation: Annotated[float, typer.Option(min=1, max=120, help="Log seconds per real second.")] = 60.0,
    measured: Annotated[
        bool, typer.Option("--measured", help="Keep durations as measured; default scales them too.")
    ] = False,
    list_: Annotated[bool, typer.Option("--list", help="List the kinds and shapes, and record nothing.")] = False,
) -> None:
    """Record one incident: CI logs, the mirror's access and error log, truth.json.

    \b
    Examples:
      fetchcast record --list
      fetchcast record --kind http_503 --shape ramp --seed 3 --out data/incidents
      fetchcast record --kind http_500:zip --topology cache
      fetchcast record --kind http_503+latency --seed 2
    """
    if list_ or not kind:
        _print_kinds()
        return
    from training.laboratory.dilation import LogClock
    from training.laboratory.real_parts import find_tools
    from training.laboratory.recording import Recorder
    from training.laboratory.writing import folder_of, log_start, versions, write

    plan = scenario(kind, shape, seed, topology)
    tools = find_tools()
    typer.echo(
        f"{plan.name}: {plan.minutes:.0f} log minutes in {plan.minutes * 60 / dilation:.0f} s, mirror {plan.topology}"
    )
    said = _command(kind, shape, seed, topology, dilation, measured=measured)
    with tempfile.TemporaryDirectory(prefix="fetchcast-lab-") as name:
        home = Path(name)
        for raw in asyncio.run(Recorder(plan, home, tools, dilation).run()):
            clock = LogClock(raw.start, log_start(plan), dilation, not measured)
            folder = out / folder_of(plan, raw)
            truth = write(plan, raw, clock, folder, {"command": said, "versions": versions(tools)})
            typer.echo(_summary(folder, truth))


def _summary(folder: Path, truth: Mapping[str, Any]) -> str:
    times = truth["times"]
    return (
        f"{folder}: {len(truth['jobs'])} jobs, mirror {truth['upstreams']['mirror']}, "
        f"origin {','.join(truth['upstreams']['origins'])}, fault {times['fault_onset']}, "
        f"outage {times['outage_start']} .. {times['outage_end']}, lead {truth['lead_available_min']} min"
    )


def _command(kind: str, shape: str, seed: int, topology: str, dilation: float, *, measured: bool) -> str:
    """The command that records this again."""
    parts = ["fetchcast record", f"--kind {kind}", "" if kind in BENIGN else f"--shape {shape}", f"--seed {seed}"]
    parts += [
        f"--topology {topology}" if topology else "",
        f"--dilation {dilation:g}",
        "--measured" if measured else "",
    ]
    return " ".join(part for part in parts if part)


def _print_kinds() -> None:
    typer.echo(f"shapes: {', '.join(SHAPES)}\n\nfaults:")
    for kind in KINDS.values():
        typer.echo(f"  {kind.name:<14} {kind.summary} ({kind.cause})")
    typer.echo(f"  {LOAD:<14} the load outgrows the origin's slots (proxy_hang)\n\nbenign:")
    for name, summary in BENIGN.items():
        typer.echo(f"  {name:<14} {summary}")
