"""Records from folders of logs: recordings with their ``truth.json``, or what an installation kept itself.

With a truth its outages label every series of the recording. Without one the series label themselves by the outage
definition, and humans correct them in ``incidents.json``; what a remedy did is read from ``audit.jsonl``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from predictor.errors import InputError
from predictor.events import EventBatch
from predictor.features import FEATURES, Features
from predictor.history import read_history
from predictor.outage import DEFAULT_RULE, OUTAGE, UNKNOWN, Rule, outages
from predictor.series import rollup
from training.dataset.label import Event, Verdict, correct
from training.dataset.records import Dataset, Record, record

BIN_S = 60
TRUTH, INCIDENTS, AUDIT = "truth.json", "incidents.json", "audit.jsonl"
_NOT_LOGS = {TRUTH, INCIDENTS, AUDIT}
_SUFFIXES = (".log", ".json", ".txt", ".gz", ".zst", ".jsonl")
ENDED = ("reverted", "not verified", "failed")  # audit steps after which a remedy is no longer in force


@dataclass(frozen=True)
class Told:
    """What is known about a history beside its logs."""

    world: str = "logs"
    kind: str = "quiet"
    events: list[Event] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    acted: list[tuple[float, float]] = field(default_factory=list)


def folders(root: Path) -> list[Path]:
    """The histories below ``root``: each folder with a truth.json, else ``root`` itself as one history.

    Raises:
        InputError: there is no such folder.
    """
    if not root.is_dir():
        raise InputError("not a folder", source=str(root))
    found = sorted(path.parent for path in root.rglob(TRUTH))
    return found or [root]


def build(root: Path, rule: Rule = DEFAULT_RULE) -> Dataset:
    """A dataset of all histories below ``root``. Raises InputError: no folder there, or no log in it can be read."""
    records = [each for folder in folders(root) for each in records_of(folder, rule)]
    if not records:
        raise InputError("no log in here gave a series", source=str(root))
    about = {"source": "logs", "bin_s": BIN_S, "rule": {"limit": rule.limit, "bins": rule.bins}}
    return Dataset(FEATURES, tuple(records), about)


def records_of(folder: Path, rule: Rule = DEFAULT_RULE) -> Iterator[Record]:
    """One record per series that the logs of ``folder`` show."""
    yield from label_series(folder.name, read_events(folder), read_told(folder), rule)


def label_series(group: str, batch: EventBatch, told: Told, rule: Rule = DEFAULT_RULE) -> Iterator[Record]:
    """One record per series of a history; without a truth each is labelled by its own outages, mended by humans."""
    bins = rollup(batch, BIN_S)
    if not bins.keys:
        return
    inputs, states = Features(BIN_S, rule).run(bins)
    ends = np.asarray((bins.first + 1.0 + np.arange(len(bins))) * BIN_S, np.float64)
    for place, key in enumerate(bins.keys):
        heard = np.flatnonzero(states[:, place] != UNKNOWN)
        if not len(heard):
            continue
        part = slice(int(heard[0]), None)
        events = told.events
        if told.world == "logs":
            events = correct(_own(states[:, place], bins.first), told.verdicts)
        rows = (ends[part], inputs[part, place], states[part, place])
        yield record(group, told.world, told.kind, key, rows, events, told.acted)


def _own(states: np.ndarray[Any, np.dtype[np.int8]], first: int) -> list[Event]:
    """The outages of one series as its own states show them."""
    return [
        Event(float((first + begin) * BIN_S), float((first + end) * BIN_S)) for begin, end in outages(states == OUTAGE)
    ]


def log_files(folder: Path) -> list[Path]:
    """The logs of one history; where the same access log was kept in two formats, only one is taken."""
    found = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in _NOT_LOGS and path.suffix in _SUFFIXES
    ]
    names = {_plain(path) for path in found}
    twice = {"access.log"} if {"access.log", "access.json.log"} <= names else set()
    return [path for path in found if _plain(path) not in twice]


def _plain(path: Path) -> str:
    """The name of a log without the ending of its compression."""
    return path.name.removesuffix(".gz").removesuffix(".zst")


def read_events(folder: Path) -> EventBatch:
    """All events of a history, read exactly as a replay reads them.

    Raises:
        InputError: none of its files gave an event with a time.
    """
    return read_history(log_files(folder)).events


def read_told(folder: Path) -> Told:
    """Truth, corrections and acts that lie beside the logs. Raises InputError naming the file that is wrong."""
    truth = _json(folder / TRUTH)
    verdicts = [_verdict(entry) for entry in _json(folder / INCIDENTS) or []]
    stretches = list(acted(_audit(folder / AUDIT)))
    if truth is None:
        return Told(verdicts=verdicts, acted=stretches)
    events = correct(list(_truth_events(truth)), verdicts)
    kind = str(truth.get("kind") or _fault_kind(truth))
    if truth.get("benign"):
        kind = f"benign:{kind}"
    return Told(str(truth.get("world", "recordings")), kind, events, verdicts, stretches)


def _fault_kind(truth: dict[str, Any]) -> str:
    faults = truth.get("faults") or []
    return str(faults[0]["kind"]) if faults else "quiet"


def _truth_events(truth: dict[str, Any]) -> Iterator[Event]:
    """Outages of a truth.json, either as [start, end] pairs or as objects."""
    onset = _seconds(truth.get("fault_onset"))
    cut = not truth.get("degrading", True)
    for entry in truth.get("outages") or []:
        if isinstance(entry, dict):
            start, end = _seconds(entry["start"]), _seconds(entry["end"])
            own = next((_seconds(f["onset"]) for f in truth.get("faults", []) if f["kind"] == entry.get("kind")), onset)
            yield Event(
                start, end, str(entry.get("kind", "")), str(entry.get("cause", "none")), bool(entry.get("hard")), own
            )
        else:
            start, end = (_seconds(value) for value in entry)
            yield Event(start, end, str(truth.get("kind", "")), str(truth.get("cause", "none")), cut, onset)


def _seconds(value: Any) -> float:
    if value is None:
        return float("nan")
    return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else float(value)


def _verdict(entry: dict[str, Any]) -> Verdict:
    start, end = _seconds(entry["start"]), _seconds(entry["end"])
    return Verdict(start, end, entry.get("verdict") == "confirmed", str(entry.get("kind", "")))


def _audit(path: Path) -> Iterator[dict[str, Any]]:
    """Entries of an audit journal, one JSON object a line."""
    for number, line in enumerate(path.read_text().splitlines() if path.is_file() else (), start=1):
        try:
            entry = json.loads(line)
            yield {**entry, "time": _seconds(entry["time"])}
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"not an audit entry: {error}", source=str(path), line=number) from error


def acted(entries: Iterable[Mapping[str, Any]]) -> Iterator[tuple[float, float]]:
    """Stretches in which a remedy was in force, from audit entries: each ``applied`` until its ``reverted``."""
    since: dict[tuple[str, str], float] = {}
    for entry in entries:
        name = (str(entry.get("remedy", "")), str(entry.get("upstream", "")))
        if entry.get("what") == "applied":
            since.setdefault(name, float(entry["time"]))
        elif entry.get("what") in ENDED and name in since:
            yield since.pop(name), float(entry["time"])
    for start in since.values():
        yield start, float("inf")


def _json(path: Path) -> Any:
    if not path.is_file():
        return None
    try:
        return json.loads(path.read_text())
    except ValueError as error:
        raise InputError(f"not JSON: {error}", source=str(path)) from error
