"""Times as servers write them."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.formats.columns import number, numbers
from predictor.formats.stamps import DayClock, kitchen, stamp
from predictor.formats.times import Times

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("22/Nov/2026:12:00:00 +0000", NOON),
        ("[22/Nov/2026:13:00:00 +0100]", NOON),
        ("22/Nov/2026:12:00:00.250", NOON + 0.25),
        ("2026-11-22T12:00:00Z", NOON),
        ("2026-11-22T05:30:00.5-06:30", NOON + 0.5),
        ("2026-11-22 12:00:00,125", NOON + 0.125),
        ("2026/11/22 12:00:00", NOON),
        (f"{NOON:.3f}", NOON),
        (f"{NOON * 1000:.0f}", NOON),
        (f"{NOON * 1e6:.0f}", NOON),
        (f"{NOON * 1e9:.0f}", NOON),
        ("2026-11-22T11:59:60Z", NOON),
    ],
)
def test_every_spelling_is_the_same_moment(text: str, expected: float) -> None:
    assert stamp(text) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("text", ["", "-", "soon", "2026-13-01T00:00:00Z", "32/Nov/2026:00:00:00 +0000", "200", "1.5"])
def test_what_is_no_time_is_unknown(text: str) -> None:
    assert math.isnan(stamp(text))


@pytest.mark.parametrize(
    ("text", "seconds"), [("7:50AM", 28200), ("12:05AM", 300), ("12:05PM", 43500), ("19:50:02", 71402)]
)
def test_a_kitchen_clock_counts_from_midnight(text: str, seconds: int) -> None:
    assert kitchen(text) == seconds


def test_a_day_clock_goes_on_at_midnight_but_not_for_lines_out_of_order() -> None:
    clock = DayClock(NOON)

    times = [clock.at(kitchen(text)) - NOON for text in ("11:59PM", "12:01AM", "12:00AM", "1:00PM")]

    assert times == [43140, 43260, 43200, 90000]


def test_without_a_start_a_time_of_day_is_unknown() -> None:
    assert math.isnan(DayClock(math.nan).at(60.0))


@given(st.lists(st.floats(1.2e9, 2e9).map(lambda value: round(value, 3)), min_size=1, max_size=20))
def test_a_column_of_iso_stamps_is_read_as_one_by_one(times: list[float]) -> None:
    texts = [datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds") for value in times]

    column = Times().column(texts)

    assert column.tolist() == pytest.approx([stamp(text) for text in texts], abs=1e-6)


def test_a_column_may_mix_spellings_and_junk() -> None:
    column = Times().column(
        [b"2026-11-22T12:00:00.500Z", b"2026-11-22T12:00:00Z", b"junk", b"2026-11-22T12:00:00.5+0100"]
    )

    assert column.tolist() == pytest.approx([NOON + 0.5, NOON, math.nan, NOON - 3599.5], nan_ok=True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("0.958", 0.958), (b"84ms", 0.084), ("0.012, 1.004", 1.016), ("0.1 : 0.2", 0.3), ("-, 0.5", 0.5), (7, 7.0)],
)
def test_an_amount_is_read_with_units_and_tries(value: object, expected: float) -> None:
    assert number(value) == pytest.approx(expected)


def test_amounts_that_cannot_be_are_unknown() -> None:
    assert all(math.isnan(value) for value in numbers([b"-", "", None, "inf", "nan", -1, "x", [1]]).tolist())
