"""Every format beside an oracle that takes one request at a time and does the obvious thing, slowly."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from predictor.formats import discover
from tests.predictor.formats.oracle.catalogue import ORACLES
from tests.predictor.formats.oracle.written import differences, read

CASES = [(name, way) for name, ways in ORACLES.items() for way in ways]
LINES_AT_ONCE = (1 << 30, 7)


@pytest.mark.parametrize(("name", "way"), CASES, ids=lambda part: part)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_log_is_read_as_the_oracle_reads_it(name: str, way: str, data: Any) -> None:
    log = data.draw(ORACLES[name][way])

    found = read(name, log, data.draw(st.sampled_from(LINES_AT_ONCE)))

    assert differences(found, log.events) == []


def test_every_format_has_an_oracle() -> None:
    """A new format needs one; see the other files of this folder."""
    assert sorted(ORACLES) == sorted(discover())
