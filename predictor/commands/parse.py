"""``fetchcast parse``: logs and archives of logs in, fetch events out; several files on all cores."""

from __future__ import annotations

import csv
import io
import math
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Annotated, Any

import msgspec
import numpy as np
import typer

from predictor import config
from predictor.archives import Log, log_of, logs
from predictor.errors import InputError
from predictor.events import COLUMNS, Cause, EventBatch, Kind, Outcome
from predictor.formats import by_name, stamps
from predictor.protocols import Source
from predictor.reading import AUTO, Reader, ReadReport, read_stream

Advance = Callable[[int, int], None]  # (done, total)
CELL = 60  # characters of a cell in the table
TABLE_ROWS = 20  # events shown in the table; the summary below it counts all
STDIN = "-"
_ENCODE = msgspec.json.Encoder().encode
SHOWN = ("time", "upstream", "op", "module", "version", "outcome", "cause", "status", "latency_s", "cache")


class OutputFormat(StrEnum):
    """How events are printed."""

    table = "table"
    json = "json"
    csv = "csv"


@dataclass(frozen=True)
class Job:
    """What one process needs to read one file with all logs in it."""

    path: str
    source: Source
    log_format: str
    output: OutputFormat
    mappings: dict[str, dict[str, str]]


@dataclass
class Result:
    """What one log gave, beside its events."""

    name: str
    report: ReadReport = field(default_factory=ReadReport)
    summary: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    first: list[dict[str, Any]] = field(default_factory=list)
    timeless: int = 0
    error: str = ""
    note: str = ""  # it is no log, but what is to be said of an archive


def parse(
    files: Annotated[list[str], typer.Argument(help="Logs: plain, gzip, zstd, zip or tar; - is standard input.")],
    output: Annotated[OutputFormat, typer.Option("--format", help="json is one object a line.")] = OutputFormat.table,
    log_format: Annotated[str, typer.Option(help="Name of the log format instead of detection.")] = AUTO,
    vantage: Annotated[str, typer.Option(help="Where the fetches were seen from.")] = "default",
    upstream: Annotated[str, typer.Option(help="Upstream of lines that name none.")] = "",
    start: Annotated[str, typer.Option(help="When the log begins, for stamps without a date (RFC 3339).")] = "",
    config_file: Annotated[Path | None, typer.Option("--config", help="Configuration: field names, aliases.")] = None,
    jobs: Annotated[int, typer.Option(help="Processes for several files; 0 is one per core.", min=0)] = 0,
) -> None:
    """Read logs and print their fetch events.

    Formats, CI wrappers, compression and archives are recognised from the content; members of an archive are logs
    like other files.

    Exit codes: 0 all files were read, 1 some could not be read (to their end), 2 none could or the call was wrong.

    \b
    Examples:
      fetchcast parse access.log
      fetchcast parse --format json build-*.log.gz logs_4711.zip > events.jsonl
      kubectl logs deploy/athens | fetchcast parse - --upstream proxy.golang.org
    """
    settings = config.load(config_file)
    if log_format != AUTO:
        by_name(log_format)
    source = Source(vantage=vantage, upstream=upstream, start=_start(start), aliases=settings.aliases)
    tasks = [Job(path, source, log_format, output, settings.formats) for path in files]
    if output is OutputFormat.csv:
        _write((",".join(COLUMNS) + "\n").encode())
    results = list(_results(tasks, jobs or os.cpu_count() or 1))
    if output is OutputFormat.table:
        _write(_table(results).encode())
    if code := _exit_code(results):
        raise typer.Exit(code)


def _exit_code(results: Sequence[Result]) -> int:
    faults = [bool(result.error) for result in results if not result.note]
    if not any(faults):
        return 0
    return 2 if all(faults) else 1


def _start(text: str) -> float:
    value = stamps.stamp(text) if text else math.nan
    if text and math.isnan(value):
        raise InputError("is no time; write it like 2026-11-22T07:50:02Z", field="--start")
    return value


def _results(tasks: Sequence[Job], jobs: int) -> Iterator[Result]:
    """Prints the events of each file in the order of the call and gives the results."""
    with _progress() as advance:
        if jobs == 1 or len(tasks) == 1 or any(task.path == STDIN for task in tasks):
            for task in tasks:
                for result in run(task, sys.stdout.buffer, advance):
                    yield _told(result)
            return
        with TemporaryDirectory() as folder, ProcessPoolExecutor(min(jobs, len(tasks))) as pool:
            spools = [Path(folder) / str(number) for number in range(len(tasks))]
            for done, (spool, results) in enumerate(zip(spools, pool.map(_run_aside, tasks, spools), strict=True)):
                with spool.open("rb") as text:
                    shutil.copyfileobj(text, sys.stdout.buffer)
                spool.unlink()
                advance(done + 1, len(tasks))
                for result in results:
                    yield _told(result)


