"""One bin of all series in, one row of features for each out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from predictor.errors import ArtifactError
from predictor.features.latency import Latency
from predictor.features.moment import Moment
from predictor.features.neighbours import Neighbours
from predictor.features.recurrence import Clock, Recurrence
from predictor.features.traffic import Traffic
from predictor.outage import DEFAULT_RULE, OUTAGE, OutageTracker, Rule, States
from predictor.protocols import FloatArray, Key
from predictor.series.bins import Bins, Frame

#: Names of the features in the order of the columns; stored with the model.
FEATURES: tuple[str, ...] = (*Traffic.names, *Latency.names, *Recurrence.names, *Clock.names, *Neighbours.names)
FEATURES_VERSION = 2  # raised when a feature keeps its name and changes its meaning
BREAK, SLOW = Traffic.names.index("break_5"), Latency.names.index("lat50_5")


class Features:
    """Features of n series with carried state.

    Args:
        bin_s: width of the bins in seconds.
        rule: the outage definition; the series' own outages are features.
        rule_of: upstream -> its own definition.
        depends: upstream -> the upstreams behind it.
    """

    names = FEATURES

    def __init__(
        self,
        bin_s: int = 60,
        rule: Rule = DEFAULT_RULE,
        rule_of: Mapping[str, Rule] | None = None,
        depends: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        minutes = bin_s / 60.0
        self.keys: tuple[Key, ...] = ()
        self.outage = OutageTracker(rule, rule_of)
        self._minutes = minutes
        self._traffic, self._latency = Traffic(minutes), Latency(minutes)
        self._recurrence, self._clock = Recurrence(minutes), Clock()
        self._neighbours = Neighbours(depends)

    def grow(self, keys: Sequence[Key]) -> None:
        """Make room for all of ``keys``: those known before come first and in the same order.

        Raises:
            ValueError: the order of known keys changed.
        """
        if tuple(keys[: len(self.keys)]) != self.keys:
            raise ValueError("known series must keep their places")
        self.keys = tuple(keys)
        self.outage.grow(self.keys)
        self._neighbours.grow(self.keys)
        for room in (self._traffic, self._latency, self._recurrence):
            room.carried.grow(len(self.keys))

    def step(self, frame: Frame) -> tuple[FloatArray, States]:
        """Features (n, F) and outage states (n,) at the end of one bin of all ``keys``.

        Latency features are NaN where no latency is known; everything else is finite.
        """
        counts = np.ascontiguousarray(frame.counts.T)
        state = self.outage.step(counts, frame.missing)
        per_build = self.outage.fetches_per_build()
        heard = self.outage.heard()
        latency = np.ascontiguousarray(frame.latency.T)
        moment = Moment(frame.end, self._minutes, counts, latency, frame.missing | ~heard, heard, state, per_build)
        traffic, slow = self._traffic.step(moment), self._latency.step(moment)
        signals = np.stack([traffic[BREAK], slow[SLOW], (state == OUTAGE).astype(np.float32)])
        beside = self._neighbours.step(signals, heard)
        rows = [traffic, slow, self._recurrence.step(moment), self._clock.step(moment), beside]
        return np.ascontiguousarray(np.concatenate(rows).T, dtype=np.float32), state

    def age_min(self) -> FloatArray:
        """Minutes (n,) since each series was first heard of, missing bins included."""
        age: FloatArray = self._recurrence.carried["age"]
        return age

    def run(self, bins: Bins) -> tuple[FloatArray, States]:
        """Features (T, n, F) and states (T, n) of a whole history.

        A series that is not heard of yet is ``unknown``; once it is, its features are those it would have had if
        it had been added to the keys in that bin.
        """
        self.grow((*self.keys, *(key for key in bins.keys if key not in set(self.keys))))
        steps = [self.step(frame) for frame in bins.frames(self.keys)]
        if not steps:
            return np.zeros((0, len(self.keys), len(FEATURES)), np.float32), np.zeros((0, len(self.keys)), np.int8)
        return np.stack([step[0] for step in steps]), np.stack([step[1] for step in steps])

    def dump(self) -> dict[str, Any]:
        """The carried state as JSON-ready values."""
        rooms = {name: room.carried.dump() for name, room in self._rooms().items()}
        return {"version": FEATURES_VERSION, "keys": [list(key) for key in self.keys], **rooms}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take up what ``dump`` gave.

        Raises:
            ArtifactError: it is damaged or of another version of the features.
        """
        if state.get("version") != FEATURES_VERSION:
            raise ArtifactError(f"carried features are of version {state.get('version')}, not {FEATURES_VERSION}")
        keys = tuple((str(vantage), str(upstream)) for vantage, upstream in state["keys"])
        for name, room in self._rooms().items():
            room.carried.load(state.get(name, {}))
            if room.carried.size != len(keys):
                raise ArtifactError(f"carried '{name}' is for {room.carried.size} series, not {len(keys)}")
        self.keys = ()
        self.grow(keys)

    def _rooms(self) -> dict[str, OutageTracker | Traffic | Latency | Recurrence]:
        return {
            "outage": self.outage,
            "traffic": self._traffic,
            "latency": self._latency,
            "recurrence": self._recurrence,
        }
