"""Records from what a service kept: accepted logs, what humans said of incidents, and what remedies did.

The store's journals say everything: ``ingest`` holds the accepted logs, ``audit`` when a remedy was applied and
reverted, documents of the kind ``incident`` the verdicts. A history is as long as the service keeps its logs.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import zstandard

from predictor.errors import InputError
from predictor.events import EventBatch
from predictor.features import FEATURES
from predictor.outage import DEFAULT_RULE, Rule
from predictor.protocols import Source, Store
from predictor.reading import Reader
from predictor.stores import open_store
from training.dataset.label import Verdict
from training.dataset.logs import Told, acted, label_series
from training.dataset.records import Dataset

INGEST, AUDIT, VERDICTS = "ingest", "audit", "verdicts"


def build(place: str, rule: Rule = DEFAULT_RULE) -> Dataset:
    """A dataset of one service's history; ``place`` is the store's URL or its SQLite file.

    Raises:
        StoreError: the store cannot be opened or read.
        InputError: it holds no log that gave a series.
    """
    url = place if "://" in place else f"sqlite:///{Path(place).expanduser()}"
    if "://" not in place and not Path(place).expanduser().is_file():
        raise InputError("no store there", source=place)
    store = open_store(url)
    try:
        batch = EventBatch.concat(list(_events(store)))
        told = Told(verdicts=[_verdict(entry) for entry in store.read(VERDICTS)], acted=list(acted(store.read(AUDIT))))
    finally:
        store.close()
    batch = batch.take(np.argsort(batch.time, kind="stable"))
    records = tuple(label_series("store", batch, told, rule))
    if not records:
        raise InputError("the store holds no log that gave a series", source=place)
    return Dataset(FEATURES, records, {"source": "store", "rule": {"limit": rule.limit, "bins": rule.bins}})


def _events(store: Store) -> Iterator[EventBatch]:
    """Events of all accepted bodies; pieces of one log are read by one reader, in the order of arrival."""
    readers: dict[tuple[str, str], Reader] = {}
    bodies: dict[str, list[str]] = {}
    for entry in store.read(INGEST):
        pieces = bodies.setdefault(entry["body"], [])
        pieces.append(entry["data"])
        if entry["left"]:
            continue
        del bodies[entry["body"]]
        slot = (entry["vantage"], entry["name"])
        reader = readers.pop(slot, None) or Reader(_source(entry), entry["format"])
        try:
            yield reader.feed(_unpack(pieces, int(entry["size"])))
            if entry["final"]:
                yield reader.finish()
            else:
                readers[slot] = reader
        except InputError:
            readers.pop(slot, None)  # the service answered 4xx to its sender; the others are not to suffer
    for reader in readers.values():
        yield reader.finish()


def _unpack(pieces: list[str], size: int) -> bytes:
    packed = b"".join(base64.b64decode(piece) for piece in pieces)
    return zstandard.ZstdDecompressor().decompress(packed, max_output_size=max(size, 1))


def _source(entry: dict[str, Any]) -> Source:
    start = float("nan") if entry["start"] is None else float(entry["start"])
    return Source(entry["name"], entry["vantage"], entry["upstream"], entry["job"], start)


def _verdict(entry: dict[str, Any]) -> Verdict:
    return Verdict(
        float(entry["start"]), float(entry["end"]), entry.get("verdict") == "confirmed", entry.get("kind", "")
    )