def _run_aside(task: Job, spool: Path) -> list[Result]:
    """Runs in a process of its own: events go to a file, so that memory does not grow with the log."""
    with spool.open("wb") as out:
        return list(run(task, out, _silent))


def run(task: Job, out: IO[bytes], advance: Advance) -> Iterator[Result]:
    """Read the logs of one file, print their events to ``out`` as they come, and count; a result for each log."""
    try:
        size = 0 if task.path == STDIN else Path(task.path).stat().st_size
        found = iter([log_of(sys.stdin.buffer, STDIN)]) if task.path == STDIN else logs(task.path)
        for log in found:
            yield _read(log, task, out, lambda done: advance(done, size))
    except InputError as error:
        yield Result(task.path, error=str(error))
    except OSError as error:
        yield Result(task.path, error=f"{task.path}: {error.strerror}")


def _read(log: Log, task: Job, out: IO[bytes], advance: Callable[[int], None]) -> Result:
    result = Result(log.name, error=str(log.error or ""), note=log.note)
    if log.stream is None:
        return result
    reader = Reader(replace(task.source, name=log.name), task.log_format, task.mappings)
    result.report = reader.report
    try:
        for batch in read_stream(log.stream, reader, log.name):
            _count(result, batch)
            out.write(_printed(batch, task.output))
            advance(reader.report.bytes)
    except InputError as error:
        result.error = str(error)
    return result


def _count(result: Result, batch: EventBatch) -> None:
    """Keep the first rows for the table and count the events by what they say."""
    if len(result.first) < TABLE_ROWS:
        result.first += list(batch.take(np.arange(min(len(batch), TABLE_ROWS - len(result.first)))).rows())
    result.timeless += int(np.isnan(batch.time).sum())
    key = ((batch.upstream.astype(np.int64) * 8 + batch.kind) * 8 + batch.outcome) * 64 + batch.cause
    for value, count in zip(*np.unique(key, return_counts=True), strict=True):
        upstream, rest = divmod(int(value), 8 * 8 * 64)
        kind, outcome, cause = Kind(rest // 512).name, Outcome(rest // 64 % 8).name, Cause(rest % 64).name
        result.summary[batch.strings[upstream], kind.lower(), outcome.lower(), cause.lower()] += int(count)


def _printed(batch: EventBatch, output: OutputFormat) -> bytes:
    if output is OutputFormat.table:
        return b""
    if output is OutputFormat.json:
        return b"".join(_ENCODE(row) + b"\n" for row in batch.rows())
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(["" if row.get(name) is None else row[name] for name in COLUMNS] for row in batch.rows())
    return text.getvalue().encode()


def _told(result: Result) -> Result:
    """Says on standard error what was read, skipped and missing."""
    report, path = result.report, result.name
    if result.note:
        typer.echo(f"{path}: {result.note}", err=True)
        return result
    notes = [f"{count} lines skipped ({reason})" for reason, count in sorted(report.skipped.items())]
    if result.timeless:
        notes.append(f"{result.timeless} events without a time: give --start")
    if not report.lines and not result.error:
        notes.append("empty")
    around = f" in {' in '.join(reversed(report.wrapper))}" if report.wrapper else ""
    said = f"{path}: {report.format or 'no format'}{around}, {report.lines} lines, {report.events} events"
    typer.echo("; ".join([said, *notes]), err=True)
    if result.error:
        typer.echo(f"fetchcast: {result.error}", err=True)
    return result


def _table(results: Sequence[Result]) -> str:
    """The first events and a count of all by upstream, outcome and cause."""
    rows = [[_cell(row[name]) for name in SHOWN] for result in results for row in result.first][:TABLE_ROWS]
    total = sum(result.report.events for result in results)
    counts: Counter[tuple[str, str, str, str]] = sum((result.summary for result in results), Counter())
    if not total:
        return "No fetch events.\n"
    more = f"... {total - len(rows)} more; all of them with --format json\n" if total > len(rows) else ""
    ordered = sorted(counts.items(), key=lambda item: (item[0][0], -item[1]))
    lines = [[*key, str(count), f"{100 * count / total:.1f} %"] for key, count in ordered]
    return (
        _aligned(SHOWN, rows)
        + more
        + "\n"
        + _aligned(("upstream", "kind", "outcome", "cause", "events", "share"), lines)
    )


def _cell(value: Any) -> str:
    text = "-" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)
    return text if len(text) <= CELL else text[: CELL - 2] + ".."


def _aligned(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(names, *rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (names, *rows)
    ]
    return "\n".join(lines) + "\n"


def _write(text: bytes) -> None:
    sys.stdout.buffer.write(text)


def _silent(done: int, total: int) -> None:
    """No bar."""


@contextmanager
def _progress() -> Iterator[Advance]:
    """A bar on standard error where that is a terminal; its total is unknown for compressed logs and pipes."""
    if not sys.stderr.isatty():
        yield _silent
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total if total >= done else None)
