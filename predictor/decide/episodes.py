"""From one bin's warnings and states to decisions: only a change of mind is worth telling.

An episode is one story of one series: a warning, the outage that it foresaw (or none), and its end. Its id
is common to all its decisions, so that chat threads, remedies and outcomes can be joined. A warning that lapses
and starts anew in the next bin is the same story, renewed: nothing is switched back and forth in between.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from predictor.protocols import Decision, Forecast, Key

Explain = Callable[[Key], list[tuple[str, float]]]
CauseOf = Callable[[Key], str]


@dataclass(frozen=True, slots=True)
class Episode:
    """The open story of one series; times in UTC seconds, 0 when it did not happen."""

    id: str
    warned: float = 0.0
    outage: float = 0.0
    calm: int = 0  # bins in a row without outage since it began; before it, without a warning

    @property
    def lead_s(self) -> float:
        """Outage start minus warning, seconds; NaN when one of them is not there."""
        return self.outage - self.warned if self.warned and self.outage else float("nan")


class Episodes:
    """Holds the open episodes and says what changed.

    Args:
        explain: gives the strongest signals of a series; asked only when a decision is made.
        cause_of: gives the most likely cause of a series' trouble, a value of the taxonomy.
        recover_bins: bins in a row in state ``ok`` after which an outage is over: a sick upstream that answers for
            a minute must not switch a fleet back and forth.
    """

    def __init__(self, explain: Explain, cause_of: CauseOf, recover_bins: int = 5) -> None:
        self._explain, self._cause_of, self._recover_bins = explain, cause_of, recover_bins
        self._open: dict[Key, Episode] = {}

    def step(self, forecast: Forecast, warning: Sequence[bool]) -> list[Decision]:
        """Decisions of this bin, in the order of the forecast's keys."""
        decisions = []
        for row, key in enumerate(forecast.keys):
            episode, state = self._open.get(key), forecast.state[row]
            if episode is None and not warning[row] and state != "outage":
                continue
            action, after = self._next(episode, key, state, bool(warning[row]), forecast.time)
            if after is None:
                self._open.pop(key, None)
            else:
                self._open[key] = after
            if action:
                decisions.append(self._decide(forecast, row, action, after or episode))
        return decisions

    def episode(self, key: Key) -> Episode | None:
        """The open episode of a series."""
        return self._open.get(key)

    def dump(self) -> list[list[Any]]:
        """The open episodes as JSON-ready values."""
        return [[*key, episode.id, episode.warned, episode.outage, episode.calm] for key, episode in self._open.items()]

    def load(self, state: list[list[Any]]) -> None:
        """Take up what ``dump`` gave."""
        self._open = {(row[0], row[1]): Episode(*row[2:]) for row in state}

    def _next(
        self, episode: Episode | None, key: Key, state: str, warning: bool, time: float
    ) -> tuple[str, Episode | None]:
        if state == "outage":
            if episode is not None and episode.outage:
                return "", replace(episode, calm=0)
            return "outage", replace(episode or Episode(episode_id(key, time)), outage=time, calm=0)
        if episode is None:
            return "warn", Episode(episode_id(key, time), warned=time)
        if not episode.outage:
            return _warned(episode, warning)
        if state != "ok":
            return "", episode
        over = episode.calm + 1 >= self._recover_bins
        return ("recovered", None) if over else ("", replace(episode, calm=episode.calm + 1))

    def _decide(self, forecast: Forecast, row: int, action: str, episode: Episode | None) -> Decision:
        key = forecast.keys[row]
        signals = self._explain(key) if action in {"warn", "renew", "outage"} else []
        return Decision(
            time=forecast.time,
            key=key,
            action=action,
            risk=float(forecast.risk[row, 1]),
            cause=self._cause_of(key),
            signals=tuple(signals[:3]),
            episode=episode.id if episode else "",
        )


def _warned(episode: Episode, warning: bool) -> tuple[str, Episode | None]:
    """A story without an outage so far: one bin without a warning is a lapse, two are the end."""
    if not warning:
        return ("clear", None) if episode.calm else ("", replace(episode, calm=1))
    return ("renew", replace(episode, calm=0)) if episode.calm else ("", episode)


def episode_id(key: Key, time: float) -> str:
    """A short id that a replay of the same history gives again."""
    return hashlib.sha256(f"{key[0]}|{key[1]}|{time:.0f}".encode()).hexdigest()[:12]
