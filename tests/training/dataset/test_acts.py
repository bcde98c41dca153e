"""When a remedy was in force, by the entries that the actor writes."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from predictor.clock import ManualClock
from predictor.decide.actor import JOURNAL, Actor, Armed
from predictor.errors import RemedyError
from predictor.protocols import Decision, Plan
from predictor.stores.memory import MemoryStore
from training.dataset.acts import Act, acted

BY_STEPS: dict[str, list[tuple[float, float]]] = {
    "planned applied verified reverted": [(20.0, 40.0)],
    "planned dry-run": [],
    "planned dry-run planned dry-run": [],
    "planned failed stopped": [],
    "planned applied not-verified": [(20.0, 30.0)],
    "planned applied not-verified planned applied reverted": [(20.0, 30.0), (50.0, 60.0)],
    "planned applied not-verified failed": [(20.0, inf)],
    "planned applied not-verified reverted stopped": [(20.0, 30.0)],
    "planned applied not-verified revert-failed stopped": [(20.0, inf)],
    "planned applied not-verified revert-failed stopped revert-failed reverted": [(20.0, 70.0)],
    "planned applied verified revert-failed given-up": [(20.0, inf)],
    "planned applied failed": [(20.0, inf)],
    "planned applied revert-failed": [(20.0, inf)],
    "planned applied revert-failed planned applied reverted": [(20.0, 60.0)],
    "planned applied": [(20.0, inf)],
    "planned reverted": [(10.0, 20.0)],
    "reverted": [],
    "confirmed rejected": [],
}


def entry(time: float, what: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return "audit:1", {"time": time, "remedy": "warm", "vantage": "v", "upstream": "u", "what": what, **more}


def stretches(entries: list[tuple[str, Any]]) -> list[tuple[float, float]]:
    return [(act.start, act.end) for act in acted(entries)]


@pytest.mark.parametrize("steps", BY_STEPS)
def test_a_remedy_is_in_force_until_it_was_surely_undone(steps: str) -> None:
    entries = [entry(10.0 * n, what.replace("-", " ")) for n, what in enumerate(steps.split(), start=1)]
    entries = [(place, each | {"what": "dry-run"} if each["what"] == "dry run" else each) for place, each in entries]

    assert stretches(entries) == BY_STEPS[steps]


def test_remedies_and_series_are_told_apart() -> None:
    entries = [
        entry(10.0, "applied"),
        entry(20.0, "applied", remedy="advice"),
        entry(30.0, "applied", upstream="w"),
        entry(40.0, "reverted"),
    ]

    assert list(acted(entries)) == [
        Act(10.0, 40.0, "u", "warm"),
        Act(20.0, inf, "u", "advice"),
        Act(30.0, inf, "w", "warm"),
    ]


@pytest.mark.parametrize("bad", [None, [], {}, {"what": "applied"}, {"what": "applied", "time": "noon"}])
def test_a_bad_entry_is_named_and_costs_nothing_else(bad: Any) -> None:
    heard: list[str] = []

    found = list(acted([entry(10.0, "applied"), ("audit:2", bad), entry(30.0, "reverted")], heard.append))

    assert found == [Act(10.0, 30.0, "u", "warm")]
    assert [reason[:8] for reason in heard] == ["audit:2:"]


@pytest.mark.parametrize(
    ("key", "touched"),
    [(("v", "u"), True), (("w", "u"), True), (("v", "x"), False), (("v", "mirror"), True), (("v", "origin"), True)],
)
def test_it_touches_its_upstream_and_what_stands_before_or_behind_it(key: tuple[str, str], *, touched: bool) -> None:
    assert Act(0.0, 1.0, "u").touches(key, {"mirror": ("u",), "u": ("origin",)}) is touched


class Switch:
    """A remedy that does what it is told, or fails at one step."""

    name = "switch"

    def __init__(self, fails: str) -> None:
        self.fails = fails

    def plan(self, decision: Decision) -> Plan:
        return Plan(self.name, ["switch"])

    def apply(self, plan: Plan) -> None:
        self._step("apply")

    def verify(self, plan: Plan) -> bool:
        return self.fails != "verify"

    def revert(self, plan: Plan) -> None:
        self._step("revert")

    def _step(self, name: str) -> None:
        if self.fails == name:
            raise RemedyError("no")


@pytest.mark.parametrize(
    ("mode", "fails", "wanted"),
    [
        ("on", "", [(60.0, 600.0)]),
        ("dry-run", "", []),
        ("on", "apply", []),
        ("on", "verify", [(60.0, 60.0)]),
        ("on", "revert", [(60.0, inf)]),
    ],
)
def test_it_reads_what_the_actor_writes(mode: str, fails: str, wanted: list[tuple[float, float]]) -> None:
    store, clock = MemoryStore(), ManualClock()
    actor = Actor([Armed(Switch(fails), mode)], store, clock)
    for time, action in ((60.0, "warn"), (600.0, "clear")):
        clock.set(time)
        actor.on(Decision(time, ("v", "u"), action, 0.5, "none"))

    assert stretches([("audit", each) for each in store.read(JOURNAL)]) == wanted
