"""The ``fetchcast`` command: a table of command -> dotted name, imported on first use.

So that ``fetchcast risk`` starts fast in a CI job, nothing of a command is imported before it is called.
``training``, ``serve`` and plug-ins add commands by entry points of the group ``fetchcast.commands``.
"""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import entry_points

import click
import typer
from typer.main import get_command

from predictor import __version__
from predictor.errors import FetchcastError

#: command -> (module:function, what the list of commands says of it)
COMMANDS: dict[str, tuple[str, str]] = {
    "parse": ("predictor.commands.parse:parse", "Read logs and print their fetch events."),
    "explain": ("predictor.commands.explain:explain", "Say what failed in a log, whose fault it is and what to do."),
    "templates": ("predictor.commands.templates:templates", "List shapes of fetch trouble that no family knows."),
    "replay": ("predictor.commands.replay:replay", "Run recorded logs through the forecaster, bin by bin."),
    "risk": ("predictor.commands.risk:risk", "Ask a service for the risk of an upstream; the exit code decides."),
    "advise": ("predictor.commands.advise:advise", "Print what a build that starts now should set."),
    "warm": ("predictor.commands.warm:warm", "Fill the warm store with verified modules."),
}
GROUP = "fetchcast.commands"
EXIT_ERROR = 2


class Table(click.Group):
    """Resolves a command only when it is called; the list of commands imports none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Built-in commands first, then those of installed packages."""
        return [*COMMANDS, *sorted(point.name for point in entry_points(group=GROUP) if point.name not in COMMANDS)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name in COMMANDS:
            target = COMMANDS[cmd_name][0]
        else:
            found = [point.value for point in entry_points(group=GROUP) if point.name == cmd_name]
            if not found:
                return None
            target = found[0]
        module, _, name = target.partition(":")
        try:
            function = getattr(importlib.import_module(module), name)
        except ModuleNotFoundError as error:
            raise click.ClickException(
                f"'{cmd_name}' needs the package '{error.name}': pip install 'fetchcast[all]'"
            ) from error
        app = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
        app.command(cmd_name)(function)
        command = get_command(app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list with one line each, from the table alone."""
        rows = [(name, summary) for name, (_, summary) in COMMANDS.items()]
        extra = [name for name in self.list_commands(ctx) if name not in COMMANDS]
        rows += [(name, f"See 'fetchcast {name} --help'.") for name in extra]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=Table, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fetchcast")
def fetchcast() -> None:
    """Forecast outages of the servers that Go builds fetch from, and act before the builds break.

    \b
    Examples:
      fetchcast explain build.log              what failed here, and whose fault is it?
      fetchcast replay ci/*.log access.log --out risk.csv
      fetchcast risk --upstream proxy.golang.org --max 0.5 && go build ./...
    """


def main() -> None:
    """Run the command; an error raised on purpose becomes one line and exit code 2."""
    try:
        fetchcast(prog_name="fetchcast")
    except FetchcastError as error:
        click.echo(f"fetchcast: {error}", err=True)
        sys.exit(EXIT_ERROR)
