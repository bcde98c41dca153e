"""Every seam of the system in one file. Read it first.

Data moves one way, as values; implementations of one protocol do not know one another. The conformance kits
in ``tests/conformance`` run over every implementation that discovery finds, so a new one is one new file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from predictor.events import EventBatch

FloatArray = npt.NDArray[np.float32]

# --- reading -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """Where a log comes from, and what its lines do not say themselves."""

    name: str = "-"  # file path or stream name, for messages
    vantage: str = "default"
    upstream: str = ""  # the upstream of lines that name none; "" lets the format choose
    job: str = ""  # id of the CI job whose output this is
    start: float = float("nan")  # UTC seconds: when the log begins, to complete stamps without a date
    fields: Mapping[str, str] = field(default_factory=dict)  # our column -> the admin's field name
    aliases: Mapping[str, str] = field(default_factory=dict)  # address or host as logged -> upstream name


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of one log with CI wrappers already taken off.

    ``text`` ends with a newline unless it is the very last block; ``times`` holds the wrapper's stamp of each
    line in UTC seconds (NaN where it has none), or is None when no wrapper stamps this log.
    """

    text: bytes
    first_line: int = 1
    times: npt.NDArray[np.float64] | None = None
    lines: npt.NDArray[np.int64] | None = None  # 1-based number of each line where a wrapper joined or dropped some


class Parser(Protocol):
    """Reads one log from its beginning. The same bytes give the same events however they are cut into blocks."""

    skipped: Counter[str]  # reason -> number of lines that gave no event though they looked like fetches

    def feed(self, block: Block) -> EventBatch:
        """Events that these lines complete. Never raises on any bytes."""

    def finish(self, now: float) -> EventBatch:
        """Events that only the end of the log completes (a fetch still open at ``now`` is hung, the job ended)."""


@runtime_checkable
class CountingParser(Parser, Protocol):
    """A parser that finds every line anyway, so that the reader need not count them."""

    @property
    def lines_fed(self) -> int:
        """Lines of all blocks so far; a last one without a newline is one too."""


class Format(Protocol):
    """One log format: one file in ``predictor/formats`` with a module-level ``FORMAT``."""

    name: str

    def sniff(self, head: bytes) -> float:
        """Confidence 0..1 that whole lines ``head`` (wrappers off) are in this format."""

    def parser(self, source: Source) -> Parser:
        """A fresh parser for one log."""


# --- forecasting -------------------------------------------------------------------------------

HORIZONS_MIN = (5, 15, 30)

Key = tuple[str, str]  # (vantage, upstream)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is said about n series at one moment."""

    time: float  # end of the newest bin that was used, UTC seconds
    keys: Sequence[Key]
    risk: FloatArray  # (n, 3): P(an outage begins within 5, 15, 30 min), non-decreasing along the row
    spread: FloatArray  # (n,): standard deviation of the 15-minute risk over the ensemble
    state: Sequence[str]  # "ok" | "outage" | "unknown"
    prior: npt.NDArray[np.bool_]  # (n,): too little history, the risk is the base rate


class Forecaster(Protocol):
    """Turns one bin of features into risks, with carried state; policy and thresholds wrap it."""

    features: Sequence[str]

    def step(self, keys: Sequence[Key], features: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Take one bin of n series: features (n, f) in, risk (n, 3) and spread (n,) out."""

    def explain(self, key: Key) -> list[tuple[str, float]]:
        """Signals of the newest step, strongest first: (name, fall of the 15-minute risk when it is deleted)."""

    def dump(self) -> dict[str, Any]:
        """The carried state as JSON-ready values, so that a restart continues."""

    def load(self, state: dict[str, Any]) -> None:
        """Take up a state that ``dump`` gave. Raises ArtifactError when it belongs to another model."""


# --- deciding and acting -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Decision:
    """A change of mind about one series."""

    time: float
    key: Key
    action: str  # "warn" | "renew" | "clear" | "outage" | "recovered"; "stuck": a remedy could not be undone
    risk: float  # 15-minute risk at that moment
    cause: str  # most likely cause, a value of the taxonomy
    signals: Sequence[tuple[str, float]] = ()
    episode: str = ""  # id common to a warning, its outage and its end
    remedy: str = ""  # "stuck": which one

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Decision:
        """The decision whose fields were kept as JSON."""
        key = (values["key"][0], values["key"][1])
        return cls(**{**values, "key": key, "signals": tuple((name, fall) for name, fall in values["signals"])})


@dataclass(frozen=True, slots=True)
class Plan:
    """What a remedy would do, in words and values, before anything is done."""

    remedy: str
    steps: Sequence[str]
    values: Mapping[str, Any] = field(default_factory=dict)


class Remedy(Protocol):
    """A reversible act. Raises RemedyError; a failed apply leaves things as they were."""

    name: str

    def plan(self, decision: Decision) -> Plan:
        """What would be done; touches nothing."""

    def apply(self, plan: Plan) -> None:
        """Do it."""

    def verify(self, plan: Plan) -> bool:
        """Whether it has the effect that it should have."""

    def revert(self, plan: Plan) -> None:
        """Undo it."""


class Notifier(Protocol):
    """Tells people or machines about a decision."""

    name: str

    def wants(self, decision: Decision) -> bool:
        """Whether this channel is told of it."""

    def send(self, decision: Decision) -> None:
        """Deliver. Raises DeliveryError."""


# --- keeping -----------------------------------------------------------------------------------


class Store(Protocol):
    """Keeps documents by kind and key, and append-only journals by kind. What returned is on disk."""

    def put(self, kind: str, key: str, value: Mapping[str, Any]) -> None:
        """Write or replace one document."""

    def get(self, kind: str, key: str) -> dict[str, Any] | None:
        """One document, None when it is not there."""

    def append(self, kind: str, values: Sequence[Mapping[str, Any]]) -> None:
        """Add entries to a journal, all or none."""

    def read(self, kind: str, since: float = 0.0, until: float = float("inf")) -> Iterator[dict[str, Any]]:
        """Entries of a journal with ``since <= entry["time"] < until``, oldest first."""
