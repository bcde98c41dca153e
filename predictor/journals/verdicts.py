"""What humans said of incidents: an outage that was confirmed, or is none.

A verdict names an episode of the service, or a stretch of time of an upstream. The times of an episode follow from
the journal of decisions, so that a verdict may be given while the outage is still under way. The same form stands in
the store's journal, in the answers of the service and in a file ``incidents.json`` beside logs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from predictor.errors import InputError
from predictor.protocols import Key

KIND = "verdicts"
DECISIONS = "decisions"  # the journal of the pipeline
CONFIRMED, REJECTED = "confirmed", "rejected"
ENDS = ("clear", "recovered")
FIRST_BIN_S = 60.0  # a decision is made at the end of a bin; what it speaks of began before it


@dataclass(frozen=True, slots=True)
class Verdict:
    """One verdict; times in UTC seconds, an empty name means all.

    ``exact``: the human gave ``start`` and ``end``, and they replace those of the definition. Otherwise the two only
    say which outage is meant.
    """

    start: float
    end: float
    confirmed: bool
    kind: str = ""  # kind of fault, where a human named it
    vantage: str = ""
    upstream: str = ""
    exact: bool = True
    episode: str = ""
    who: str = ""
    note: str = ""
    time: float = 0.0  # when it was given

    @property
    def word(self) -> str:
        """The verdict in one word."""
        return CONFIRMED if self.confirmed else REJECTED

    def about(self, key: Key) -> bool:
        """Whether it speaks of this series."""
        return self.vantage in ("", key[0]) and self.upstream in ("", key[1])


@dataclass(frozen=True, slots=True)
class Span:
    """One episode of one series as the decisions tell it; ``end`` is infinite while it is open."""

    key: Key
    start: float
    end: float
    outage: bool  # whether the outage came


def spans(decisions: Iterable[Mapping[str, Any]]) -> dict[str, Span]:
    """Episode -> its span, from the entries of the journal of decisions, oldest first.

    An episode whose end was never told (the service was killed) ends where the next one of its series begins.
    """
    found: dict[str, Span] = {}
    open_of: dict[Key, str] = {}
    for entry in decisions:
        name, time, action = str(entry["episode"]), float(entry["time"]), str(entry["action"])
        key = (str(entry["key"][0]), str(entry["key"][1]))
        before = open_of.get(key, "")
        if before and before != name:
            found[before] = _ended(found[before], time - FIRST_BIN_S)
        span = found.get(name) or Span(key, time - FIRST_BIN_S, math.inf, outage=False)
        ended = action in ENDS
        found[name] = Span(key, span.start, time if ended else span.end, span.outage or action == "outage")
        open_of[key] = "" if ended else name
    return found


def _ended(span: Span, end: float) -> Span:
    return Span(span.key, span.start, min(span.end, end), span.outage)


def entry(verdict: Verdict) -> dict[str, Any]:
    """The journal entry of a verdict; times that follow from its episode are left open."""
    return {
        "time": verdict.time,
        "verdict": verdict.word,
        "episode": verdict.episode,
        "vantage": verdict.vantage,
        "upstream": verdict.upstream,
        "start": verdict.start if verdict.exact else None,
        "end": verdict.end if verdict.exact else None,
        "kind": verdict.kind,
        "who": verdict.who,
        "note": verdict.note,
    }


def verdict_of(value: Any, known: Mapping[str, Span] | None = None) -> Verdict:
    """A verdict from a journal entry, an answer of the service or an entry of incidents.json.

    Args:
        value: what was read.
        known: episodes, for verdicts that name one instead of times.

    Raises:
        InputError: something is missing or wrong; names the field.
    """
    if not isinstance(value, Mapping):
        raise InputError("a verdict is an object", field="verdict")
    if value.get("verdict") not in (CONFIRMED, REJECTED):
        raise InputError(f"is '{CONFIRMED}' or '{REJECTED}', not {value.get('verdict')!r}", field="verdict")
    texts = _texts(value)
    given, start, end = _time(value, "time"), _time(value, "start"), _time(value, "end")
    span = (known or {}).get(texts["episode"])
    if span is not None and math.isnan(start):
        start, end, exact = span.start, span.end, False
        texts |= {"vantage": span.key[0], "upstream": span.key[1]}
    else:
        exact = value.get("exact", True) is True
        end = _checked_end(start, end, exact=exact, episode=texts["episode"])
    if not start < end or (exact and math.isinf(end)):
        raise InputError("it is missing or not after start", field="end")
    time = 0.0 if math.isnan(given) else given
    return Verdict(start, end, value["verdict"] == CONFIRMED, exact=exact, time=time, **texts)


def _texts(value: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value.get(name) or "") for name in ("kind", "vantage", "upstream", "episode", "who", "note")}


def _checked_end(start: float, end: float, *, exact: bool, episode: str) -> float:
    """The end of a stretch that a human named or that was kept; an outage that is not over has none yet."""
    if math.isnan(start):
        reason = "the episode is not known here" if episode else "it is missing"
        raise InputError(f"{reason}: give start and end", field="start")
    return math.inf if math.isnan(end) and not exact else end


def seconds(value: Any) -> float:
    """UTC seconds of a number or of an ISO 8601 text (without an offset it is UTC); NaN for None.

    Raises:
        ValueError: it is neither.
    """
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} is no time")  # noqa: TRY004 - one error for all that is no time
    if not isinstance(value, str):
        return float(value)
    stamp = datetime.fromisoformat(value)
    return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp()


def _time(value: Mapping[str, Any], name: str) -> float:
    try:
        return seconds(value.get(name))
    except (ValueError, OverflowError) as error:
        raise InputError(str(error), field=name) from error
