"""The risk curve: its points, its gaps, and the bands behind it."""

from __future__ import annotations

from typing import Any

import pytest

from serve.spark import HEIGHT, MARGIN, WIDTH, Band, spark


def row(minute: float, risk: float | None = 0.5, state: str = "ok", *, warning: bool = False) -> dict[str, Any]:
    """A bin that ends ``minute`` minutes after the epoch."""
    return {"time": 60.0 * minute, "state": state, "risk": [risk] * 3, "warning": warning}


@pytest.mark.parametrize(("risk", "y"), [(0.0, HEIGHT - MARGIN), (1.0, MARGIN), (0.5, HEIGHT / 2)])
def test_a_high_risk_is_drawn_high(risk: float, y: float) -> None:
    drawn = spark([row(5, risk), row(10, risk)], 600.0, 10)

    assert drawn.lines == [f"{WIDTH / 2},{y} {WIDTH},{y}"]


def test_an_unknown_bin_leaves_a_gap() -> None:
    history = [row(1), row(2), row(3, state="unknown"), row(4), row(5, float("nan")), row(6)]

    assert [len(line.split()) for line in spark(history, 600.0, 10).lines] == [2, 2, 2]


def test_warning_and_outage_lie_behind_as_bands() -> None:
    history = [row(2), row(4, warning=True), row(5, warning=True), row(8, state="outage"), row(10)]

    assert spark(history, 600.0, 10).bands == [Band(48.0, 72.0, "warning"), Band(120.0, 72.0, "outage")]


def test_no_history_is_an_empty_curve() -> None:
    drawn = spark([], 600.0, 10)

    assert (drawn.lines, drawn.bands) == ([], [])


def test_nothing_is_drawn_outside() -> None:
    drawn = spark([row(-50), row(5), row(99)], 600.0, 10)

    assert [point.split(",")[0] for point in drawn.lines[0].split()] == ["0.0", "120.0", "240.0"]
