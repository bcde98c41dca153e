"""Events as they arrive become bins once their time is over.

Bins close by the caller's clock, never by an event's: one line from a machine whose clock is wrong can neither
flush the open bins nor open a bin for the year 2038. Late events are counted, not merged into what was said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.carried import pack, unpack
from predictor.errors import ArtifactError
from predictor.events import EventBatch
from predictor.series.bins import Bins, empty, merge, rollup
from predictor.series.columns import BUCKETS, COLUMNS

LOOK_AHEAD_S = 3600.0  # an event further ahead of all others than this needs company to be believed
QUORUM = 5  # ... of so many events
BEHIND_S = 86400.0  # and this far behind, when nothing has been said yet
PENDING = 64  # unmerged parts that are kept before they are added up


class Watermark:
    """The newest event time that can be trusted.

    Times beyond a gap of more than ``look_ahead_s`` are believed once there are ``quorum`` of them, or once the
    caller's clock has come there: a real silence in a log passes, a single wrong clock does not.
    """

    def __init__(self, look_ahead_s: float = LOOK_AHEAD_S, quorum: int = QUORUM) -> None:
        self.time = float("nan")
        self._look_ahead_s, self._quorum = look_ahead_s, quorum

    def observe(self, times: npt.NDArray[np.float64], now: float = float("nan")) -> npt.NDArray[np.bool_]:
        """Move the mark over event times (m,), held-back ones included; True where the time is believed.

        ``now`` is the caller's clock, when it has one: times up to it are always believed.
        """
        if not len(times):
            return np.zeros(0, dtype=bool)
        mark = float(np.fmax(self.time, now))
        ahead = np.sort(times[~(times <= mark)])
        if len(ahead):
            gaps = np.diff(ahead, prepend=mark if np.isfinite(mark) else ahead[0])
            beyond = len(ahead) - np.arange(len(ahead))
            cut = np.flatnonzero((gaps > self._look_ahead_s) & (beyond < self._quorum))
            trusted = ahead[: cut[0]] if len(cut) else ahead
            mark = float(trusted[-1]) if len(trusted) else mark
        self.time = mark
        believed: npt.NDArray[np.bool_] = times <= mark
        return believed


def _behind(times: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Times before the history begins: a few lines that stand more than a day before many others."""
    ordered = np.sort(times)
    gaps = np.flatnonzero(np.diff(ordered) > BEHIND_S)
    few = gaps[gaps + 1 < QUORUM]
    if not len(few) or len(times) < 4 * QUORUM:
        return np.zeros(len(times), dtype=bool)
    behind: npt.NDArray[np.bool_] = times <= ordered[few[-1]]
    return behind


