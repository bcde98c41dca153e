"""The most likely cause."""

from __future__ import annotations

import numpy as np

from predictor.blame import Blame
from predictor.events import Cause, Outcome
from predictor.protocols import Key
from tests.predictor.happenings import at

KEY: Key = ("default", "a.example")


def test_the_cause_that_failures_had_most_often_of_late_is_blamed() -> None:
    """Many old ones weigh less than a few new ones."""
    blame = Blame()
    blame.add(at(*np.linspace(0, 5, 30), outcome=Outcome.FAILED, cause=Cause.DNS))
    before = blame.cause(KEY)
    blame.add(at(90, 91, 92, outcome=Outcome.HUNG, cause=Cause.PROXY_HANG))

    assert (before, blame.cause(KEY)) == ("dns", "proxy_hang")


def test_without_failures_there_is_nothing_to_blame() -> None:
    """Nor does a success or a missing module count."""
    blame = Blame()
    blame.add(at(0, cause=Cause.HTTP_404_410_MISSING, outcome=Outcome.MISSING))

    assert blame.cause(KEY) == "none"


def test_events_out_of_order_count_as_well() -> None:
    """Time does not run backwards for the weights."""
    blame = Blame()
    blame.add(at(10, 1, 2, outcome=Outcome.FAILED, cause=np.array([Cause.TLS, Cause.DNS, Cause.DNS])))

    assert blame.cause(KEY) == "dns"
