"""Recordings as an installation would have sent them: lines minute by minute, a job's log when the job ends."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import numpy as np

from predictor.archives import logs
from predictor.reading import open_log, read_file

INCIDENTS = Path(__file__).resolve().parents[3] / "data" / "incidents"


class Sent(NamedTuple):
    """One body."""

    time: float  # when it was sent, UTC seconds
    source: str
    data: bytes
    final: bool

    @property
    def path(self) -> str:
        """Where it is posted."""
        return "/v1/logs?" + urlencode({"source": self.source, "final": str(self.final).lower()})


def sent(*names: str) -> list[Sent]:
    """The bodies of these recordings in the order of time."""
    return sorted(body for name in names for body in (*_jobs(name), *_lines(name)))


def _jobs(name: str) -> Iterator[Sent]:
    truth = json.loads((INCIDENTS / name / "truth.json").read_text())
    ends = {job["log"]: job["end"] for job in truth["jobs"]}
    for log in logs(INCIDENTS / name / "ci.tar.zst"):
        assert log.stream is not None
        job = Path(log.name).name
        yield Sent(ends[job], f"{name}/{job}", log.stream.read(), final=True)


def _lines(name: str) -> Iterator[Sent]:
    """Logs of the proxy, cut where a minute of their events ends."""
    for path in sorted((INCIDENTS / name).glob("*.log*")):
        with open_log(path) as stream:
            lines = stream.read().splitlines(keepends=True)
        if not lines:
            continue
        events = list(read_file(path))
        times, numbers = (np.concatenate([getattr(batch, column) for batch in events]) for column in ("time", "line"))
        minutes = np.arange(times.min() // 60 * 60 + 60, times.max() + 60, 60)
        cuts = [0, *(int(numbers[times < minute].max()) for minute in minutes[:-1]), len(lines)]
        for minute, begin, end in zip(minutes, cuts[:-1], cuts[1:], strict=True):
            piece = b"".join(lines[begin : max(begin, end)])
            yield Sent(float(minute), f"{name}/{path.name}", piece, final=end == len(lines))


def folder_of(root: Path, *names: str) -> Path:
    """The logs of these recordings as files, without what anybody knew of them."""
    for name in names:
        shutil.copytree(INCIDENTS / name, root / name, ignore=shutil.ignore_patterns("truth.json"))
    return root
