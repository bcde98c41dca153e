"""A recorded degradation, cut into what a log shipper would have sent minute by minute."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from predictor.archives import UNREADABLE, Log, logs
from predictor.errors import ConfigError, InputError
from predictor.events import EventBatch
from predictor.folders import logs_below
from predictor.protocols import Source
from predictor.reading import Reader

MINUTE_S = 60.0
JOBS = "ci.tar.zst"  # the logs of all jobs; older recordings have a folder ci
NAME = "http-500-ramp-719"  # the wheel carries this one (no model was fitted on it) as serve/demo/recording


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of one log, with the event time at which a shipper had them."""

    time: float  # UTC seconds
    source: str
    job: str
    data: bytes
    final: bool


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording.

    Attributes:
        truth: what truly happened (truth.json).
        pieces: in the order of their times.
    """

    name: str
    truth: dict[str, Any]
    pieces: tuple[Piece, ...]

    def minutes(self) -> Iterator[tuple[float, list[Piece]]]:
        """(end of the minute, pieces sent in it), for every minute from the first to the last."""
        first, last = self.pieces[0].time, self.pieces[-1].time
        at, todo = 0, self.pieces
        for end in np.arange(first // MINUTE_S * MINUTE_S + MINUTE_S, last + MINUTE_S, MINUTE_S):
            start = at
            while at < len(todo) and todo[at].time < end:
                at += 1
            yield float(end), list(todo[start:at])


def folder() -> Path:
    """Where the recording of the demo lies: beside this file in an installed wheel, in data/ in a checkout.

    Raises:
        ConfigError: it is in neither place.
    """
    here = Path(__file__).parent
    for place in (here / "recording", here.parents[1] / "data" / "incidents" / NAME):
        if (place / "truth.json").is_file():
            return place
    raise ConfigError("the recording of the demo is not installed")


def load(place: Path) -> Recording:
    """Read a recording: every log is sent as its lines appear, as a log shipper does.

    Raises:
        InputError: one of its logs cannot be read.
    """
    truth = json.loads((place / "truth.json").read_text())
    pieces: list[Piece] = []
    files, wanted = logs_below([place])
    for path in files:
        for log in logs(path, wanted):
            name = str(Path(log.name).relative_to(place)).removesuffix(".gz").removesuffix(".zst")
            pieces += list(cut(name.replace(f"{JOBS}/", "ci/"), _whole(log)))
    return Recording(str(truth["name"]), truth, tuple(sorted(pieces, key=lambda piece: piece.time)))


def _whole(log: Log) -> bytes:
    if log.stream is None:
        raise log.error or InputError(log.note, source=log.name)
    try:
        return log.stream.read()
    except UNREADABLE as error:
        raise InputError(f"cannot be read: {error}", source=log.name) from error


def cut(name: str, data: bytes) -> Iterator[Piece]:
    """The pieces of one log; a line belongs to the minute of the next event at or after it."""
    reader = Reader(Source(name=name))
    batch = EventBatch.concat([reader.feed(data), reader.finish()])
    known = ~np.isnan(batch.time)
    lines, times = batch.line[known], batch.time[known]
    if not len(times):
        return
    job = Path(name).stem if name.startswith("ci/") else ""
    order = np.argsort(lines, kind="stable")
    lines, minutes = lines[order], np.maximum.accumulate(times[order] // MINUTE_S)
    ends = [*lines[np.flatnonzero(np.diff(minutes))].tolist(), None]
    starts = np.flatnonzero(np.diff(minutes, prepend=minutes[0] - 1))
    rows, at = data.splitlines(keepends=True), 0
    for end, first in zip(ends, starts, strict=True):
        chunk = b"".join(rows[at:end])
        at = end if end is not None else len(rows)
        yield Piece(float(minutes[first] * MINUTE_S + MINUTE_S - 1), name, job, chunk, final=end is None)
