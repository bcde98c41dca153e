"""``fetchcast replay``: recorded logs through the forecaster, as if they were happening."""

from __future__ import annotations

import io
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from predictor import config as settings
from predictor.decide.policy import policy_of
from predictor.engine import Engine
from predictor.errors import InputError
from predictor.files import write_whole
from predictor.folders import logs_below
from predictor.forecast import LstmForecaster, load_model
from predictor.history import History, read_history
from predictor.outage import Rule
from predictor.protocols import Source
from predictor.reading import AUTO
from predictor.replay import Table, forecasts, summary

PROGRESS_BINS = 500


class Output(StrEnum):
    """What is printed besides the table."""

    TEXT = "text"
    JSON = "json"


def replay(
    files: Annotated[list[Path], typer.Argument(help="Logs, archives and folders of logs: one history.")],
    out: Annotated[str, typer.Option(help="The table as CSV; - is standard output.")],
    vantage: Annotated[str, typer.Option(help="Where the logs were seen from.")] = "default",
    upstream: Annotated[str, typer.Option(help="The upstream of lines that name none.")] = "",
    log_format: Annotated[str, typer.Option(help="A format's name, for all files.")] = AUTO,
    model: Annotated[Path | None, typer.Option(help="A model folder; the shipped one when unsaid.")] = None,
    config: Annotated[Path | None, typer.Option(help="The configuration (TOML).")] = None,
    output: Annotated[Output, typer.Option("--format", help="json prints a summary on standard output.")] = Output.TEXT,
) -> None:
    """Run recorded logs through the forecaster, bin by bin, and write what it would have said.

    One row per series and bin: time (end of the bin, UTC), vantage, upstream, state, risk_5m, risk_15m, risk_30m,
    warning (1 or 0). Only lines stamped before a row's time have influence on it. Logs may be plain, gzip, zstd, zip or
    tar. Of a folder all logs are read, but no notes, and an access log that is there in two formats only once.

    Exit codes: 0 done, 2 wrong usage or nothing could be read.

    Examples:

      fetchcast replay ci/*.log access.log error.log --out risk.csv

      fetchcast replay data/incidents/http-500-ramp-719 --out risk.csv

      fetchcast replay logs.zip access.log.gz --out - --vantage fra1 | grep ,1$
    """
    if out == "-" and output is Output.JSON:
        raise InputError("the table and the summary cannot both go to standard output: name a file", field="--out")
    values = settings.load(config)
    forecaster = load_model(model or _configured_model(values))
    engine = _engine(values, forecaster)
    warnings = policy_of(values.policy, forecaster.threshold)
    source = Source(vantage=vantage, upstream=upstream, fields=_fields(values, log_format), aliases=values.aliases)
    paths, wanted = logs_below(files)
    history = read_history(paths, source, log_format, lambda path: _say(f"reading {path.name}"), wanted)
    for report in history.files:
        sys.stderr.write(f"fetchcast: warning: {report.fault}\n" if report.fault else "")
        sys.stderr.write(f"{report.path}: {report.note}\n" if report.note else "")
    text = sys.stdout if out == "-" else io.StringIO()
    table = Table(text.write, warnings)
    _run(table, engine, history)
    if isinstance(text, io.StringIO):
        write_whole(Path(out), text.getvalue())
    if output is Output.JSON:
        sys.stdout.write(json.dumps(summary(table, history, engine)) + "\n")
    _done(table, history, engine)


def _configured_model(values: settings.Config) -> Path | None:
    return Path(values.model).expanduser() if values.model else None


def _engine(values: settings.Config, forecaster: LstmForecaster) -> Engine:
    """The engine of an installation, for logs of which everything is there."""
    return Engine(
        forecaster,
        bin_s=values.series.bin_s,
        history_min=values.series.history_min,
        rule=_rule(values.outage),
        rule_of={name: _rule(rule) for name, rule in values.outage_of.items()},
        depends=values.depends,
        trusted=True,
    )


def _run(table: Table, engine: Engine, history: History) -> None:
    span = float(history.events.time[-1] - history.events.time[0]) or 1.0
    for forecast in forecasts(engine, history.events):
        table.add(forecast)
        if table.bins % PROGRESS_BINS == 0:
            share = (forecast.time - float(history.events.time[0])) / span
            _say(f"{min(share, 1.0):4.0%} of the history, {table.bins} bins of {len(forecast.keys)} series")


def _done(table: Table, history: History, engine: Engine) -> None:
    _say("")
    lost = sum(sum(report.skipped.values()) for report in history.files) + sum(engine.skipped.values())
    sys.stderr.write(
        f"{len(history.events)} events of {len(history.files)} files, {table.bins} bins, {len(table.series)} series, "
        f"{sum(len(series.warnings) for series in table.series.values())} warnings, "
        f"{sum(len(series.outages) for series in table.series.values())} outages"
        + (f"; {lost} lines or events skipped (--format json says why)\n" if lost else "\n")
    )


def _say(text: str) -> None:
    """Progress, on one line, where a person watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def _rule(section: settings.OutageRule) -> Rule:
    return Rule(section.limit, section.bins, section.fetches_per_build, section.latency_s)


def _fields(values: settings.Config, log_format: str) -> dict[str, Any]:
    """The admin's field names: those of the named format, else of all that the configuration names."""
    if log_format in values.formats:
        return dict(values.formats[log_format])
    return {column: name for names in values.formats.values() for column, name in names.items()}
