"""``fetchcast explain``: what failed in a log, whose fault it is, and what to do now."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated

import typer

from predictor.archives import UNREADABLE, Log, log_of, logs
from predictor.causes.commands import commands
from predictor.causes.diagnosis import Diagnosis
from predictor.causes.explain import Explanation
from predictor.errors import InputError
from predictor.pasted import MAX_BYTES, explain_log

STDIN = "-"
OUTAGE_EXIT = 1
UNREADABLE_EXIT = 2
WIDTH = 240  # characters of evidence shown
OTHERS = 5  # further findings shown


class OutputFormat(StrEnum):
    """How an explanation is printed."""

    text = "text"
    json = "json"


FAULT = {
    "outage": "infrastructure, not your code",
    "throttling": "the server throttles you, not your code",
    "auth": "credentials or rights",
    "user": "what this project asks for",
    "config": "settings of this machine or build",
    "integrity": "content does not match its checksum: find out why before you go on",
    "local": "this machine",
}


def explain(
    files: Annotated[list[str] | None, typer.Argument(help="Logs: plain, gzip, zstd, zip or tar; - is stdin.")] = None,
    output: Annotated[
        OutputFormat, typer.Option("--format", help="json is one object a line for several logs.")
    ] = OutputFormat.text,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 when a log shows an outage.")] = False,
) -> None:
    """Say what failed in a log, whose fault it is and what to do now.

    Takes any pasted log: output of go, CI logs, mails, excerpts that start in the middle. Exit code: 0 the logs
    were read, whatever they say (with --exit-code: 1 when one shows an outage), 2 a log could not be read.

    \b
    Examples:
      fetchcast explain build.log
      gh run view 123 --log-failed | fetchcast explain -
      fetchcast explain logs_4711.zip
      fetchcast explain --format json --exit-code *.log
    """
    names = files or [STDIN]
    outage = unreadable = False
    for log in found_in(names):
        data, error = content(log)
        if error is not None:
            typer.echo(f"fetchcast: {error}", err=True)
            unreadable = True
        if log.note:
            typer.echo(f"{log.name}: {log.note}", err=True)
        if not data and (error is not None or log.note):
            continue
        said = explain_log(data)
        outage = outage or said.outage
        several = len(names) > 1 or log.name not in names
        typer.echo(as_json(log.name, said, several) if output is OutputFormat.json else as_text(log.name, said))
    if unreadable:
        raise typer.Exit(UNREADABLE_EXIT)
    if exit_code and outage:
        raise typer.Exit(OUTAGE_EXIT)


def found_in(names: Sequence[str]) -> Iterator[Log]:
    """The logs of all these files, in order; a file that cannot be opened is one with a fault."""
    for name in names:
        yield from iter([log_of(sys.stdin.buffer, name)]) if name == STDIN else logs(name)


def content(log: Log) -> tuple[bytes, InputError | None]:
    """(the bytes of a log as far as they can be read, at most ``MAX_BYTES``; why there are no more)."""
    parts: list[bytes] = []
    error, left = log.error, MAX_BYTES
    try:
        while log.stream is not None and left and (data := log.stream.read(left)):
            parts.append(data[:left])
            left -= len(parts[-1])
    except UNREADABLE as failure:
        error = InputError(f"cannot be read on: {failure}", source=log.name)
    return b"".join(parts), error


def as_json(name: str, said: Explanation, several: bool) -> str:
    """One JSON object; with its ``file`` when there are several."""
    return json.dumps(({"file": name} if several else {}) | said.as_json(), ensure_ascii=False)


def as_text(name: str, said: Explanation) -> str:
    """What an engineer needs, on one screen."""
    if said.primary is None:
        return f"{name}: no trouble with Go module fetching found in this log."
    main = said.findings[said.primary]
    others = [finding for finding in said.findings if finding is not main]
    lines = [f"{name}: {verdict(main)}", *details(main), *todo(main)]
    if others:
        lines += ["", "  also in this log:"]
        lines += [f"    line {other.line + 1}: {other.cause} {place(other)}" for other in others[:OTHERS]]
        lines += [f"    and {len(others) - OTHERS} more"] if len(others) > OTHERS else []
    return "\n".join(lines)


def verdict(finding: Diagnosis) -> str:
    """The answer in one line."""
    if finding.outage:
        return f"OUTAGE ({finding.cause}){' at ' + finding.host if finding.host else ''}: {FAULT[finding.klass]}"
    if finding.cause == "none":
        return "fetch trouble in words that are not known yet: look at the evidence"
    return f"NO OUTAGE ({finding.cause}): {FAULT[finding.klass]}"


def place(finding: Diagnosis) -> str:
    """Host, module and version, as far as the log says them."""
    module = finding.module + (f"@{finding.version}" if finding.version else "")
    return " ".join(part for part in (finding.host, module, f"[{finding.phase}]") if part)


def details(finding: Diagnosis) -> list[str]:
    """What failed, the evidence and the reason."""
    evidence = finding.text if len(finding.text) <= WIDTH else finding.text[: WIDTH - 1] + "…"
    return [
        f"  what failed   {place(finding)}",
        f"  evidence      line {finding.line + 1}: {evidence}",
        f"  why           {finding.why}",
        f"  sureness      {finding.confidence:.0%}",
    ]


def todo(finding: Diagnosis) -> Sequence[str]:
    """What to do now."""
    steps = commands(finding)
    return ["  do now", *(f"    {step}" for step in steps)] if steps else []
