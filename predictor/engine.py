"""The loop from events to forecasts, one for the service and the replay alike.

Events come in whenever they come; ``advance`` closes the bins that are over by the caller's clock and says one
Forecast per bin about every series that was ever heard of.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from predictor.blame import Blame
from predictor.errors import ArtifactError
from predictor.events import EventBatch
from predictor.features import Features
from predictor.outage import DEFAULT_RULE, OUTAGE, STATES, Rule, States
from predictor.protocols import Forecast, Forecaster, Key
from predictor.series import LOOK_AHEAD_S, Binner, Bins, Frame

MAX_SERIES = 20_000  # more upstreams than this are not a fleet but an attack on memory; they are counted
MAX_BINS = 366 * 1440  # a history that is longer has a wrong clock in it


class Model(Forecaster, Protocol):
    """A forecaster that knows its prior."""

    @property
    def base_rate(self) -> Sequence[float]:
        """Risk of a series without history, one per horizon."""


class Engine:
    """Events in, one Forecast per closed bin out.

    Args:
        forecaster: the model; it sees every series in every bin.
        bin_s: width of a bin in seconds.
        late_s: how long a bin stays open for late events.
        history_min: series younger than this get the prior.
        rule: the outage definition, ``rule_of`` that of single upstreams.
        depends: upstream -> the upstreams behind it.
        trusted: all event times are true (a history that was checked), however far apart.
        carry_s: how late an event may be to count in the oldest open bin.
        max_bins: bins that one ``advance`` walks at the most; older ones are dropped and counted, so that an old log
            sent to a live service cannot hold up its answers.
    """

    def __init__(  # noqa: PLR0913 - the wiring passes each by name
        self,
        forecaster: Model,
        *,
        bin_s: int = 60,
        late_s: float = 0.0,
        history_min: float = 20.0,
        rule: Rule = DEFAULT_RULE,
        rule_of: Mapping[str, Rule] | None = None,
        depends: Mapping[str, Sequence[str]] | None = None,
        trusted: bool = False,
        carry_s: float = 0.0,
        max_bins: int = MAX_BINS,
    ) -> None:
        self._forecaster, self._history_min, self._max_bins = forecaster, history_min, max_bins
        self._binner = Binner(bin_s, late_s, math.inf if trusted else LOOK_AHEAD_S, carry_s)
        self._features = Features(bin_s, rule, rule_of, depends)
        self._blame = Blame()
        self._slots: dict[Key, int] = {}
        self._names: tuple[Key, ...] = ()

    @property
    def skipped(self) -> Mapping[str, int]:
        """Reason -> events that reached no bin."""
        return self._binner.skipped

    @property
    def newest(self) -> float:
        """Newest event time that is believed, UTC seconds; NaN before the first event."""
        return self._binner.watermark.time

    def ingest(self, batch: EventBatch) -> int:
        """Take events in order of arrival; returns how many found an open bin."""
        self._blame.add(batch)
        return self._binner.add(batch)

    def put(self, bins: Bins) -> None:
        """Take bins that were counted elsewhere, such as by a Prometheus server."""
        self._binner.put(bins)

    def advance(self, now: float) -> list[Forecast]:
        """Forecasts of the bins that are over, late events included, at ``now`` (UTC seconds), oldest first."""
        return list(self.forecasts(self._binner.close(now)))

    def finish(self) -> Iterator[Forecast]:
        """Forecasts of all bins up to that of the newest event: for histories that have an end."""
        yield from self.forecasts(self._binner.finish())

    def forecasts(self, bins: Bins) -> Iterator[Forecast]:
        """One forecast for each of consecutive bins, the newest ``max_bins`` of them."""
        if bins.length > self._max_bins:
            first = bins.first + bins.length - self._max_bins
            self._binner.skipped["too old"] += int((bins.bin < first).sum())
            bins = bins.slice(first, self._max_bins)
        fresh = self._fresh(bins)
        known, born = [*self._names, *(key for _, key in fresh)], [number for number, _ in fresh]
        before = len(self._names)
        for position, frame in enumerate(bins.frames(known)):
            size = before + bisect_right(born, bins.first + position)
            if not size:  # all that was heard of was too old
                continue
            if size > len(self._names):
                self._grow(known[:size])
            counts, latency, missing = frame.counts[:size], frame.latency[:size], frame.missing[:size]
            yield self._forecast(Frame(frame.end, counts, latency, missing))

    def explain(self, key: Key) -> list[tuple[str, float]]:
        """Signals behind the newest risk of a series, strongest first; none for a series on the prior."""
        if self.history_minutes(key) < self._history_min:
            return []
        return self._forecaster.explain(key)

    def cause(self, key: Key) -> str:
        """The cause that failures of the series had most often of late, ``none`` without failures."""
        return self._blame.cause(key)

    def history_minutes(self, key: Key) -> float:
        """Minutes since the series was first heard of, 0 for an unknown one."""
        slot = self._slots.get(key)
        return 0.0 if slot is None else float(self._features.age_min()[slot])

    def dump(self) -> dict[str, Any]:
        """All that is carried as JSON-ready values, open bins included."""
        return {
            "bins": self._binner.dump(),
            "features": self._features.dump(),
            "forecaster": self._forecaster.dump(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Take up what ``dump`` gave. Raises ArtifactError when it is damaged or belongs to another model."""
        absent = [name for name in ("bins", "features", "forecaster") if name not in state]
        if absent:
            raise ArtifactError(f"carried state lacks {', '.join(absent)}")
        self._forecaster.load(state["forecaster"])
        self._features.load(state["features"])
        self._binner.load(state["bins"])
        self._names = self._features.keys
        self._slots = {key: slot for slot, key in enumerate(self._names)}

    def _fresh(self, bins: Bins) -> list[tuple[int, Key]]:
        """Series that were not known, with the bin in which each was first heard of, in order of appearance."""
        series, first_row = np.unique(bins.series, return_index=True)
        found = [
            (int(bins.bin[row]), bins.keys[place])
            for place, row in zip(series.tolist(), first_row.tolist(), strict=True)
            if bins.keys[place] not in self._slots
        ]
        room = MAX_SERIES - len(self._names)
        if len(found) > room:
            self._binner.skipped["too many series"] += len(found) - room
        return sorted(found)[:room]

    def _grow(self, keys: Sequence[Key]) -> None:
        self._names = tuple(keys)
        self._slots = {key: slot for slot, key in enumerate(self._names)}
        self._features.grow(self._names)

    def _forecast(self, frame: Frame) -> Forecast:
        features, codes = self._features.step(frame)
        risk, spread = self._forecaster.step(self._names, features)
        prior = self._features.age_min() < self._history_min
        risk[prior], spread[prior] = np.array(self._forecaster.base_rate, np.float32), 0.0
        risk[codes == OUTAGE] = 1.0
        return Forecast(frame.end, self._names, risk, spread, _words(codes), prior)


def _words(codes: States) -> list[str]:
    names: list[str] = _STATES[codes].tolist()
    return names


_STATES = np.array(STATES, dtype=object)
