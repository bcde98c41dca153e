"""When a remedy was in force, as the audit journal tells it: what came after is no proof of what would have come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, isnan
from typing import Any

from predictor.journals.verdicts import seconds
from predictor.protocols import Key
from training.dataset.label import Hidden


@dataclass(frozen=True, slots=True)
class Act:
    """A remedy in force for an upstream; UTC seconds, ``end`` is infinite while it is; upstream "" is every one."""

    start: float
    end: float
    upstream: str = ""
    remedy: str = ""

    def touches(self, key: Key, depends: Mapping[str, Sequence[str]]) -> bool:
        """Whether it can have changed what happened to a series: of its own upstream, or of one behind or before it.

        A build that is sent elsewhere no longer asks the mirror, and so the mirror no longer asks what is behind it.
        """
        behind, before = depends.get(self.upstream, ()), depends.get(key[1], ())
        return self.upstream in ("", key[1]) or key[1] in behind or self.upstream in before

    def hidden(self) -> Hidden:
        """The stretch that it hides."""
        return Hidden(self.start, self.end)


@dataclass(slots=True)
class _Open:
    """What is known so far of one remedy at one series."""

    planned: float = float("nan")
    applied: float | None = None
    undoing: float | None = None  # it did not verify and was to be reverted


def acted(entries: Iterable[tuple[str, Any]], tell: Callable[[str], None] = lambda _: None) -> Iterator[Act]:
    """The acts of an audit journal as (place, entry), oldest first; ``tell`` is told of each that cannot be read.

    A remedy is in force from ``applied`` to ``reverted`` (or ``not verified``, when it was reverted at once). A
    revert that failed leaves it in force. One that is reverted without an ``applied`` was cut off by a crash: it
    counts from its plan.
    """
    series: dict[tuple[str, str, str], _Open] = {}
    for place, entry in entries:
        try:
            key, what, time = _read(entry)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            tell(f"{place}: not an audit entry: {type(error).__name__} {error}")
            continue
        ended = _step(series.setdefault(key, _Open()), what, time)
        if ended is not None:
            yield Act(*ended, upstream=key[2], remedy=key[0])
    for (remedy, _, upstream), now in series.items():
        if now.applied is not None:
            yield Act(now.applied, float("inf") if now.undoing is None else now.undoing, upstream, remedy)


def _read(entry: Any) -> tuple[tuple[str, str, str], str, float]:
    """(remedy, vantage, upstream), what was done and when; raises where it is no audit entry."""
    by = entry.get("remedy") or entry.get("by")  # in the store, or as the API says it
    what, time = str(entry["what"]), seconds(entry["time"])
    if not isfinite(time):
        raise ValueError("it has no time")
    return (str(by or ""), str(entry.get("vantage") or ""), str(entry.get("upstream") or "")), what, time


def _step(now: _Open, what: str, time: float) -> tuple[float, float] | None:
    """Take one entry in; the stretch that it ends."""
    if now.undoing is not None:
        return _undone(now, what, time)
    if what == "applied" and now.applied is None:
        now.applied = time
    elif what == "not verified":
        now.undoing = time
    elif what == "reverted":
        start = now.planned if now.applied is None else now.applied
        now.applied, now.planned = None, float("nan")
        return None if isnan(start) else (start, time)
    elif what in ("planned", "dry-run", "failed"):
        now.planned = time if what == "planned" else float("nan")
    return None


def _undone(now: _Open, what: str, time: float) -> tuple[float, float] | None:
    """What followed on ``not verified``: where the revert failed it stays in force."""
    undoing, now.undoing = now.undoing, None
    if what in ("failed", "revert failed", "given up") or now.applied is None or undoing is None:
        return None
    ended, now.applied = (now.applied, undoing), None
    _step(now, what, time)
    return ended
