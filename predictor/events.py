"""FetchEvent as named NumPy columns.

One Python object per event is too slow for access logs, so events travel in batches of equal-length
columns. Texts (upstream, module, ...) are int32 codes into the batch's own ``strings``; code 0 is always
the empty string and means "not said".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from math import isnan
from operator import getitem
from typing import Any

import numpy as np
import numpy.typing as npt


class Kind(IntEnum):
    """What a row stands for."""

    FETCH = 0  # one operation for module content, counted once where it was seen
    JOB = 1  # the end of one build, a row per upstream that it fetched from
    SIGN = 2  # a symptom of a fetch that is counted elsewhere (nginx error.log, a fetch open too long)


class Op(IntEnum):
    """The operation; ``NONE`` where the row is no single operation (a job) or the log does not say."""

    NONE = 0
    LIST = 1
    LATEST = 2
    INFO = 3
    MOD = 4
    ZIP = 5
    SUMDB = 6
    VCS = 7
    META = 8
    TOOLCHAIN = 9


class Outcome(IntEnum):
    """How it ended. ``MISSING`` and ``USER_ERROR`` are not eligible: no outage is read from them."""

    OK = 0
    MISSING = 1
    USER_ERROR = 2
    FAILED = 3
    HUNG = 4


class Cause(IntEnum):
    """The failure taxonomy; the names in lower case are the values of ``cause`` everywhere outside."""

    NONE = 0
    DNS = 1
    TCP_TIMEOUT = 2
    TCP_REFUSED = 3
    TCP_RESET = 4
    TLS = 5
    HTTP_5XX = 6
    HTTP_429 = 7
    HTTP_403_401_AUTH = 8
    HTTP_404_410_MISSING = 9
    HTTP2_STREAM = 10
    TRUNCATED_BODY = 11
    PROXY_HANG = 12
    SUMDB_UNREACHABLE = 13
    CHECKSUM_MISMATCH = 14
    VCS_AUTH = 15
    VCS_UNREACHABLE = 16
    VANITY_IMPORT = 17
    VERSION_UNKNOWN = 18
    CONFIG_GOPROXY = 19
    CONFIG_GOPRIVATE = 20
    DISK = 21
    TOOLCHAIN = 22
    MODULE_GRAPH = 23


class Cache(IntEnum):
    """What the proxy's cache did; ``NONE`` where the log does not say."""

    NONE = 0
    HIT = 1
    MISS = 2
    STALE = 3
    BYPASS = 4


#: Years 1970 to 9999: what a damaged stamp says beyond is no time.
FIRST_S, LAST_S = 0.0, 253_402_300_799.0

FloatColumn = npt.NDArray[np.float64]
CodeColumn = npt.NDArray[np.int32]

