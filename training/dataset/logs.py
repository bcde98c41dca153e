"""Records from folders of logs: recordings with their ``truth.json``, or what an installation kept itself.

With a truth its outages label every series of the recording. Without one the series label themselves by the outage
definition, and humans correct them in ``incidents.json``; what a remedy did is read from ``audit.jsonl``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from predictor.errors import InputError
from predictor.events import EventBatch
from predictor.features import FEATURES, Features
from predictor.folders import logs_below
from predictor.history import FileReport, History, read_history
from predictor.journals.verdicts import Verdict, seconds, verdict_of
from predictor.outage import OUTAGE, UNKNOWN, UNKNOWN_AFTER, States, outages
from predictor.protocols import Source
from predictor.series import Bins, rollup
from training.dataset.acts import Act, acted
from training.dataset.installation import BIN_S, PLAIN, Installation
from training.dataset.label import Event, Hidden, Why, correct, joined
from training.dataset.precursor import with_signs
from training.dataset.records import Dataset, Record, kinds_of_logs, record

TRUTH, INCIDENTS, AUDIT = "truth.json", "incidents.json", "audit.jsonl"

Tell = Callable[[str], None]


def silent(_: str) -> None:
    """For callers to whom nothing needs to be told."""


@dataclass(frozen=True)
class Told:
    """What is known about a history beside its logs."""

    world: str = "logs"
    kind: str = "quiet"
    events: list[Event] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)  # oldest first
    acted: list[Act] = field(default_factory=list)


def folders(root: Path) -> list[Path]:
    """The histories below ``root``: each folder with a truth.json, else ``root`` itself as one history.

    Raises:
        InputError: there is no such folder.
    """
    if not root.is_dir():
        raise InputError("not a folder", source=str(root))
    found = sorted(path.parent for path in root.rglob(TRUTH))
    return found or [root]


def build(root: Path, using: Installation = PLAIN, tell: Tell = silent) -> Dataset:
    """A dataset of all histories below ``root``; ``tell`` is told of everything that could not be used, with its place.

    Raises:
        InputError: there is no such folder, or no log in it gave a series.
    """
    records: list[Record] = []
    for folder in folders(root):
        try:
            records += records_of(folder, using, tell)
        except InputError as error:  # one history that cannot be read costs the others nothing
            tell(str(error))
    if not records:
        raise InputError("no log in here gave a series", source=str(root))
    return Dataset(FEATURES, tuple(records), using.about("logs"))


def records_of(folder: Path, using: Installation = PLAIN, tell: Tell = silent) -> Iterator[Record]:
    """One record per series that the logs of ``folder`` show. Raises InputError: no log or no truth can be read."""
    told = read_told(folder, tell)
    history = read_logs(folder, using)
    report_files(history.files, tell)
    name = folder.resolve().name
    group = name if told.world != "logs" else named(name, str(folder.resolve()))
    yield from label_series(group, rollup(history.events, BIN_S), told, using, kinds_of_logs(history.events))


def named(name: str, place: str) -> str:
    """The name of a history that no history of another place has, so that two of them can be merged."""
    return f"{name}-{hashlib.sha256(place.encode()).hexdigest()[:6]}"


def report_files(files: Sequence[FileReport], tell: Tell) -> None:
    """Tell of every log that could not be read, or not to its end, and of what was left out of archives."""
    for file in files:
        if file.fault:
            tell(file.fault)
        if file.note:
            tell(f"{file.path}: {file.note}")


def label_series(
    group: str, bins: Bins, told: Told, using: Installation = PLAIN, logs: Sequence[str] = ()
) -> Iterator[Record]:
    """One record per series of a history; without a truth each is labelled by its own outages, mended by humans."""
    if not bins.keys:
        return
    inputs, states = Features(BIN_S, using.rule, using.rules, using.depends).run(bins)
    counts, _, _ = bins.dense()
    ends = np.asarray((bins.first + 1.0 + np.arange(len(bins))) * BIN_S, np.float64)
    for place, key in enumerate(bins.keys):
        own = states[:, place]
        heard = np.flatnonzero(own != UNKNOWN)
        if not len(heard):
            continue
        part = slice(int(heard[0]), None)
        events, hidden = told.events, [act.hidden() for act in told.acted if act.touches(key, using.depends)]
        if told.world == "logs":
            events = _own(own, bins.first)
            hidden += _silences(own[part], bins.first + int(heard[0]))
        events = correct(events, [verdict for verdict in told.verdicts if verdict.about(key)])
        events = with_signs(events, counts[:, place], ends)
        rows = (ends[part], inputs[part, place], own[part])
        yield replace(record(group, told.world, told.kind, key, rows, events, hidden), logs=tuple(logs))


def _own(states: States, first: int) -> list[Event]:
    """The outages of one series as its own states show them."""
    return [
        Event(float((first + begin) * BIN_S), float((first + end) * BIN_S)) for begin, end in outages(states == OUTAGE)
    ]


def _silences(states: States, first: int) -> list[Hidden]:
    """Stretches in which the logs say nothing of a series that they label themselves."""
    gaps = outages(states == UNKNOWN, merge_bins=0)
    before = UNKNOWN_AFTER - 1  # it was silent for so long before it was called unknown
    return [
        Hidden(float((first + begin - before) * BIN_S), float((first + end) * BIN_S), Why.UNWATCHED)
        for begin, end in gaps
    ]


def read_logs(folder: Path, using: Installation = PLAIN) -> History:
    """All logs of a history, read exactly as a replay reads them.

    Raises:
        InputError: none of its files gave an event with a time.
    """
    files, wanted = logs_below([folder])
    fields = {column: name for names in using.fields.values() for column, name in names.items()}
    return read_history(files, Source(fields=fields, aliases=using.aliases), wanted=wanted)


def read_events(folder: Path) -> EventBatch:
    """All events of a history. Raises InputError: none of its files gave an event with a time."""
    return read_logs(folder).events


def read_told(folder: Path, tell: Tell = silent) -> Told:
    """Truth, verdicts and acts that lie beside the logs; ``tell`` is told of what cannot be read of the last two.

    Raises:
        InputError: the truth is damaged, so that the history has no labels.
    """
    verdicts = sorted(_verdicts(folder / INCIDENTS, tell), key=lambda verdict: verdict.time)
    acts = list(acted(_audit(folder / AUDIT, tell), tell))
    path = folder / TRUTH
    if not path.is_file():
        return Told(verdicts=verdicts, acted=acts)
    try:
        truth = json.loads(path.read_text())
        events = joined(_truth_events(truth))
        kind = str(truth.get("kind") or _fault_kind(truth))
        prefix, world = "benign:" if truth.get("benign") else "", str(truth.get("world", "recordings"))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise InputError(f"not a truth: {type(error).__name__} {error}", source=str(path)) from error
    return Told(world, prefix + kind, events, verdicts, acts)


def _fault_kind(truth: dict[str, Any]) -> str:
    faults = truth.get("faults") or []
    return str(faults[0]["kind"]) if faults else "quiet"


def _truth_events(truth: dict[str, Any]) -> Iterator[Event]:
    """Outages of a truth.json, either as [start, end] pairs or as objects."""
    onset = seconds(truth.get("fault_onset"))
    cut = not truth.get("degrading", True)
    for entry in truth.get("outages") or []:
        if isinstance(entry, dict):
            start, end = seconds(entry["start"]), seconds(entry["end"])
            own = next((seconds(f["onset"]) for f in truth.get("faults", []) if f["kind"] == entry.get("kind")), onset)
            yield Event(
                start, end, str(entry.get("kind", "")), str(entry.get("cause", "none")), bool(entry.get("hard")), own
            )
        else:
            start, end = (seconds(value) for value in entry)
            yield Event(start, end, str(truth.get("kind", "")), str(truth.get("cause", "none")), cut, onset)


def _verdicts(path: Path, tell: Tell) -> Iterator[Verdict]:
    """The verdicts of an incidents.json: a list of them, or the service's answer as it is."""
    try:
        entries: Any = json.loads(path.read_text()) if path.is_file() else []
    except ValueError as error:
        tell(f"{path}: not JSON, no verdict is used: {error}")
        return
    answer = isinstance(entries, dict)
    if answer:
        entries = entries.get("verdicts")
    if not isinstance(entries, list):
        tell(f"{path}: not a list of verdicts, none is used")
        return
    numbered = list(enumerate(entries, start=1))
    for number, entry in reversed(numbered) if answer else numbered:  # the service names the newest first
        try:
            yield verdict_of(entry)
        except InputError as error:
            tell(f"{path}: entry {number}: {error}")


def _audit(path: Path, tell: Tell) -> list[tuple[str, Any]]:
    """Entries of an audit journal with their places, oldest first; one JSON object a line, in either order."""
    lines = path.read_text(errors="replace").splitlines() if path.is_file() else []
    found: list[tuple[str, Any]] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found.append((f"{path}:{number}", json.loads(line)))
        except ValueError as error:
            tell(f"{path}:{number}: not JSON: {error}")
    times = [_time(entry) for _, entry in found]
    known = [time for time in times if isfinite(time)]
    return found[::-1] if known and known[0] > known[-1] else found


def _time(entry: Any) -> float:
    try:
        return seconds(entry["time"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return float("nan")  # whoever reads the entry tells what is wrong with it
