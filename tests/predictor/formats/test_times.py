"""A column of stamps says what each stamp says alone, whatever the others are."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.formats.spans import FRONT, Buffer, Spans
from predictor.formats.stamps import stamp
from predictor.formats.times import Times

ZONES = [UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))]
ODD = [
    "-",
    "",
    "junk",
    "22/Nov/2026:24:00:00 +0000",
    "22/Nov/2026:23:59:60 +0000",
    "2026-11-22T07:60:00Z",
    "1795305600",
]
SPELLINGS = ["%d/%b/%Y:%H:%M:%S %z", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%d %H:%M:%S,%f", "%Y-%m-%dT%H:%M:%S%z", "%H:%M:%S"]
MOMENTS = st.datetimes(datetime(2026, 11, 21), datetime(2026, 11, 24), timezones=st.sampled_from(ZONES))  # noqa: DTZ001


def column(texts: list[str]) -> list[float]:
    values = [text.encode() for text in texts]
    ends = np.cumsum([len(value) for value in values]) + FRONT
    return list(map(float, Times().column(Spans(Buffer(b"".join(values)), ends - [*map(len, values)], ends))))


@pytest.mark.parametrize("spelling", SPELLINGS)
@given(moments=st.lists(MOMENTS, min_size=1, max_size=20), odd=st.lists(st.sampled_from(ODD), max_size=3))
def test_stamps_of_one_log_are_read_as_one_by_one(spelling: str, moments: list[datetime], odd: list[str]) -> None:
    texts = [moment.strftime(spelling) for moment in moments] + odd

    assert column(texts) == pytest.approx([stamp(text) for text in texts], abs=1e-6, nan_ok=True)


@given(st.lists(st.integers(0, 999_999_999), min_size=1, max_size=20))
def test_fractions_of_any_length_are_exact(nanos: list[int]) -> None:
    texts = [f"2026-11-22T07:50:02.{str(value).zfill(9).rstrip('0') or '0'}Z" for value in nanos]

    assert column(texts) == [stamp(text) for text in texts]


def test_a_log_that_goes_on_over_midnight_is_read_on() -> None:
    texts = ["22/Nov/2026:23:59:59 +0000", "23/Nov/2026:00:00:00 +0000", "23/Nov/2026:00:00:01 +0100"]

    first, second, third = column(texts)

    assert (second - first, third - second) == (1, -3599)


def test_a_value_that_is_no_clock_is_unknown() -> None:
    assert all(map(math.isnan, column(["22/Nov/2026:7a:50:02 +0000", "22/Nov/2026:07:50:02 +00x0"])))