class Binner:
    """Collects events into open bins and hands them out when they close.

    Args:
        bin_s: width of a bin in seconds.
        late_s: how long after its end a bin stays open for late events.
        look_ahead_s: how far ahead of the others' clock an event may be; infinite trusts every time.
        carry_s: an event that is at most this late counts in the oldest open bin instead of nowhere: a CI log that
            is sent when its job ends still tells what failed minutes ago. 0 for histories, where nothing is late.

    ``skipped`` counts events that reached no bin: ``late``, ``ahead`` and ``behind`` (clock jumps), ``no time``,
    ``no upstream``.
    """

    def __init__(
        self, bin_s: int = 60, late_s: float = 0.0, look_ahead_s: float = LOOK_AHEAD_S, carry_s: float = 0.0
    ) -> None:
        self.bin_s, self.late_s = bin_s, late_s
        self._carry_s = carry_s
        self.skipped: Counter[str] = Counter()
        self._look_ahead_s = look_ahead_s
        self.watermark = Watermark(look_ahead_s)
        self._parts: list[Bins] = []
        self._held = EventBatch.empty()  # ahead of everyone else: wrong clock or the first after a gap
        self._next: int | None = None  # number of the first bin that is still open
        self._until = float("nan")

    def add(self, batch: EventBatch) -> int:
        """Take events in order of arrival; returns how many found an open bin."""
        timeless = ~np.isfinite(batch.time)
        nameless = ~timeless & (batch.upstream == 0)
        self._count("no time", int(timeless.sum()))
        self._count("no upstream", int(nameless.sum()))
        batch = batch.take(~timeless & ~nameless)
        if not len(batch):
            return 0
        batch = EventBatch.concat([self._held, batch])
        believed = self.watermark.observe(batch.time, self._until)
        self._held = batch.take(~believed)
        batch = self._open(batch.take(believed))
        if len(batch):
            self._parts.append(rollup(batch, self.bin_s))
        if len(self._parts) > PENDING:
            self._parts = [merge(self._parts)]
        return len(batch)

    def put(self, bins: Bins) -> None:
        """Take bins that were counted elsewhere; those that are closed already are counted as ``late``.

        Raises:
            ValueError: they have another width.
        """
        if bins.bin_s != self.bin_s:
            raise ValueError(f"bins are {bins.bin_s} s wide, not {self.bin_s} s")
        if self._next is not None and bins.first < self._next:
            late = bins.column("events")[bins.bin < self._next]
            self._count("late", int(late.sum()))
            bins = bins.slice(self._next, max(0, bins.first + bins.length - self._next))
        if bins.length:
            self._parts.append(bins)

    def close(self, until: float) -> Bins:
        """All bins that are over and past their lateness at ``until`` (UTC seconds), none twice and none left out.

        The first bin is that of the oldest event. Bins in which nothing was heard are included as empty.
        """
        self._until = float(np.fmax(self._until, until))
        self._release()
        end = int(np.floor((self._until - self.late_s) / self.bin_s))  # first bin that stays open
        if not self._parts and self._next is None:
            return empty(self.bin_s)
        whole = merge(self._parts) if self._parts else empty(self.bin_s)
        first = self._next if self._next is not None else whole.first
        if end <= first:
            self._parts = [whole] if whole.length else []
            return empty(self.bin_s)
        rest = whole.first + whole.length - end
        self._parts = [whole.slice(end, rest)] if whole.length and rest > 0 else []
        self._next = end
        return whole.slice(first, end - first)

    def finish(self) -> Bins:
        """The bins up to the newest event, lateness or not; what is still held ahead is counted as ``ahead``."""
        self._count("ahead", len(self._held))
        self._held = EventBatch.empty()
        if not self._parts:
            return empty(self.bin_s)
        whole = merge(self._parts)
        return self.close((whole.first + whole.length) * self.bin_s + self.late_s)

    def dump(self) -> dict[str, Any]:
        """The open bins as JSON-ready values; events that are held ahead are not among them."""
        whole = merge(self._parts) if self._parts else empty(self.bin_s)
        rows = {"bin": whole.bin.tolist(), "series": whole.series.tolist(), "keys": [list(key) for key in whole.keys]}
        sums = {"counts": pack(whole.counts.T), "latency": pack(whole.latency.T)}
        return {"bin_s": self.bin_s, "next": self._next, "first": whole.first, "length": whole.length, **rows, **sums}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take up what ``dump`` gave.

        Raises:
            ArtifactError: it is damaged or of another width of bins.
        """
        if state.get("bin_s") != self.bin_s:
            raise ArtifactError(f"carried bins are {state.get('bin_s')} s wide, not {self.bin_s} s")
        counts = unpack(state.get("counts"), (len(COLUMNS),), "counts").T
        latency = unpack(state.get("latency"), (BUCKETS,), "latency").T
        try:
            keys = tuple((str(vantage), str(upstream)) for vantage, upstream in state["keys"])
            number, series = (np.array(state[name], np.int64) for name in ("bin", "series"))
            parts = Bins(self.bin_s, int(state["first"]), int(state["length"]), keys, number, series, counts, latency)
            self._next = None if state["next"] is None else int(state["next"])
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError("carried bins are damaged or incomplete") from error
        if not len(number) == len(series) == len(counts) == len(latency):
            raise ArtifactError("carried bins have columns of different lengths")
        self._parts = [parts] if parts.length else []

    def _release(self) -> None:
        """Put events from ahead whose time has come by the caller's clock into bins."""
        due = self._held.time <= self._until
        if due.any():
            ready, self._held = self._open(self._held.take(due)), self._held.take(~due)
            self._parts.append(rollup(ready, self.bin_s))

    def _open(self, batch: EventBatch) -> EventBatch:
        """The events whose bin is still open; the others are counted."""
        if self._next is None:
            first = not self._parts and np.isfinite(self._look_ahead_s)
            lost, reason = _behind(batch.time) & first, "behind"
        else:
            opened = float(self._next * self.bin_s)
            carried = (batch.time < opened) & (batch.time >= opened - self._carry_s)
            batch = replace(batch, time=np.where(carried, opened, batch.time))
            lost, reason = batch.time < opened, "late"
        self._count(reason, int(lost.sum()))
        return batch.take(~lost)

    def _count(self, reason: str, number: int) -> None:
        if number:
            self.skipped[reason] += number
