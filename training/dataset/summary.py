"""A dataset as a person checks it: how much of it there is, what its labels say, and why some say nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from predictor.protocols import HORIZONS_MIN
from training.dataset.label import Why
from training.dataset.records import Dataset

HIDDEN = (Why.IN_OUTAGE, Why.CENSORED, Why.UNWATCHED, Why.END_OF_HISTORY)
HEADER = ("horizon", "positive", "negative", "unknown", "in outage", "censored", "unwatched", "end")
SHOWN = 12  # series that are listed


def outages(dataset: Dataset) -> int:
    """Outages of all histories; one that several series of a history show alike counts once."""
    return len({(record.group, event.start, event.end) for record in dataset for event in record.events})


def counts(dataset: Dataset) -> list[tuple[int, ...]]:
    """Rows per horizon: positive, negative, unknown, and the unknown ones by reason as in ``HIDDEN``."""
    found = []
    for place in range(len(HORIZONS_MIN)):
        labels = np.concatenate([record.labels[:, place] for record in dataset])
        why = np.concatenate([record.why[:, place] for record in dataset])
        told = [int((labels == value).sum()) for value in (1, 0)]
        found.append((*told, int(np.isnan(labels).sum()), *(int((why == reason).sum()) for reason in HIDDEN)))
    return found


def lines(dataset: Dataset) -> Iterator[str]:
    """The summary as lines of text; a row is one bin (one minute) of one series."""
    yield f"{len(dataset)} series, {dataset.rows} rows, {_outages(outages(dataset))}"
    for record in dataset.records[:SHOWN]:
        censored = int((record.why == Why.CENSORED).any(axis=1).sum())
        yield (
            f"  {record.group}: {record.key[1]} from {record.key[0]}: {len(record.ends)} rows, "
            f"{_outages(len(record.events))}, {censored} censored minutes"
        )
    if len(dataset) > SHOWN:
        yield f"  and {len(dataset) - SHOWN} more series"
    rows: list[tuple[str, ...]] = [HEADER]
    for minutes, row in zip(HORIZONS_MIN, counts(dataset), strict=True):
        rows.append((f"{minutes} min", *map(str, row)))
    yield from ("  ".join(cell.rjust(len(title)) for cell, title in zip(row, HEADER, strict=True)) for row in rows)


def _outages(number: int) -> str:
    return f"{number} outage" + "s" * (number != 1)
