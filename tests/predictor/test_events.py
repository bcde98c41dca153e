"""Batches of events."""

from __future__ import annotations

import numpy as np
import pytest

from predictor.events import Cause, EventBatch, EventBuilder, Op, Outcome, rfc3339


def batch(*upstreams: str) -> EventBatch:
    builder = EventBuilder()
    for i, upstream in enumerate(upstreams):
        builder.add(time=float(i), upstream=upstream, op=Op.ZIP, module=f"m{i}")
    return builder.build()


def test_concatenation_keeps_rows_over_one_pool_of_strings() -> None:
    """Codes of one batch mean nothing in another."""
    joined = EventBatch.concat([batch("a", "b"), EventBatch.empty(), batch("b", "c")])

    assert joined.text("upstream") == ["a", "b", "b", "c"]
    assert joined.text("module") == ["m0", "m1", "m0", "m1"]
    assert len(set(joined.strings)) == len(joined.strings)


def test_rows_say_unknown_where_nothing_is_known() -> None:
    """And names instead of numbers."""
    builder = EventBuilder()
    builder.add(outcome=Outcome.FAILED, cause=Cause.HTTP_5XX, status=503)
    row = next(builder.build().rows())

    assert (row["time"], row["latency_s"], row["bytes"], row["upstream"]) == (None, None, None, None)
    assert (row["outcome"], row["cause"], row["status"]) == ("failed", "http_5xx", 503)


def test_only_rows_that_nobody_knows_have_a_template_and_its_novelty() -> None:
    """All other rows stay as short as they were."""
    builder = EventBuilder()
    builder.add(outcome=Outcome.FAILED, template="odd <n>", novelty=1 / 3)
    builder.add(outcome=Outcome.FAILED, cause=Cause.DNS)
    odd, known = builder.build().rows()

    assert (odd["template"], odd["novelty"]) == ("odd <n>", 0.3333)
    assert odd.keys() - known.keys() == {"template", "novelty"}


def test_a_selection_keeps_its_order() -> None:
    """By mask or by index."""
    events = batch("a", "b", "c")

    assert events.take(np.array([2, 0])).text("upstream") == ["c", "a"]
    assert events.take(np.array([False, True, False])).text("upstream") == ["b"]


@pytest.mark.parametrize(
    "columns", [{"nonsense": 1}, {"time": [1.0, 2.0, 3.0]}, {"strings": ("x",)}], ids=["unknown", "length", "pool"]
)
def test_a_batch_that_does_not_fit_is_refused(columns: dict[str, object]) -> None:
    """Rather than found later."""
    with pytest.raises(ValueError, match=r"unknown|shape|empty string"):
        EventBatch.of(2, **columns)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "1970-01-01T00:00:00Z"), (1795333802.3651, "2026-11-22T07:50:02.365Z"), (1.9999, "1970-01-01T00:00:02Z")],
)
def test_times_are_printed_in_rfc_3339(seconds: float, text: str) -> None:
    """UTC, with milliseconds only where there are any."""
    assert rfc3339(seconds) == text


def test_a_time_that_no_calendar_has_is_unknown() -> None:
    """A damaged stamp loses its time and nothing else."""
    batch = EventBatch.of(4, time=[1e18, -1.0, float("nan"), 1_790_000_000.0])

    assert [row["time"] for row in batch.rows()] == [None, None, None, "2026-09-21T14:13:20Z"]