#: Column name -> dtype, in the order in which the columns are printed.
COLUMNS: dict[str, type[np.generic]] = {
    "time": np.float64,  # UTC seconds since the epoch of the END of the fetch as logged; NaN: no time known
    "kind": np.int8,
    "vantage": np.int32,
    "upstream": np.int32,
    "op": np.int8,
    "module": np.int32,
    "version": np.int32,
    "outcome": np.int8,
    "cause": np.int8,
    "status": np.int16,  # HTTP status as the client saw it, 0 when none
    "latency_s": np.float64,  # seconds, NaN when not logged
    "bytes": np.int64,  # body bytes sent to the client, -1 when not logged
    "cache": np.int8,
    "tries": np.int8,  # upstream tries that one fetch took, 1 when not logged
    "client": np.int32,
    "job": np.int32,
    "line": np.int64,  # 1-based line of the source at which the fetch ends
    "template": np.int32,  # shape of a message that no family knows, "" for everything known
    "novelty": np.float32,  # 0 for everything known; 1 where the template was never seen, falling with its count
}
TEXT_COLUMNS = ("vantage", "upstream", "module", "version", "client", "job", "template")
OF_UNKNOWN = ("template", "novelty")  # columns that say something of messages that no family knows, and of no others
ENUM_COLUMNS: dict[str, type[IntEnum]] = {"kind": Kind, "op": Op, "outcome": Outcome, "cause": Cause, "cache": Cache}
DEFAULTS: dict[str, float | int] = {"time": np.nan, "latency_s": np.nan, "bytes": -1, "tries": 1}


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Equal-length columns of fetch events; see :data:`COLUMNS` for units. Never changed in place."""

    time: FloatColumn
    kind: npt.NDArray[np.int8]
    vantage: CodeColumn
    upstream: CodeColumn
    op: npt.NDArray[np.int8]
    module: CodeColumn
    version: CodeColumn
    outcome: npt.NDArray[np.int8]
    cause: npt.NDArray[np.int8]
    status: npt.NDArray[np.int16]
    latency_s: FloatColumn
    bytes: npt.NDArray[np.int64]
    cache: npt.NDArray[np.int8]
    tries: npt.NDArray[np.int8]
    client: CodeColumn
    job: CodeColumn
    line: npt.NDArray[np.int64]
    template: CodeColumn
    novelty: npt.NDArray[np.float32]
    strings: tuple[str, ...] = ("",)

    def __len__(self) -> int:
        return len(self.time)

    @classmethod
    def empty(cls) -> EventBatch:
        """A batch of no events."""
        return cls.of(0)

    @classmethod
    def of(cls, length: int, strings: Sequence[str] = ("",), **columns: npt.ArrayLike) -> EventBatch:
        """A batch of ``length`` rows: given columns are cast, scalars repeated, the rest filled with defaults.

        Raises:
            ValueError: a column has another length, is unknown, or ``strings[0]`` is not empty.
        """
        if not strings or strings[0] != "":
            raise ValueError("strings[0] must be the empty string")
        unknown = columns.keys() - COLUMNS.keys()
        if unknown:
            raise ValueError(f"unknown columns: {sorted(unknown)}")
        data: dict[str, Any] = {}
        for name, dtype in COLUMNS.items():
            value = np.asarray(columns.get(name, DEFAULTS.get(name, 0)), dtype=dtype)
            column = np.full(length, value, dtype=dtype) if value.ndim == 0 else value
            if column.shape != (length,):
                raise ValueError(f"column {name} has shape {column.shape}, not ({length},)")
            data[name] = column
        strange = (data["time"] < FIRST_S) | (data["time"] > LAST_S)
        if strange.any():
            data["time"] = np.where(strange, np.nan, data["time"])
        return cls(strings=tuple(strings), **data)

    @classmethod
    def concat(cls, batches: Sequence[EventBatch]) -> EventBatch:
        """All rows in the given order, over one common ``strings``."""
        batches = [batch for batch in batches if len(batch)]
        if not batches:
            return cls.empty()
        if len(batches) == 1:
            return batches[0]
        pool: dict[str, int] = {"": 0}
        remaps = [
            np.array([pool.setdefault(text, len(pool)) for text in batch.strings], dtype=np.int32) for batch in batches
        ]
        data: dict[str, Any] = {}
        for name in COLUMNS:
            parts = [getattr(batch, name) for batch in batches]
            data[name] = np.concatenate(list(map(getitem, remaps, parts)) if name in TEXT_COLUMNS else parts)
        return cls(strings=tuple(pool), **data)

    def take(self, index: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> EventBatch:
        """The rows that a NumPy index or mask selects, in its order."""
        return EventBatch(strings=self.strings, **{name: getattr(self, name)[index] for name in COLUMNS})

    def text(self, name: str) -> list[str]:
        """A text column as Python strings."""
        return [self.strings[code] for code in getattr(self, name)]

    def rows(self) -> Iterator[dict[str, Any]]:
        """One dict per event for JSON: enums as lower-case names, unknowns as ``None``, time in RFC 3339 UTC.

        ``template`` and ``novelty`` are there for messages that no family knows alone.
        """
        known = [name for name in COLUMNS if name not in OF_UNKNOWN]
        for i in range(len(self)):
            yield {name: self._said(name, i) for name in (COLUMNS if self.template[i] else known)}

    def _said(self, name: str, row: int) -> Any:
        value = getattr(self, name)[row].item()
        if name in TEXT_COLUMNS:
            return self.strings[value] or None
        return _SAID[name](value) if name in _SAID else value


def _stamp(seconds: float) -> str | None:
    return None if isnan(seconds) else rfc3339(seconds)


#: How ``EventBatch.rows`` says the numbers of a column; others stand for themselves.
_SAID: dict[str, Callable[[Any], float | str | None]] = {
    "time": _stamp,
    "status": lambda code: code or None,
    "latency_s": lambda seconds: None if isnan(seconds) else seconds,
    "bytes": lambda size: None if size < 0 else size,
    "novelty": lambda share: round(share, 4),
    **{name: {member.value: member.name.lower() for member in kind}.__getitem__ for name, kind in ENUM_COLUMNS.items()},
}


class EventBuilder:
    """Collects events one at a time, for logs where few lines matter; ``build`` gives them as a batch."""

    def __init__(self) -> None:
        self._pool: dict[str, int] = {"": 0}
        self._rows: list[dict[str, float | int]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, **values: Any) -> None:
        """Add one event; texts as ``str``, enums as members, what is left out takes its default.

        Raises:
            ValueError: a column name is unknown.
        """
        unknown = values.keys() - COLUMNS.keys()
        if unknown:
            raise ValueError(f"unknown columns: {sorted(unknown)}")
        for name in TEXT_COLUMNS:
            text = values.get(name)
            if text is not None:
                values[name] = self._pool.setdefault(text, len(self._pool))
        self._rows.append(values)

    def build(self) -> EventBatch:
        """The events added since the last ``build``."""
        rows, self._rows = self._rows, []
        columns = {name: [row.get(name, DEFAULTS.get(name, 0)) for row in rows] for name in COLUMNS}
        return EventBatch.of(len(rows), tuple(self._pool), **columns)


def rfc3339(seconds: float) -> str:
    """UTC time as ``2026-11-22T07:50:02.365Z`` (milliseconds only where there are any)."""
    stamp = datetime.fromtimestamp(round(seconds, 3), UTC)
    return stamp.isoformat(timespec="milliseconds" if stamp.microsecond else "seconds").replace("+00:00", "Z")
