"""The journal of accepted logs gives back what was written, byte for byte, and names what is damaged."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

from predictor.journals.accepted import PIECE, Accepted, bodies, entries
from predictor.protocols import Source

BODIES = [b"", b"one line\n", bytes(range(256)) * 40, random.Random(1).randbytes(2 * PIECE + 17)]


def body(data: bytes, time: float = 1.0, **values: Any) -> Accepted:
    """A job's log."""
    return Accepted(time, data, Source("job.log", **values), "go", final=True)


def read(journal: list[dict[str, Any]]) -> tuple[list[Accepted], list[str]]:
    reasons: list[str] = []
    return list(bodies(journal, reasons.append)), reasons


@pytest.mark.parametrize("data", BODIES, ids=len)
def test_a_body_comes_back_byte_for_byte(data: bytes) -> None:
    found, reasons = read(entries(body(data)))

    assert ([each.data for each in found], reasons) == ([data], [])


def test_no_entry_is_larger_than_its_bound() -> None:
    sizes = [len(entry["data"]) for entry in entries(body(BODIES[-1]))]

    assert len(sizes) == 3
    assert max(sizes) <= PIECE * 4 / 3 + 4


@pytest.mark.parametrize("start", [math.nan, 1.5])
def test_everything_that_was_said_about_a_log_comes_back(start: float) -> None:
    given = body(b"x", vantage="eu", upstream="proxy.golang.org", job="42", start=start)

    assert repr(read(entries(given))[0]) == repr([given])


DAMAGE: list[dict[str, Any]] = [
    {"data": "AAAA"},
    {"data": "?"},
    {"size": 7},
    {"size": None},
    {"left": "many"},
    {"name": None, "start": "noon"},
    {"time": None},
]


@pytest.mark.parametrize("change", DAMAGE, ids=str)
def test_a_damaged_body_is_named_and_costs_nothing_else(change: dict[str, Any]) -> None:
    journal = [*entries(body(b"a")), entries(body(b"x"))[0] | change, *entries(body(b"b"))]

    found, reasons = read(journal)

    assert [each.data for each in found] == [b"a", b"b"]
    assert ["damaged" in reason for reason in reasons] == [True]


def test_a_body_whose_end_is_lost_is_named() -> None:
    first, *_ = entries(body(BODIES[-1]))

    found, reasons = read([first, *entries(body(b"b"))])

    assert [each.data for each in found] == [b"b"]
    assert "lacks its end" in reasons[0]
