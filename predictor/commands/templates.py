"""``fetchcast templates``: shapes of fetch trouble that no family knows, by count."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from predictor import config
from predictor.commands.explain import content, found_in
from predictor.errors import InputError
from predictor.pasted import explain_log
from predictor.templates import Miner, Template, read_table, write_table

STATE = "templates.json"


class OutputFormat(StrEnum):
    """How templates are printed."""

    text = "text"
    json = "json"


def templates(
    files: Annotated[
        list[str] | None, typer.Argument(help="Logs to learn from first: plain, gzip, zstd, zip or tar.")
    ] = None,
    output: Annotated[OutputFormat, typer.Option("--format", help="json is one object a line.")] = OutputFormat.text,
    state: Annotated[Path | None, typer.Option(help="File that keeps the table; default: in the data folder.")] = None,
    top: Annotated[int, typer.Option(help="How many to list.", min=1)] = 50,
    config_file: Annotated[Path | None, typer.Option("--config", help="Configuration.")] = None,
) -> None:
    """List shapes of fetch trouble that no family of the taxonomy knows, most frequent first.

    Given logs, it adds their unknown messages to the table first. Exit code: 0, or 2 when a log or the table cannot be
    read.

    \b
    Examples:
      fetchcast templates
      fetchcast templates ci/*.log --state templates.json --format json
    """
    path = state or config.load(config_file).data_dir() / STATE
    miner = read_table(path)
    for log in found_in(files or ()):
        data, error = content(log)
        if error is not None:
            raise error
        if log.note:
            typer.echo(f"{log.name}: {log.note}", err=True)
        learn(miner, data)
    if files:
        save(path, miner)
    for template in miner.by_count()[:top]:
        typer.echo(as_json(template) if output is OutputFormat.json else f"{template.count:7}  {template.shape}")
    if not len(miner) and output is OutputFormat.text:
        typer.echo("No unknown shapes of fetch trouble.")


def learn(miner: Miner, data: bytes) -> None:
    """Add the unknown messages of one log to the table."""
    for finding in explain_log(data).findings:
        if finding.cause == "none":
            miner.add(finding.text)


def save(path: Path, miner: Miner) -> None:
    """Keep the table.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        write_table(path, miner)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", source=str(path)) from error


def as_json(template: Template) -> str:
    """One template as a JSON object."""
    row = {"count": template.count, "template": template.shape, "example": template.example}
    return json.dumps(row, ensure_ascii=False)
