"""A risk curve for a terminal: rows of block characters, the warning and the outage marked below."""

from __future__ import annotations

from collections.abc import Sequence

from predictor.events import rfc3339

BLOCKS = " ▁▂▃▄▅▆▇█"
HEIGHT = 8


def plot(risks: Sequence[float], times: Sequence[float], marks: dict[str, float], width: int = 100) -> str:
    """The curve as text.

    Args:
        risks: 15-minute risk per bin, 0..1.
        times: end of each bin, UTC seconds.
        marks: letter -> UTC seconds: where to put it below the curve.
    """
    if not risks:
        return "(no forecast yet)"
    risks, times = risks[-width:], times[-width:]
    rows = []
    for level in reversed(range(HEIGHT)):
        cells = (min(8, max(0, round((risk * HEIGHT - level) * 8))) for risk in risks)
        label = f"{(level + 1) / HEIGHT:4.0%} " if level in {HEIGHT - 1, HEIGHT // 2 - 1} else "     "
        rows.append(label + "|" + "".join(BLOCKS[cell] for cell in cells))
    below = [" "] * len(risks)
    for letter, moment in marks.items():
        at = min(range(len(times)), key=lambda i: abs(times[i] - moment))
        below[at] = letter
    rows.append("     +" + "-" * len(risks))
    rows.append("      " + "".join(below))
    rows.append(f"      {rfc3339(times[0])} to {rfc3339(times[-1])}, one column a minute")
    return "\n".join(rows)
