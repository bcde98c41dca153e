"""The loop that calls the rooms in order: log bytes -> events -> forecast -> decision -> remedy and notification.

It holds no policy and no arithmetic of its own. One lock makes it safe to call from several threads; remedies and
notifications run behind it, so that a slow cache never holds up a log.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from predictor.decide.episodes import Episodes
from predictor.decide.policy import Policy
from predictor.engine import Engine
from predictor.protocols import Decision, Forecast, Key, Source, Store
from predictor.reading import Reader
from predictor.series.bins import Bins
from predictor.templates import Copies, Miner

NAN = float("nan")
MAX_OPEN = 256  # logs that are being read piece by piece at the same time
KEPT_BINS = 1440  # rows of history kept in memory for the dashboard: a day of minutes
KEPT_DECISIONS = 500


@dataclass(frozen=True, slots=True)
class Report:
    """What was made of one piece of a log."""

    lines: int = 0
    events: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)  # reason -> lines
    format: str = ""
    wrapper: str = ""
    newest: float = NAN  # newest event time that is believed, UTC seconds


@dataclass(frozen=True, slots=True)
class Status:
    """What is known about one series now; times in UTC seconds, NaN where there is none."""

    upstream: str
    vantage: str
    time: float  # end of the newest bin that was used
    state: str  # "ok" | "outage" | "unknown"
    risk: Sequence[float]  # within 5, 15, 30 minutes
    spread: float = NAN
    warning: bool = False
    warning_since: float = NAN
    signals: Sequence[tuple[str, float]] = ()
    cause: str = "none"
    history_minutes: float = 0.0
    prior: bool = False
    model: str = ""


@dataclass(frozen=True, slots=True)
class Naming:
    """What the owner calls things: addresses as logged -> upstream names, format -> column -> field name."""

    aliases: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


NO_NAMES = Naming()


class Hands:
    """What happens after a decision; the default does nothing. See :mod:`predictor.assembly` for the real one."""

    def take(self, decision: Decision) -> None:
        """Carry a decision out, soon, on another thread."""

    def close(self) -> None:
        """Finish what was begun, within a bounded time."""


class Pipeline:
    """One installation's loop.

    Args:
        engine: events in, forecasts out.
        policy: when a risk becomes a warning.
        store: keeps decisions, so that a replay of accepted logs after a crash decides nothing twice.
        hands: carries decisions out.
        model: name and version of the model, for answers.
        naming: what the owner calls things.
    """

    def __init__(
        self,
        engine: Engine,
        policy: Policy,
        store: Store,
        hands: Hands | None = None,
        model: str = "",
        naming: Naming = NO_NAMES,
    ) -> None:
        self._engine, self._policy, self._store, self._hands = engine, policy, store, hands or Hands()
        self._episodes = Episodes(engine.explain, engine.cause, policy.recover_bins)
        self.model, self._naming = model, naming
        self._miner = Miner()  # one for all logs: what is new is new to the installation
        self._copies = Copies(self._miner, store)
        self.feeds: list[Callable[[], None]] = []  # how to stop what puts bins in by itself
        self._readers: OrderedDict[tuple[str, str], Reader] = OrderedDict()
        self._rows: dict[Key, deque[dict[str, Any]]] = {}
        self._latest: dict[Key, Status] = {}
        self._decisions: deque[Decision] = deque(maxlen=KEPT_DECISIONS)
        self._lock = threading.RLock()

    def ingest(self, data: bytes, source: Source, format_name: str = "auto", *, final: bool = True) -> Report:
        """Read a piece of a log; ``final`` says that the log ends with it.

        Pieces of one ``source.name`` belong together until a final one. At most ``MAX_OPEN`` logs are open at the
        same time: the one that was silent longest is ended to make room.

        Raises:
            InputError: no format recognises it, or the named one does not exist.
        """
        with self._lock:
            slot = (source.vantage, source.name)
            reader = self._readers.pop(slot, None) or self._reader(source, format_name)
            before = reader.report
            lines, skipped = before.lines, dict(before.skipped)
            batches = [reader.feed(data)]
            batches.append(reader.finish() if final else reader.settle())
            if not final:
                self._readers[slot] = reader
                if len(self._readers) > MAX_OPEN:
                    _, oldest = self._readers.popitem(last=False)
                    self._engine.ingest(oldest.finish())
            for batch in batches:
                self._engine.ingest(batch)
            after = reader.report
            news = {reason: count - skipped.get(reason, 0) for reason, count in after.skipped.items()}
            return Report(
                lines=after.lines - lines,
                events=sum(len(batch) for batch in batches),
                skipped={reason: count for reason, count in news.items() if count},
                format=after.format,
                wrapper=" > ".join(after.wrapper),
                newest=self._engine.newest,
            )

    def put(self, bins: Bins) -> None:
        """Take bins that were counted elsewhere, such as by a Prometheus server."""
        with self._lock:
            self._engine.put(bins)

    def advance(self, now: float) -> list[Decision]:
        """Close the bins that ended before ``now`` and decide on them; gives the new decisions."""
        with self._lock:
            self._copies.pass_time(now)
            found = []
            for forecast in self._engine.advance(now):
                warning = self._policy.step(forecast.keys, forecast.risk[:, 1], forecast.state)
                found += self._episodes.step(forecast, [bool(flag) for flag in warning])
                self._record(forecast)
            return [decision for decision in found if self._decide(decision)]

    def status(self, upstream: str, vantage: str = "") -> Status | None:
        """One series, None when no event named it; without a vantage the riskiest of the upstream."""
        with self._lock:
            if vantage:
                return self._explained(self._latest.get((vantage, upstream)))
            mine = [status for key, status in self._latest.items() if key[1] == upstream]
            return self._explained(max(mine, key=riskiness, default=None))

    def statuses(self) -> list[Status]:
        """All series, the riskiest first."""
        with self._lock:
            found = [self._explained(status) for status in self._latest.values()]
            return sorted((status for status in found if status), key=riskiness, reverse=True)

    def decisions(self, limit: int = 50) -> list[Decision]:
        """The newest decisions, newest first."""
        with self._lock:
            return list(self._decisions)[::-1][:limit]

    def history(self, upstream: str, vantage: str, since: float = 0.0) -> list[dict[str, Any]]:
        """Bins of one series that end at ``since`` or later, oldest first: time, state, risk (3), warning."""
        with self._lock:
            return [row for row in self._rows.get((vantage, upstream), ()) if row["time"] >= since]

    def close(self) -> None:
        """Let the hands finish, and what feeds the loop."""
        for stop in (*self.feeds, self._hands.close):
            stop()

    def _reader(self, source: Source, format_name: str) -> Reader:
        named = source if source.aliases else replace(source, aliases=self._naming.aliases)
        return Reader(named, format_name, self._naming.fields, self._miner)

    def _record(self, forecast: Forecast) -> None:
        for i, key in enumerate(forecast.keys):
            risk = [float(value) for value in forecast.risk[i]]
            episode = self._episodes.episode(key)
            warned = episode.warned if episode else 0.0
            rows = self._rows.setdefault(key, deque(maxlen=KEPT_BINS))
            rows.append({"time": forecast.time, "state": forecast.state[i], "risk": risk, "warning": warned > 0})
            self._latest[key] = Status(
                upstream=key[1],
                vantage=key[0],
                time=forecast.time,
                state=forecast.state[i],
                risk=risk,
                spread=float(forecast.spread[i]),
                warning=warned > 0,
                warning_since=warned or NAN,
                prior=bool(forecast.prior[i]),
                model=self.model,
            )

    def _explained(self, status: Status | None) -> Status | None:
        if status is None:
            return None
        key = (status.vantage, status.upstream)
        values = {name: getattr(status, name) for name in Status.__slots__}
        values["signals"] = tuple(self._engine.explain(key)[:3]) if status.state != "unknown" else ()
        values["cause"], values["history_minutes"] = self._engine.cause(key), self._engine.history_minutes(key)
        return Status(**values)

    def _decide(self, decision: Decision) -> bool:
        slot = f"{decision.episode}|{decision.action}"
        self._decisions.append(decision)
        if self._store.get("decision", slot) is not None:
            return False
        self._hands.take(decision)
        self._store.append("decisions", [asdict(decision)])
        self._store.put("decision", slot, {"time": decision.time})
        return True


def riskiness(status: Status) -> tuple[bool, bool, float]:
    """Sort key: outages, then warnings, then by the 15-minute risk."""
    return status.state == "outage", status.warning, 0.0 if math.isnan(status.risk[1]) else status.risk[1]
