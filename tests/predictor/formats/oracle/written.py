"""A log together with the events that it tells, and the comparison of these with what a format reads.

Every oracle makes a :class:`Written`: it draws what happened, writes it down as the program's documentation says, and
derives the events from what it drew, one at a time. No code under test takes part but the URL grammar and the enums.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from predictor.events import EventBatch
from predictor.formats import by_name
from predictor.protocols import Block, Source

NAN = math.nan
ALIKE = 48  # copies of a log that make its lines many enough for the readers of whole blocks
CUT = 25  # characters of a line whose writing was cut off: in no format a whole line
COARSE_S = 1e-5  # epoch seconds in a float are this coarse
Event = dict[str, Any]

#: What every row says where the log says nothing.
NOTHING: Event = {
    "time": None,
    "kind": "fetch",
    "vantage": "default",
    "upstream": None,
    "op": "none",
    "module": None,
    "version": None,
    "outcome": "ok",
    "cause": "none",
    "status": None,
    "latency_s": None,
    "bytes": None,
    "cache": "none",
    "tries": 1,
    "client": None,
    "job": None,
    "line": 0,
}
#: Lines that are in no log on purpose: cut writes, other programs, bytes of nobody.
GARBAGE = ("", "\x00\x01 not a log line", "{broken", '"', "== 100% ==", "{}", "[]", "a" * 300, "goroutine 1 [running]:")


class Entry(NamedTuple):
    """One line of a log, its event if it tells one, and the upstream that the line names."""

    line: str
    event: Event | None = None
    seen: str = ""


@dataclass(frozen=True, repr=False)
class Written:
    """A log and what it tells."""

    lines: Sequence[str]
    events: Sequence[Event]
    source: Source = field(default_factory=Source)
    stamps: Sequence[float] | None = None  # UTC seconds that a wrapper knows of each line
    now: float = NAN

    def __repr__(self) -> str:
        return "\n".join(["", *self.lines])


def assembled(entries: Sequence[Entry], head: Sequence[str] = ()) -> Written:
    """A log of these entries: a line that names no upstream belongs to the last one named, else to its host."""
    events, last = [], ""
    for number, entry in enumerate(entries, len(head) + 1):
        last = entry.seen or last
        if entry.event is None:
            continue
        event = dict(entry.event)
        host = event.pop("host", None)
        events.append({**NOTHING, **event, "upstream": last or host or "local", "line": number})
    return Written([*head, *(entry.line for entry in entries)], events)


def strewn(draw: st.DrawFn, entries: Sequence[Entry], garbage: Sequence[str] = GARBAGE) -> list[Entry]:
    """The entries with garbage and cut lines between some of them."""
    found = []
    for entry in entries:
        if draw(st.integers(0, 5)) == 5:
            found.append(Entry(draw(st.sampled_from([*garbage, entry.line[:CUT]]))))
        found.append(entry)
    return found


@st.composite
def logs(
    draw: st.DrawFn,
    entries: st.SearchStrategy[Entry],
    *,
    first: Entry | None = None,
    head: Sequence[str] = (),
    garbage: Sequence[str] = GARBAGE,
) -> Written:
    """Logs whose lines stand each for itself: few lines, or many alike.

    Args:
        draw: given by Hypothesis.
        entries: one line.
        first: a line that shows every field once, where the format is guessed from its lines.
        head: lines before all others.
        garbage: what may stand between.
    """
    few = strewn(draw, draw(st.lists(entries, min_size=1, max_size=8)), garbage)
    few = [first, *few] if first else few
    return assembled(few * draw(st.sampled_from([1, 1, ALIKE])), head)


def read(name: str, log: Written, lines_at_once: int = 1 << 30) -> list[Event]:
    """What the format called ``name`` reads, fed with blocks of so many lines; times as UTC seconds."""
    parser, batches = by_name(name).parser(log.source), []
    for start in range(0, len(log.lines), lines_at_once):
        lines = log.lines[start : start + lines_at_once]
        text = "".join(line + "\n" for line in lines).encode()
        stamps = None if log.stamps is None else np.array(log.stamps[start : start + lines_at_once])
        batches.append(parser.feed(Block(text, start + 1, stamps)))
    batch = EventBatch.concat([*batches, parser.finish(log.now)])
    times = [None if math.isnan(time) else time for time in batch.time.tolist()]
    return [row | {"time": time} for row, time in zip(batch.rows(), times, strict=True)]


def differences(found: Sequence[Event], expected: Sequence[Event]) -> list[str]:
    """What is not as expected, in words; nothing when all columns of all events agree."""
    said = [] if len(found) == len(expected) else [f"{len(found)} events, not {len(expected)}"]
    for row, wanted in zip(sorted(found, key=_place), sorted(expected, key=_place), strict=False):
        said += [
            f"line {wanted['line']}: {name} is {row[name]!r}, not {value!r}"
            for name, value in wanted.items()
            if not _same(row[name], value)
        ]
    return said


def _place(event: Event) -> tuple[int, str, str]:
    """Where an event stands: what a line tells at once has no order."""
    return event["line"], event["kind"], event["upstream"] or ""


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(found, float) and isinstance(wanted, (int, float)):
        return math.isclose(found, wanted, rel_tol=1e-12, abs_tol=COARSE_S)
    return bool(found == wanted)
