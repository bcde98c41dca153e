"""Labelled series in memory and on disk: one npz of plain arrays beside one JSON of what they mean. No pickle."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.errors import InputError
from predictor.events import EventBatch, Kind
from predictor.files import write_whole
from predictor.protocols import HORIZONS_MIN, FloatArray, Key
from training.dataset.label import Event, Hidden, label
from training.sequences import Sequences

VERSION = 1
ARRAYS, META = "arrays.npz", "dataset.json"
KINDS_OF_LOGS = ("jobs", "proxy")  # output of the builds, access log of a proxy


@dataclass(frozen=True)
class Record:
    """One series of one history. T bins, F features, K horizons."""

    group: str  # the history it comes from: all of its series stay on one side of a split
    world: str  # "simulation" | "simulation-wide" | "recordings" | "logs"
    kind: str  # fault kind of the history, "quiet" when none acted
    key: Key
    ends: npt.NDArray[np.float64]  # (T,) end of each bin, UTC seconds
    inputs: FloatArray  # (T, F)
    labels: FloatArray  # (T, K) in {0, 1, NaN}
    why: npt.NDArray[np.uint8]  # (T, K): reason of an unknown label
    state: npt.NDArray[np.int8]  # (T,): state as the series itself shows it
    events: tuple[Event, ...] = ()
    faults: tuple[str, ...] = ()  # every kind of fault that acted in the history, () when only ``kind`` is known
    logs: tuple[str, ...] = ()  # what showed the history, of ``KINDS_OF_LOGS``; () when that is not known

    def days(self) -> float:
        """Length of the history in days."""
        return float(self.ends[-1] - self.ends[0]) / 86_400.0 if len(self.ends) else 0.0

    def unannounced(self) -> npt.NDArray[np.bool_]:
        """Rows (T,) within the longest horizon before an outage whose first sign had not shown by then."""
        found = np.zeros(len(self.ends), np.bool_)
        for event in self.events:
            near = (self.ends <= event.start) & (event.start < self.ends + 60.0 * HORIZONS_MIN[-1])
            found |= near & ~(self.ends >= event.shown)
        return found


def record(
    group: str,
    world: str,
    kind: str,
    key: Key,
    rows: tuple[npt.NDArray[np.float64], FloatArray, npt.NDArray[np.int8]],
    events: Sequence[Event],
    hidden: Sequence[Hidden] = (),
    faults: Sequence[str] = (),
) -> Record:
    """A record from (ends, inputs, states) and the outages that label it."""
    ends, inputs, state = rows
    labels, why = label(ends, events, hidden)
    return Record(group, world, kind, key, ends, inputs, labels, why, state, tuple(events), tuple(faults))


def kinds_of_logs(batch: EventBatch) -> tuple[str, ...]:
    """Which of ``KINDS_OF_LOGS`` these events come from: a fetch that belongs to no build was seen by a proxy."""
    seen = ((batch.kind == Kind.JOB).any(), ((batch.kind == Kind.FETCH) & (batch.job == 0)).any())
    return tuple(kind for kind, found in zip(KINDS_OF_LOGS, seen, strict=True) if found)


@dataclass(frozen=True)
class Dataset:
    """Records with one set of features, and how they were made."""

    features: tuple[str, ...]
    records: tuple[Record, ...]
    about: dict[str, Any] = field(default_factory=dict)  # outage rule, bin width, sources, seeds

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    @property
    def rows(self) -> int:
        """Number of bins of all records."""
        return sum(len(record.ends) for record in self.records)

    def pick(self, records: Sequence[Record]) -> Dataset:
        """The same dataset with these records only."""
        return Dataset(self.features, tuple(records), self.about)

    def worlds(self) -> dict[str, Dataset]:
        """World -> its records, worlds in the order in which they appear."""
        records: dict[str, list[Record]] = {}
        for each in self.records:
            records.setdefault(each.world, []).append(each)
        return {world: self.pick(mine) for world, mine in records.items()}

    def sequences(self, weight_of: dict[str, float] | None = None, unannounced: float = 1.0) -> Sequences:
        """As the fit takes it.

        Args:
            weight_of: multiplies the loss of a world's rows.
            unannounced: multiplies that of rows before an outage of which the logs showed nothing until then: they
                look like any quiet row and teach little but noise. What it does to the probabilities, the calibrator
                takes back.
        """
        weights = [
            np.float32((weight_of or {}).get(each.world, 1.0))
            * np.where(each.unannounced(), np.float32(unannounced), np.float32(1.0))
            for each in self.records
        ]
        return Sequences(
            self.features, [each.inputs for each in self.records], [each.labels for each in self.records], weights
        )

    def save(self, folder: Path) -> str:
        """Write the dataset into ``folder``; the SHA-256 of its arrays. Raises OSError."""
        counts = np.array([len(each.ends) for each in self.records], dtype=np.int64)
        width = len(self.features)
        parts = {name: [getattr(each, name) for each in self.records] for name in ("ends", "labels", "why", "state")}
        arrays: dict[str, npt.NDArray[Any]] = {name: _join(part) for name, part in parts.items()}
        inputs = [each.inputs for each in self.records]
        arrays["inputs"] = _join(inputs) if inputs else np.zeros((0, width), np.float32)
        buffer = io.BytesIO()
        np.savez(buffer, counts=counts, allow_pickle=False, **arrays)
        digest = hashlib.sha256(buffer.getvalue()).hexdigest()
        write_whole(folder / ARRAYS, buffer.getvalue())
        entries = [
            {name: getattr(r, name) for name in ("group", "world", "kind", "key", "faults", "logs")}
            | {"events": [asdict(e) for e in r.events]}
            for r in self.records
        ]
        meta = {"version": VERSION, "features": self.features, "sha256": digest, "about": self.about}
        write_whole(folder / META, json.dumps({**meta, "records": entries}))
        return digest

    @classmethod
    def load(cls, folder: Path) -> Dataset:
        """Read a dataset. Raises InputError: it is not there, damaged, or of another version."""
        try:
            meta = json.loads((folder / META).read_text())
            data = (folder / ARRAYS).read_bytes()
        except (OSError, ValueError) as error:
            raise InputError(f"no dataset there: {error}", source=str(folder)) from error
        if meta.get("version") != VERSION:
            raise InputError(f"dataset of version {meta.get('version')}, not {VERSION}", source=str(folder))
        if hashlib.sha256(data).hexdigest() != meta["sha256"]:
            raise InputError("the arrays are not those that the JSON describes", source=str(folder / ARRAYS))
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            columns = {name: arrays[name] for name in ("ends", "inputs", "labels", "why", "state")}
            edges = np.concatenate([[0], np.cumsum(arrays["counts"])])
        records = []
        for place, entry in enumerate(meta["records"]):
            part = slice(int(edges[place]), int(edges[place + 1]))
            vantage, upstream = entry["key"]
            events = tuple(Event(**event) for event in entry["events"])
            own = {name: column[part] for name, column in columns.items()}
            faults = tuple(entry.get("faults", ()))  # absent where they were not kept yet
            told = (entry["group"], entry["world"], entry["kind"], (vantage, upstream))
            records.append(Record(*told, events=events, faults=faults, logs=tuple(entry.get("logs", ())), **own))
        return cls(tuple(meta["features"]), tuple(records), {**meta["about"], "sha256": meta["sha256"]})


def merge(datasets: Sequence[Dataset]) -> Dataset:
    """Several datasets as one.

    Raises:
        InputError: their features differ.
    """
    first = datasets[0]
    for other in datasets[1:]:
        if other.features != first.features:
            raise InputError("datasets with different features cannot be merged; build them again")
    about = {"parts": [dataset.about for dataset in datasets]}
    return Dataset(first.features, tuple(each for dataset in datasets for each in dataset.records), about)


def _join(parts: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0)
