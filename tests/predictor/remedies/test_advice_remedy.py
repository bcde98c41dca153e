"""Builds are switched only to a warm store that proved itself."""

from __future__ import annotations

import pytest

from predictor.errors import RemedyError
from predictor.protocols import Decision
from predictor.remedies.advice import AdviceRemedy
from predictor.stores.memory import MemoryStore

WARN = Decision(60.0, ("default", "proxy.golang.org"), "warn", 0.8, "http_5xx", episode="e1")


def test_a_switch_is_published_and_withdrawn() -> None:
    """It is one document that the advice is made from."""
    store = MemoryStore()
    remedy = AdviceRemedy(store, "file:///warm", lambda: 1.0)
    plan = remedy.plan(WARN)

    remedy.apply(plan)
    published = remedy.verify(plan)
    remedy.revert(plan)

    assert (published, remedy.verify(plan)) == (True, False)


def test_a_store_that_holds_too_little_is_refused() -> None:
    """With the share that it holds."""
    remedy = AdviceRemedy(MemoryStore(), "file:///warm", lambda: 0.63)

    with pytest.raises(RemedyError, match="63%"):
        remedy.apply(remedy.plan(WARN))
