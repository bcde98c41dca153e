"""A fault's strength follows its shape, and the catalogue is as wide as it says."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from predictor.errors import InputError
from predictor.events import Cause
from training.laboratory.catalogue import BENIGN, LOAD, scenario
from training.laboratory.faults import KINDS, SHAPES, Fault, bursts

RAMP = Fault("http_503", "ramp", onset=10.0, end=60.0, rise=40.0, low=0.001, high=0.4)


def test_a_ramp_grows_by_the_same_factor_every_minute() -> None:
    """Real trouble is small for most of its time."""
    levels = [RAMP.level(minute) for minute in range(10, 50)]

    assert [later / sooner for sooner, later in pairwise(levels)] == pytest.approx([400 ** (1 / 40)] * 39)


@pytest.mark.parametrize(("minute", "level"), [(9.99, 0.0), (10.0, 0.001), (50.0, 0.4), (59.9, 0.4), (60.0, 0.0)])
def test_a_fault_acts_from_onset_to_end(minute: float, level: float) -> None:
    """Not before, not after."""
    assert RAMP.level(minute) == pytest.approx(level)


def test_a_step_is_there_at_once() -> None:
    """No precursor."""
    assert Fault("hang", "step", 10.0, 20.0, high=0.6).level(10.0) == 0.6


def test_a_flap_is_on_only_in_its_bursts() -> None:
    """On and off within onset and end."""
    on = bursts(random.Random(1), 10.0, 50.0)
    fault = Fault("reset", "flap", 10.0, 50.0, high=0.5, bursts=on)

    assert len(on) > 4
    assert all(fault.level((start + stop) / 2) == 0.5 for start, stop in on)
    assert all(fault.level((before[1] + after[0]) / 2) == 0.0 for before, after in pairwise(on))


def test_the_catalogue_has_18_kinds_and_8_benign_ones() -> None:
    """As many as the history needs."""
    assert len(KINDS) >= 18
    assert len(BENIGN) >= 8


@pytest.mark.parametrize("kind", [*KINDS, LOAD])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_kind_has_every_shape(kind: str, shape: str) -> None:
    """A scenario has 40 quiet minutes before its fault, and time after it."""
    plan = scenario(kind, shape, seed=4)

    assert 40 <= plan.onset < plan.end < plan.minutes <= 150
    assert all(not fault.level(plan.onset - 0.1) for fault in plan.faults)
    assert plan.faults or plan.loads


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_causes_are_values_of_the_taxonomy(kind: object) -> None:
    """The truth uses the words of the product."""
    row = KINDS[getattr(kind, "name", "")]

    assert {row.cause, *row.also} <= {cause.name.lower() for cause in Cause}


def test_a_scenario_is_drawn_from_its_seed_alone() -> None:
    """The same arguments give the same recording plan, another seed another one."""
    assert scenario("http_500", "ramp", 7) == scenario("http_500", "ramp", 7) != scenario("http_500", "ramp", 8)


def test_a_partial_fault_hits_only_its_ops() -> None:
    """``KIND:OP,OP``."""
    assert scenario("http_500:zip,mod", "ramp", 1).faults[0].ops == ("zip", "mod")


def test_overlapping_faults_begin_one_after_the_other() -> None:
    """``KIND+KIND``."""
    first, second = scenario("http_503+latency", "step", 2).faults

    assert first.onset < second.onset < first.end


def test_a_partial_outage_hits_one_of_two_origins() -> None:
    """Topology ``replicas``."""
    plan = scenario("http_503", "ramp", 1, "replicas")

    assert (plan.replicas, plan.pools, plan.faults[0].side) == (2, 1, 1)


def test_a_partial_outage_is_seen_from_one_of_two_vantages() -> None:
    """Topology ``pools``."""
    plan = scenario("hang", "step", 1, "pools")

    assert (plan.replicas, plan.pools, plan.faults[0].side) == (1, 2, 1)


@pytest.mark.parametrize(
    ("kind", "shape", "topology"),
    [("gremlins", "ramp", ""), ("hang", "wave", ""), ("hang:pony", "ramp", ""), ("hang", "ramp", "ring")],
)
def test_what_does_not_exist_is_named(kind: str, shape: str, topology: str) -> None:
    """One clear error."""
    with pytest.raises(InputError, match="no such"):
        scenario(kind, shape, 1, topology)
