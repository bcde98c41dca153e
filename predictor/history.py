"""Several logs of different kinds become one history: all events, merged by time.

Within one file the order of the lines betrays a wrong clock: a few lines far from their neighbours on both sides
are left out and counted, a real gap stays. A build whose log just ends is known to have ended well only when it has
been silent for a while, as nobody who watched the log could have known earlier.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from predictor.archives import Log, Wanted, logs
from predictor.errors import InputError
from predictor.events import EventBatch, Kind, Outcome
from predictor.protocols import Source
from predictor.reading import AUTO, Reader, read_stream
from predictor.templates import Miner

JUMP_S = 3600.0  # lines of one file that stand further from all others than this may have a wrong clock
FAR_S = 30 * 86400.0  # and those of the whole history
FEW = 5  # ... when they are fewer than this
END_GRACE_S = 300.0  # silence after which a log that does not say so has ended

Times = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one log.

    Attributes:
        path: of its file, followed by its name in an archive.
        fault: why it could not be read (on), "" when it could.
        note: what was left out of an archive, and why.
    """

    path: str
    format: str = ""
    lines: int = 0
    events: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)  # reason -> lines or events
    fault: str = ""
    newest: float = math.nan  # time of its newest event, UTC seconds
    note: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """All events of several logs in order of time, and what became of each file."""

    events: EventBatch
    files: tuple[FileReport, ...]


def read_history(
    paths: Sequence[Path],
    source: Source | None = None,
    format_name: str = AUTO,
    progress: Callable[[Path], None] | None = None,
    wanted: Wanted | None = None,
) -> History:
    """Read logs of any kinds and merge their events by time (stable: equal times keep the order of the files).

    An archive counts as its members; ``wanted`` says by their names which of them are logs. A log that no format
    recognises, or that breaks off, is reported in ``files``; what was read of it stays.

    Raises:
        InputError: a file is not there, a directory or not readable; or no file gave an event with a time.
    """
    for path in paths:
        if not path.is_file():
            raise InputError("is a directory" if path.is_dir() else "no such file", source=str(path))
    if not paths:
        raise InputError("no log was named")
    parts = []
    for path in paths:
        if progress is not None:
            progress(path)
        parts += [read_log(log, source or Source(), format_name) for log in logs(path, wanted)]
    return joined(parts)


def joined(parts: Sequence[tuple[EventBatch, FileReport]]) -> History:
    """Logs that were read one by one as one history.

    Raises:
        InputError: none of them gave an event with a time.
    """
    reports = [report for _, report in parts]
    events = EventBatch.concat([batch for batch, _ in parts])
    newest = max((report.newest for report in reports if report.events), default=math.nan)
    events = events.take(~(events.time > newest))  # builds of which nobody knows yet how they end
    far = strays(events.time)
    if far.any():
        events = events.take(~far)
        reports.append(FileReport("(all)", skipped={"clock jump": int(far.sum())}))
    if not len(events):
        raise _nothing_in(reports)
    events = events.take(np.argsort(events.time, kind="stable"))
    return History(Miner().rated(events), tuple(reports))  # what is new is new to the history, not to one file


def _nothing_in(reports: Sequence[FileReport]) -> InputError:
    faults = "; ".join(report.fault for report in reports if report.fault)
    first = reports[0].path if reports else ""
    return InputError(faults or "no fetch with a time was found in any of the files", source=first)


def read_log(log: Log, source: Source, format_name: str = AUTO) -> tuple[EventBatch, FileReport]:
    """The events of one log that have a time, in the order of its lines, wrong clocks left out. Raises nothing."""
    if log.stream is None:
        return EventBatch.empty(), FileReport(log.name, fault=str(log.error or ""), note=log.note)
    reader = Reader(replace(source, name=log.name), format_name)
    batches: list[EventBatch] = []
    fault = ""
    try:
        batches.extend(read_stream(log.stream, reader, log.name))
    except InputError as error:
        fault = str(error)
    return cleaned(log.name, reader, batches, fault)


def cleaned(name: str, reader: Reader, batches: Sequence[EventBatch], fault: str = "") -> tuple[EventBatch, FileReport]:
    """What ``reader`` gave of one log, events without a time and with a wrong clock left out; and its report."""
    batch = EventBatch.concat(batches)
    skipped = Counter(reader.report.skipped)
    timeless = ~np.isfinite(batch.time)
    batch = batch.take(~timeless)
    wrong = jumps(batch.time)
    for reason, count in (("no time", int(timeless.sum())), ("clock jump", int(wrong.sum()))):
        if count:
            skipped[reason] += count
    batch = batch.take(~wrong)
    seen = reader.report
    newest = float(batch.time.max()) if len(batch) else math.nan
    report = FileReport(name, seen.format, seen.lines, len(batch), dict(skipped), fault, newest)
    return settle(batch, seen.lines), report


def settle(batch: EventBatch, last_line: int) -> EventBatch:
    """The same events, with builds that ended well only because the log ended moved ``END_GRACE_S`` later.

    Without this a log that is cut while its build runs would say that the build ended well at the cut.
    """
    open_ended = (batch.kind == Kind.JOB) & (batch.line >= last_line) & (batch.outcome == Outcome.OK)
    if not open_ended.any():
        return batch
    return replace(batch, time=batch.time + np.where(open_ended, END_GRACE_S, 0.0))


def jumps(times: Times) -> Mask:
    """Lines of one file (in its order) whose clock was wrong: few, far from all others, and out of order with them."""
    wrong = np.zeros(len(times), dtype=bool)
    if len(times) < 2 * FEW:
        return wrong
    order = np.argsort(times, kind="stable")
    edges = np.flatnonzero(np.diff(times[order]) > JUMP_S) + 1
    groups = np.split(order, edges)
    small = [group for group in groups if len(group) < FEW]
    kept = np.ones(len(times), dtype=bool)
    for group in small:
        kept[group] = False
    latest = np.maximum.accumulate(np.where(kept, times, -np.inf))
    soonest = np.minimum.accumulate(np.where(kept, times, np.inf)[::-1])[::-1]
    for group in small:
        wrong[group] = (latest[group] > times[group] + JUMP_S) | (soonest[group] < times[group] - JUMP_S)
    return wrong


def strays(times: Times) -> Mask:
    """A few events at either end of a whole history that stand more than a month from the rest."""
    ordered = np.sort(times)
    gaps = np.flatnonzero(np.diff(ordered) > FAR_S) + 1
    low = max((int(gap) for gap in gaps if gap < FEW and gap * 2 < len(times)), default=0)
    high = min((int(gap) for gap in gaps if len(times) - gap < FEW and gap * 2 > len(times)), default=len(times))
    if not len(times):
        return np.zeros(0, dtype=bool)
    wrong: Mask = (times < ordered[low]) | (times > ordered[high - 1])
    return wrong
