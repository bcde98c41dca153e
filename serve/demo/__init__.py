"""``fetchcast demo``: the whole line on one machine, with real parts, in under two minutes.

A recorded degradation is played through the ingest endpoint of a real service; the remedy acts for real on a small
module upstream, which is then killed; two real builds show the difference.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from predictor.events import rfc3339
from serve.demo import recording
from serve.demo.curve import plot
from serve.demo.story import Stage, Story

EXIT_BROKEN = 1


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the service up and print its addresses.")] = False,
    pause: Annotated[float, typer.Option(min=0.0, max=2.0, help="Seconds per recorded minute.")] = 0.1,
) -> None:
    """Show on this machine how a warning comes, a remedy acts, and a build survives an outage.

    Needs no network, no server and no account. Everything is written to a temporary folder and removed.
    Exit codes: 0 everything happened as promised, 1 something did not (it is named).

    Examples:

      fetchcast demo

      fetchcast demo --keep
    """
    console = Console(highlight=False)
    history = recording.load(recording.folder())
    with tempfile.TemporaryDirectory(prefix="fetchcast-demo-", ignore_cleanup_errors=True) as scratch:
        introduce(console, history)
        stage = Stage(Path(scratch), history)
        try:
            watch(console, stage, pause)
            stage.builds()
            report(console, stage.story, stage.history)
            if keep:
                leave_up(console, stage)
        finally:
            stage.close()
    failures = stage.story.failures()
    for failure in failures:
        console.print(f"[red]Not as promised: {failure}.[/red]")
    if failures:
        raise typer.Exit(EXIT_BROKEN)


def introduce(console: Console, history: recording.Recording) -> None:
    """What will be shown."""
    truth = history.truth
    console.print(
        "[bold]Fetchcast demo[/bold]: a service on loopback, a recorded degradation, a real remedy, two builds."
    )
    console.print(
        f"Recording '{history.name}': {truth['kind']} at the origin of a caching mirror, {truth['shape']}. "
        f"{len(history.pieces)} pieces of CI and proxy logs are sent to POST /v1/logs, faster than they happened."
    )


def watch(console: Console, stage: Stage, pause: float) -> None:
    """Play the recording under a progress bar and a growing risk curve."""
    progress = Progress(TextColumn("replay"), BarColumn(), TextColumn("{task.completed}/{task.total} log minutes"))
    task = progress.add_task("replay", total=None)

    def tell(story: Story) -> None:
        progress.update(task, completed=story.done, total=story.minutes)
        if console.is_terminal:
            live.update(Group(Text(curve(story, console.width)), progress))

    with Live(progress if console.is_terminal else Text(""), console=console, transient=True) as live:
        stage.play(tell, pause if console.is_terminal else 0.0)


def curve(story: Story, width: int) -> str:
    """The risk curve with its marks, for a terminal of ``width`` columns."""
    named = {"W": story.warned, "O": story.outage}
    return plot(story.risks, story.times, {letter: time for letter, time in named.items() if time}, width - 7)


def report(console: Console, story: Story, history: recording.Recording) -> None:
    """What happened, in plain words and a small table."""
    console.print(f"\n15-minute risk of {story.upstream} (W: warning, O: outage)")
    console.print(Text(curve(story, console.width)))
    console.print(f"\nWarning:  {stamp(story.warned)}")
    console.print(f"Outage:   {stamp(story.outage)}   lead time: {story.lead_min:.0f} minutes")
    true_start = history.truth["times"]["outage_start"]
    console.print(f"Truth:    {true_start}, when half of the builds began to fail; cause {history.truth['cause']}")
    signals = story.answer.get("signals", [])[:3]
    console.print(f"Cause:    {story.answer.get('cause', 'unknown')}")
    for signal in signals:
        console.print(f"Signal:   {signal['name']} ({signal['weight']:+.0%} of risk)")
    console.print("\nWhat a CI job got from GET /v1/risk at the warning:")
    console.print_json(json.dumps(story.answer))
    console.print("\nAdvice at that moment:")
    for reason in story.advice.get("why", []):
        console.print(f"  - {reason}", soft_wrap=True)
    console.print("\nThen the module upstream was killed, and two builds ran with empty module caches:")
    table = Table("build", "exit code", "seconds", "GOPROXY")
    for build in story.builds:
        table.add_row(build.name, str(build.exit_code), f"{build.seconds:.1f}", Text(build.goproxy, overflow="fold"))
    console.print(table)
    for build in story.builds:
        console.print(f"{build.name}: {build.last_line}", soft_wrap=True, markup=False)
    console.print("\nWhat the SRE chat got (signed webhook, received by the demo's listener):")
    mine = [each for each in story.messages if each[1]["data"]["upstream"] == story.upstream]
    for headers, message in (mine or story.messages)[:1]:
        console.print(f"  webhook-signature: {headers.get('webhook-signature', '')}")
        console.print_json(json.dumps(message))


def stamp(seconds: float) -> str:
    """A time for people, or that it did not happen."""
    return rfc3339(seconds) if seconds else "did not come"


def leave_up(console: Console, stage: Stage) -> None:
    """Print the addresses and wait for the user."""
    url = stage.service.url
    console.print(f"\nThe service stays up. Dashboard: {url}/   API: {url}/docs   Metrics: {url}/metrics")
    console.print("Press Ctrl-C to stop.")
    try:
        stage.service.wait()
    except KeyboardInterrupt:
        console.print("stopped")
