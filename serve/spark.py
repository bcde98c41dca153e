"""The risk curve of one series as coordinates: drawn by the server, so that the page needs no library."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

WIDTH, HEIGHT = 240.0, 64.0
MARGIN = 3.0  # so that a line at 0 or 1 is not cut in half


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of time under a warning or in an outage."""

    x: float
    width: float
    tone: str  # "warning" | "outage"


@dataclass(frozen=True, slots=True)
class Spark:
    """What an SVG of ``width`` x ``height`` shows: polylines of the 15-minute risk, and bands behind them."""

    minutes: int
    lines: Sequence[str]
    bands: Sequence[Band]
    width: float = WIDTH
    height: float = HEIGHT


def spark(history: Sequence[Mapping[str, Any]], now: float, minutes: int) -> Spark:
    """The curve of the last ``minutes`` before ``now`` (UTC seconds); a bin without a risk leaves a gap.

    Args:
        history: bins, oldest first: ``time`` (end, UTC seconds), ``state``, ``risk`` (3 numbers), ``warning``.
    """
    begin = now - 60.0 * minutes

    def x(time: float) -> float:
        return round(min(max((time - begin) / (now - begin), 0.0), 1.0) * WIDTH, 1)

    lines = []
    for known, bins in groupby(history, key=_known):
        if known:
            points = [f"{x(row['time'])},{_y(row['risk'][1])}" for row in bins]
            lines.append(" ".join(points if len(points) > 1 else points * 2))
    bands, before = [], begin
    for tone, bins in groupby(history, key=_tone):
        last = list(bins)[-1]["time"]
        if tone:
            bands.append(Band(x(before), round(x(last) - x(before), 1), tone))
        before = last
    return Spark(minutes, lines, bands)


def _known(row: Mapping[str, Any]) -> bool:
    return row["state"] != "unknown" and row["risk"] is not None and math.isfinite(row["risk"][1])


def _tone(row: Mapping[str, Any]) -> str:
    if row["state"] == "outage":
        return "outage"
    return "warning" if row["warning"] else ""


def _y(risk: float) -> float:
    return round(HEIGHT - MARGIN - risk * (HEIGHT - 2 * MARGIN), 1)
