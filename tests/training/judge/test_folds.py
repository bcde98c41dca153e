"""What is held out is in no part that is learned from, and everything that can be judged is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.training.judge.histories import history
from training.dataset.records import Dataset, Record
from training.judge.comparison import Ground
from training.judge.families import acting
from training.judge.folds import MOST, Folds, by_kinds, by_mechanisms, by_upstreams

KINDS = ("latency_ramp", "errors_ramp", "throttling")


def dataset(records: list[Record]) -> Dataset:
    return Dataset(("x", "y"), tuple(records))


def part(name: str, kinds: tuple[str, ...] = KINDS) -> list[Record]:
    """One history of every kind, each of an upstream of its own, seen by two vantages."""
    made = [history(f"{name}-{kind}", 300, [(150, 170)], kind=kind) for kind in kinds]
    made = [replace(record, key=("default", f"{record.kind}.test")) for record in made]
    return [*made, *(replace(record, key=("eu", record.key[1])) for record in made)]


def ground(**tests: list[Record]) -> Ground:
    worlds = tests or {"simulation": part("test")}
    return Ground(
        dataset(part("train")), dataset(part("valid")), {name: dataset(each) for name, each in worlds.items()}
    )


@pytest.mark.parametrize("made", [by_kinds(ground()), by_mechanisms(ground()), by_upstreams(ground())])
def test_whole_histories_leave_training_and_validation_and_are_judged(made: Folds) -> None:
    assert len(made.folds) == 3
    for fold in made.folds:
        left = {record.kind for data in (fold.train, fold.validation) for record in data}
        judged = [record for data in fold.tests.values() for record in data]
        assert len(left) == 2
        assert len(judged) == 2
        assert not left & {record.kind for record in judged}


def test_a_second_fault_takes_its_history_out_as_well() -> None:
    both = [replace(record, faults=("errors_ramp", "throttling")) for record in part("train", ("errors_ramp",))]
    data = replace(ground(), train=dataset([*both, *part("more")]))

    folds = {fold.name: fold for fold in by_kinds(data).folds}

    assert all("429" not in acting(record) for record in folds["429"].train)
    assert {record.group for record in folds["429"].train} == {"more-latency_ramp", "more-errors_ramp"}


def test_what_slows_in_another_way_stays_where_mechanisms_are_held_out() -> None:
    kinds = ("latency_ramp", "capacity_loss", "load_growth", "errors_ramp")
    data = Ground(*(dataset(part(name, kinds)) for name in ("train", "valid")), {"w": dataset(part("test", kinds))})
    folds = {fold.name: {record.kind for record in fold.train} for fold in by_mechanisms(data).folds}

    assert folds["slow: capacity"] == {"latency_ramp", "load_growth", "errors_ramp"}
    assert {fold.name for fold in by_kinds(data).folds} == {"slow", "5xx"}
    assert set(folds) == {"5xx", "slow: service", "slow: capacity", "slow: load"}


def test_an_outage_counts_for_the_fault_that_it_came_of() -> None:
    mixed = [replace(record, faults=("errors_ramp", "throttling")) for record in part("test", ("errors_ramp",))]

    (fold,) = (each for each in by_kinds(ground(simulation=mixed)).folds if each.name == "429")

    assert not any(fold.counts(event) for record in fold.tests["simulation"] for event in record.events)


def test_worlds_stay_apart() -> None:
    data = ground(one=part("one"), two=part("two", ("throttling",)))

    folds = {fold.name: set(fold.tests) for fold in by_kinds(data).folds}

    assert folds == {"slow": {"one"}, "5xx": {"one"}, "429": {"one", "two"}}


def test_what_is_no_fold_is_named_with_its_reason() -> None:
    data = ground(simulation=part("test", ("errors_ramp", "resets")))

    made = by_kinds(data)

    assert [fold.name for fold in made.folds] == ["5xx"]
    assert made.left_out == {
        "no test shows it": ["429", "slow"],
        "never learned from in the first place": ["reset or truncated"],
    }


def test_a_group_that_holds_all_outages_cannot_be_held_out() -> None:
    one = dataset(part("train", ("errors_ramp",)))
    data = Ground(one, dataset(part("valid", ("errors_ramp",))), {"t": dataset(part("test", ("errors_ramp",)))})

    (why,) = by_kinds(data).left_out

    assert "no outage is left" in why


def test_many_upstreams_are_dealt_into_few_groups() -> None:
    def named(name: str) -> list[Record]:
        made = [history(f"{name}{k}", 300, [(150, 170)]) for k in range(40)]
        return [replace(record, key=("default", f"u{k}")) for k, record in enumerate(made)]

    made = by_upstreams(Ground(dataset(named("a")), dataset(named("b")), {"t": dataset(named("c"))}))

    judged = [record.key[1] for fold in made.folds for record in fold.tests["t"]]
    assert len(made.folds) == MOST
    assert sorted(judged) == sorted(f"u{k}" for k in range(40))
    assert all("and 2 more" in fold.name for fold in made.folds)


def test_an_upstream_leaves_with_the_histories_that_another_shares() -> None:
    """A proxy and its upstream are two series of one history: it leaves with either, judged is the one held out."""
    shared = [replace(record, key=("default", "proxy.test")) for record in part("train", ("errors_ramp",))[:1]]
    tests = [replace(record, key=("default", "proxy.test")) for record in part("test", ("errors_ramp",))[:1]]
    base = ground(simulation=[*part("test"), *tests])
    data = replace(base, train=dataset([*base.train, *shared]))

    (fold,) = (each for each in by_upstreams(data).folds if each.name == "proxy.test")

    assert {record.kind for record in fold.train} == {"latency_ramp", "throttling"}
    assert {record.key[1] for record in fold.tests["simulation"]} == {"proxy.test"}
