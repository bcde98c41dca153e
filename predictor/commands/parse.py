"""``fetchcast parse``: logs in, fetch events out; several files on all cores."""

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
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Annotated, Any

import msgspec
import numpy as np
import typer

from predictor import config
from predictor.errors import InputError
from predictor.events import COLUMNS, Cause, EventBatch, Kind, Outcome
from predictor.formats import by_name, stamps
from predictor.protocols import Source
from predictor.reading import AUTO, Reader, ReadReport, read_file, read_stream

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
    """What one process needs to read one file."""

    path: str
    source: Source
    log_format: str
    output: OutputFormat
    mappings: dict[str, dict[str, str]]


@dataclass
class Result:
    """What one file gave, beside its events."""

    report: ReadReport
    summary: Counter[tuple[str, str, str, str]]
    first: list[dict[str, Any]]
    timeless: int = 0
    error: str = ""


def parse(
    files: Annotated[list[str], typer.Argument(help="Logs, plain or gzip or zstd; - is standard input.")],
    output: Annotated[OutputFormat, typer.Option("--format", help="json is one object a line.")] = OutputFormat.table,
    log_format: Annotated[str, typer.Option(help="Name of the log format instead of detection.")] = AUTO,
    vantage: Annotated[str, typer.Option(help="Where the fetches were seen from.")] = "default",
    upstream: Annotated[str, typer.Option(help="Upstream of lines that name none.")] = "",
    start: Annotated[str, typer.Option(help="When the log begins, for stamps without a date (RFC 3339).")] = "",
    config_file: Annotated[Path | None, typer.Option("--config", help="Configuration: field names, aliases.")] = None,
    jobs: Annotated[int, typer.Option(help="Processes for several files; 0 is one per core.", min=0)] = 0,
) -> None:
    """Read logs and print their fetch events.

    Formats, CI wrappers and compression are recognised from the content.

    Exit codes: 0 all files were read, 1 some could not be read (to their end), 2 none could or the call was wrong.

    \b
    Examples:
      fetchcast parse access.log
      fetchcast parse --format json build-*.log.gz > events.jsonl
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
    failed = sum(1 for result in results if result.error)
    if not failed:
        return 0
    return 2 if failed == len(results) else 1


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
                yield _told(run(task, sys.stdout.buffer, advance), task.path)
            return
        with TemporaryDirectory() as folder, ProcessPoolExecutor(min(jobs, len(tasks))) as pool:
            spools = [Path(folder) / str(number) for number in range(len(tasks))]
            for done, (task, spool, result) in enumerate(
                zip(tasks, spools, pool.map(_run_aside, tasks, spools), strict=True)
            ):
                with spool.open("rb") as text:
                    shutil.copyfileobj(text, sys.stdout.buffer)
                spool.unlink()
                advance(done + 1, len(tasks))
                yield _told(result, task.path)


def _run_aside(task: Job, spool: Path) -> Result:
    """Runs in a process of its own: events go to a file, so that memory does not grow with the log."""
    with spool.open("wb") as out:
        return run(task, out, _silent)


def run(task: Job, out: IO[bytes], advance: Advance) -> Result:
    """Read one file, print its events to ``out`` as they come, and count."""
    result = Result(ReadReport(), Counter(), [])
    try:
        size = 0 if task.path == STDIN else Path(task.path).stat().st_size
        reader = Reader(replace(task.source, name=task.path), task.log_format, task.mappings)
        result.report = reader.report
        for batch in _batches(task.path, reader):
            _count(result, batch)
            out.write(_printed(batch, task.output))
            advance(reader.report.bytes, size)
    except InputError as error:
        result.error = str(error)
    except OSError as error:
        result.error = f"{task.path}: {error.strerror}"
    return result


def _batches(path: str, reader: Reader) -> Iterator[EventBatch]:
    return read_stream(sys.stdin.buffer, reader, path) if path == STDIN else read_file(path, reader=reader)


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


def _told(result: Result, path: str) -> Result:
    """Says on standard error what was read, skipped and missing."""
    report = result.report
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
