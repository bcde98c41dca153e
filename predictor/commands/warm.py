"""``fetchcast warm``: fill the warm store by hand or from a scheduled job, and prove that it serves."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from predictor.config import environment
from predictor.errors import ConfigError
from predictor.http import Outbound
from predictor.remedies import gosum
from predictor.remedies.gosum import GoSum
from predictor.remedies.rehearsal import Rehearsal, rehearse
from predictor.remedies.warm_store import Coverage, WarmReport, WarmStore

EXIT_INCOMPLETE = 1


class Output(StrEnum):
    """How the answer is printed."""

    TEXT = "text"
    JSON = "json"


def warm(
    projects: Annotated[list[Path], typer.Argument(help="Folders with go.mod and go.sum.")],
    source: Annotated[str, typer.Option("--from", help="GOPROXY to fetch from, e.g. https://proxy.golang.org.")],
    to: Annotated[Path, typer.Option(help="Folder of the warm store.")] = Path("~/.local/share/fetchcast/warm"),
    rehearsal: Annotated[bool, typer.Option("--rehearse/--no-rehearse", help="Let go fetch from it offline.")] = True,
    workers: Annotated[int, typer.Option(min=1, max=128, help="Fetches at the same time.")] = 16,
    output: Annotated[Output, typer.Option("--format", help="text for people, json for machines.")] = Output.TEXT,
) -> None:
    """Fetch every module that the projects' go.sum demand, verify each against its hash, and publish it.

    The store is then a GOPROXY of its own: GOPROXY=file://STORE,<your list>. With --rehearse the real go command
    proves it: it downloads each project from the store alone.

    Exit codes: 0 the store covers everything (and every rehearsal passed), 1 something is missing, 2 wrong usage.

    Examples:

      fetchcast warm . --from https://proxy.golang.org

      fetchcast warm services/*/ --from http://athens.corp:3000 --to /srv/warm
    """
    wanted = GoSum.union(gosum.read(project / "go.sum") for project in projects)
    store = WarmStore(to, Outbound(timeout_s=30.0, allow_private=True), workers)
    report = with_progress(store, wanted, source)
    coverage = store.coverage(wanted)
    proofs = {}
    if rehearsal and coverage.share == 1.0:
        proofs = {str(project): rehearse(project, store.goproxy, environ=environment()) for project in projects}
    render = as_json if output is Output.JSON else summary
    sys.stdout.write(render(store, report, coverage, proofs))
    if coverage.share < 1.0 or not all(proof.ok for proof in proofs.values()):
        raise typer.Exit(EXIT_INCOMPLETE)


def with_progress(store: WarmStore, wanted: GoSum, source: str) -> WarmReport:
    """Warm with a progress bar on standard error where that is a terminal."""
    if not wanted.modules():
        raise ConfigError("the projects' go.sum demand nothing")
    if not sys.stderr.isatty():
        return store.warm(wanted, source)
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("warming", total=None)
        return store.warm(wanted, source, lambda done, total: bar.update(task, completed=done, total=total))


def as_json(store: WarmStore, report: WarmReport, coverage: Coverage, proofs: Mapping[str, Rehearsal]) -> str:
    """What happened, for machines; ``proofs`` by project."""
    answer = {
        "store": str(store.root),
        "goproxy": store.goproxy,
        "needed": coverage.needed,
        "held": coverage.held,
        "coverage": coverage.share,
        "fetched": report.fetched,
        "bytes": report.bytes,
        "failed": report.failed,
        "rehearsals": {name: {"ok": proof.ok, "detail": proof.detail} for name, proof in proofs.items()},
    }
    return json.dumps(answer) + "\n"


def summary(store: WarmStore, report: WarmReport, coverage: Coverage, proofs: Mapping[str, Rehearsal]) -> str:
    """What happened, for people; ``proofs`` by project."""
    lines = [
        f"{store.root} holds {coverage.held} of {coverage.needed} module versions ({coverage.share:.0%})",
        f"fetched {report.fetched} ({report.bytes / 1e6:.1f} MB), already there {report.kept}",
    ]
    lines += [f"failed: {name}: {reason}" for name, reason in sorted(report.failed.items())[:20]]
    lines.append(f"use it: GOPROXY={store.goproxy},<your list>")
    for name, proof in proofs.items():
        lines.append(f"rehearsal of {name}: {'passed' if proof.ok else 'FAILED ' + proof.detail}")
    return "\n".join(lines) + "\n"
