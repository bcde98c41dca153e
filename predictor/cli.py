"""The ``fetchcast`` command: a table of command -> dotted name, imported on first use.

So that ``fetchcast risk`` starts fast in a CI job, nothing of a command is imported before it is called.
``training``, ``serve`` and plug-ins add commands by entry points of the group ``fetchcast.commands``.
"""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points

from predictor import __version__
from predictor.errors import FetchcastError

#: command -> (module:function, what the list of commands says of it)
COMMANDS: dict[str, tuple[str, str]] = {
    "explain": ("predictor.commands.explain:explain", "Say what failed in a log, whose fault it is and what to do."),
    "risk": ("predictor.commands.risk:risk", "Ask a service for the risk of an upstream; the exit code decides."),
    "advise": ("predictor.commands.advise:advise", "Print what a build that starts now should set."),
    "warm": ("predictor.commands.warm:warm", "Fill the warm store with verified modules."),
    "parse": ("predictor.commands.parse:parse", "Read logs and print their fetch events."),
    "replay": ("predictor.commands.replay:replay", "Run recorded logs through the forecaster, bin by bin."),
    "templates": ("predictor.commands.templates:templates", "List shapes of fetch trouble that no family knows."),
}
#: What the list says of the commands that the other two packages bring by entry point.
SUMMARIES = {
    "demo": "See the whole line work on this machine: warning, remedy, two builds.",
    "serve": "Run the service: ingest, risk, advice, dashboard.",
    "record": "Record real builds under an injected fault.",
    "simulate": "Simulate months of fetches and outages.",
    "dataset": "Build a training set from logs, a store or a simulation.",
    "train": "Fit the forecaster.",
    "evaluate": "Judge a model by events, with baselines beside it.",
    "backtest": "Run the model class on a public outage history.",
}
GROUP = "fetchcast.commands"
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
USAGE = """Usage: fetchcast COMMAND [OPTIONS]

Forecast outages of the servers that Go builds fetch from, and act before the builds break.

Examples:
  fetchcast explain build.log               what failed here, and whose fault is it?
  fetchcast replay logs.zip access.log --out risk.csv
  fetchcast risk --upstream proxy.golang.org --max 0.5 && go build ./...

Commands:
{commands}

'fetchcast COMMAND --help' says more. Exit code 2: wrong usage, or input that could not be read.
"""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command; an error raised on purpose becomes one line and exit code 2."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    name = arguments[0] if arguments else "--help"
    if name in {"-h", "--help", "help"}:
        sys.stdout.write(usage())
        sys.exit(0 if arguments else EXIT_USAGE)
    if name == "--version":
        sys.stdout.write(f"fetchcast {__version__}\n")
        sys.exit(0)
    try:
        run(name, load(name), arguments[1:])
    except FetchcastError as error:
        sys.stderr.write(f"fetchcast: {error}\n")
        sys.exit(EXIT_USAGE)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)


def run(name: str, function: Callable[..., None], arguments: Sequence[str]) -> None:
    """Parse ``arguments`` for one command by its signature and call it."""
    import typer

    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(name, context_settings={"help_option_names": ["-h", "--help"]})(function)
    app(args=list(arguments), prog_name=f"fetchcast {name}")


def load(name: str) -> Callable[..., None]:
    """The function behind a command.

    Raises:
        FetchcastError: there is no such command, or a package that it needs is not installed.
    """
    targets = {point.name: point.value for point in entry_points(group=GROUP)} if name not in COMMANDS else {}
    target = COMMANDS[name][0] if name in COMMANDS else targets.get(name)
    if target is None:
        close = difflib.get_close_matches(name, [*COMMANDS, *targets], 1)
        hint = f"did you mean '{close[0]}'?" if close else "see 'fetchcast --help'"
        raise FetchcastError(f"there is no command '{name}': {hint}")
    module, _, attribute = target.partition(":")
    try:
        function: Callable[..., None] = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        extra = "train" if module.startswith("training") else "serve"
        raise FetchcastError(f"'{name}' needs the package {error.name}: pip install 'fetchcast[{extra}]'") from error
    return function


def usage() -> str:
    """The text of ``fetchcast --help``; imports no command."""
    lines = {name: summary for name, (_, summary) in COMMANDS.items()}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        lines.setdefault(point.name, SUMMARIES.get(point.name, f"from {point.value.partition(':')[0]}"))
    return USAGE.format(commands="\n".join(f"  {name:<11}{summary}" for name, summary in lines.items()))
