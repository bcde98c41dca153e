"""Every stamp and every duration of a log lands on the same dilated clock."""

from __future__ import annotations

import json

import pytest

from training.laboratory.dialects import DIALECTS, Dialect
from training.laboratory.dilation import (
    LogClock,
    rewrite_combined,
    rewrite_error,
    rewrite_go,
    rewrite_json,
    stamp_actions,
    stamp_style,
)

CLOCK = LogClock(real_start=1000.0, log_start=1_767_225_600.0, dilation=60.0)  # 2026-01-01T00:00:00Z
MEASURED = LogClock(1000.0, 1_767_225_600.0, 60.0, scale_durations=False)


def test_one_real_second_is_a_log_minute() -> None:
    """Stamps and durations agree."""
    assert CLOCK.log_time(1001.5) - CLOCK.log_time(1000.0) == CLOCK.duration(1.5) == 90.0


def test_durations_stay_as_measured_when_told_so() -> None:
    """The stamps are dilated all the same."""
    assert MEASURED.duration(1.5) == 1.5
    assert MEASURED.log_time(1001.0) - MEASURED.log_time(1000.0) == 60.0


def test_github_stamps_have_seven_digits() -> None:
    """As in raw logs of GitHub Actions."""
    assert stamp_actions(1_767_225_600.25) == "2026-01-01T00:00:00.2500000Z"


@pytest.mark.parametrize(
    ("style", "stamp"),
    [
        ("msec", "1767225600.250"),
        ("number", 1767225600.25),
        ("iso", "2026-01-01T00:00:00+00:00"),
        ("iso_ms", "2026-01-01T00:00:00.250+00:00"),
    ],
)
def test_time_styles(style: str, stamp: str | float) -> None:
    """Four spellings that admins choose."""
    assert stamp_style(style, 1_767_225_600.25) == stamp


def test_go_durations_are_scaled() -> None:
    """Only the seconds in brackets change."""
    line = "# get http://127.0.0.1:8080/m/@v/v1.0.0.mod: 200 OK (0.050s)"

    assert rewrite_go(line, CLOCK) == line.replace("0.050s", "3.000s")


def test_error_log_stamps_move() -> None:
    """The rest of the line stays as nginx wrote it."""
    assert (
        rewrite_error("2025/05/05 01:02:03 [error] 7#7: *1 x", CLOCK.log_time(1001))
        == "2026/01/01 00:01:00 [error] 7#7: *1 x"
    )


@pytest.mark.parametrize("dialect", DIALECTS)
def test_json_lines_keep_fields_and_types(dialect: Dialect) -> None:
    """Lists of tries are scaled one by one; an absent try stays ``-``."""
    record: dict[str, str | float] = {name: 0 if number else "-" for name, _, number in dialect.fields}
    record[dialect.time_field] = "1001.000"
    for name, number in dialect.duration_fields.items():
        record[name] = 0.05 if number else "0.050, -"

    [(when, text)] = rewrite_json(
        [json.dumps(record)], CLOCK, dialect.time_field, dialect.style, dialect.duration_fields
    )
    after = json.loads(text)

    assert when == CLOCK.log_time(1001.0)
    assert list(after) == list(record)
    assert all(after[name] == (3.0 if number else "3.000, -") for name, number in dialect.duration_fields.items())


def test_combined_lines_get_an_apache_stamp() -> None:
    """Unquoted and quoted timings are both scaled."""
    timings = 'rt=0.050 uct="0.000" urt="0.040, 0.010" us="502, 200"'
    line = f'1.2.3.4 - - [1001.500] "GET /m/@v/list HTTP/1.1" 200 12 "-" "Go" {timings}'

    [(_, text)] = rewrite_combined([line], CLOCK)

    assert "[01/Jan/2026:00:01:30 +0000]" in text
    assert 'rt=3.000 uct="0.000" urt="2.400, 0.600" us="502, 200"' in text
