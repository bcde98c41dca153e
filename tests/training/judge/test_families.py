"""Kinds that share a mechanism leave together, and nothing else does."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.training.judge.histories import history
from training.dataset.records import Dataset
from training.dataset.simulated import records_of
from training.judge.families import (
    BENIGN,
    DISTURBANCES,
    FAULTS,
    MECHANISMS,
    NEITHER,
    acting,
    families_of,
    mechanisms_of,
)
from training.laboratory import catalogue
from training.laboratory.faults import KINDS
from training.simulator import trouble
from training.simulator.draw import draw_world
from training.simulator.engine import play

FAULT_KINDS = [kind for kinds in FAULTS.values() for kind in kinds]
MILD_KINDS = [kind for kinds in DISTURBANCES.values() for kind in kinds]


def test_every_fault_that_can_be_simulated_or_recorded_has_one_family() -> None:
    assert set(FAULT_KINDS) == {*trouble.DEGRADING, *trouble.HARD, *KINDS, catalogue.LOAD}
    assert len(FAULT_KINDS) == len(set(FAULT_KINDS))


def test_every_benign_kind_is_a_disturbance_or_no_fault_of_an_upstream() -> None:
    assert {*trouble.BENIGN, *catalogue.BENIGN} <= {*MILD_KINDS, *NEITHER}
    assert not {*MILD_KINDS, *NEITHER} & set(FAULT_KINDS)


def test_what_slows_has_one_mechanism_each_and_all_else_that_of_its_family() -> None:
    slow = [*FAULTS["slow"], *DISTURBANCES["slow"]]

    assert sorted(slow) == sorted(kind for kinds in MECHANISMS.values() for kind in kinds)
    assert mechanisms_of("slots:mod+http_503") == {"slow: capacity", "5xx"}
    assert all(mechanisms_of(kind) == families_of(kind) for kind in {*FAULT_KINDS, *MILD_KINDS} - set(slow))


def test_the_folds_stay_few() -> None:
    assert len(FAULTS) <= 8


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("errors_ramp", {"5xx"}),
        ("http_500:zip", {"5xx"}),
        ("http_503+latency", {"5xx", "slow"}),
        ("slots:mod,zip+reset_body", {"slow", "reset or truncated"}),
        ("errors_wobble", {"5xx"}),
        ("log_gap", set()),
        ("", set()),
        ("datacentre fire", {"datacentre fire"}),
    ],
)
def test_a_label_names_its_families(kind: str, wanted: set[str]) -> None:
    assert families_of(kind) == wanted


@pytest.mark.parametrize(
    ("kind", "faults", "wanted"),
    [
        ("latency_ramp", ("latency_ramp", "throttling"), {"slow", "429"}),
        ("http_429", (), {"429"}),
        (BENIGN + "load_spike", (), set()),
        (BENIGN + "http_503", (), {"5xx"}),
        ("quiet", (), set()),
    ],
)
def test_a_history_leaves_with_all_faults_that_acted_in_it(
    kind: str, faults: tuple[str, ...], wanted: set[str]
) -> None:
    """Even where no build broke of them; a disturbance without an outage stays."""
    record = replace(history("h", 60, [], kind=kind), faults=faults)

    assert acting(record) == wanted


def test_a_disturbance_that_broke_builds_leaves_too() -> None:
    record = replace(history("h", 90, [(60, 70)], kind="load_spike"), kind=BENIGN + "load_spike")

    assert acting(record) == {"slow"}


def test_a_simulated_history_says_every_fault_that_acted() -> None:
    """Also the second one, whether or not an outage came of it."""
    worlds = (draw_world(seed) for seed in range(400))
    world = next(each for each in worlds if len({f.kind for f in each.faults if not f.benign}) == 2)

    (record, *_) = records_of(play(world))

    assert set(record.faults) == {fault.kind for fault in world.faults if not fault.benign}
    assert acting(record) == frozenset().union(*map(families_of, record.faults))


def test_a_dataset_of_before_faults_were_kept_is_still_read(tmp_path: Path) -> None:
    made = replace(history("h", 90, [(60, 70)], kind="http_503+latency"), faults=("http_503", "latency"))
    Dataset(("x", "y"), (made,)).save(tmp_path)
    place = tmp_path / "dataset.json"
    said = json.loads(place.read_text())

    (now,) = Dataset.load(tmp_path)
    for entry in said["records"]:
        del entry["faults"]
    place.write_text(json.dumps(said))
    (old,) = Dataset.load(tmp_path)

    assert now.faults == made.faults
    assert old.faults == ()
    assert acting(old) == acting(now) == {"5xx", "slow"}
