"""What is held out in turn: groups of fault kinds, or groups of upstreams, always as whole histories.

A history in which the group plays any part is neither fitted nor validated on, and is judged instead. A group that
training data do not hold is held out as it is, and one without which nothing would be left to learn cannot be;
both are named and left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from training.dataset.label import Event
from training.dataset.records import Dataset, Record
from training.judge.comparison import Ground
from training.judge.families import acting, families_of, mechanisms_of
from training.judge.methods import outages_in

KINDS, MECHANISMS, UPSTREAMS = "kinds", "mechanisms", "upstreams"
MOST = 8  # folds: each costs a fit
NAMED = 3  # upstreams that a group is called by

Id = tuple[str, str]  # world and group of a history


@dataclass(frozen=True)
class Fold:
    """One group that is held out."""

    name: str
    train: Dataset  # without it
    validation: Dataset
    tests: Mapping[str, Dataset]  # world -> the records to judge on
    counts: Callable[[Event], bool]  # whether an outage in them is of the group


@dataclass(frozen=True)
class Folds:
    """All groups that can be held out."""

    by: str
    folds: tuple[Fold, ...]
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)  # why -> groups that are no fold


def by_kinds(ground: Ground) -> Folds:
    """Families of fault kinds; in a history with faults of two, an outage counts for the one that it came of."""
    return _by_faults(KINDS, ground, families_of)


def by_mechanisms(ground: Ground) -> Folds:
    """As :func:`by_kinds`, but what slows in different ways is held out apart: a kind alone, its look-alikes kept."""
    return _by_faults(MECHANISMS, ground, mechanisms_of)


def _by_faults(by: str, ground: Ground, named: Callable[[str], frozenset[str]]) -> Folds:
    members = _histories(ground, lambda record: acting(record, named))

    def of(name: str) -> Callable[[Event], bool]:
        return lambda event: name in named(event.kind)

    return _folds(by, ground, {name: _Group(ids, of(name)) for name, ids in members.items()})


def by_upstreams(ground: Ground) -> Folds:
    """Upstreams by name; when there are more than ``MOST`` to hold out, they are dealt into so many groups.

    A history with series of two upstreams leaves with either; judged is the series of the one that is held out.
    """
    members = _histories(ground, lambda record: (record.key[1],))
    known, judged = _known(ground), _ids(ground.tests.values())
    both = [name for name, ids in members.items() if ids & known and ids & judged]
    dealt = sorted(both, key=lambda name: (-len(members[name] & judged), name))
    groups = [dealt[place::MOST] for place in range(min(MOST, len(dealt)))]
    groups += [[name] for name in members if name not in both]
    return _folds(UPSTREAMS, ground, {_called(names): _together(names, members) for names in groups})


def _called(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _together(names: Sequence[str], members: Mapping[str, frozenset[Id]]) -> _Group:
    """The histories of all of these upstreams; every outage in them counts."""
    return _Group(frozenset().union(*(members[name] for name in names)), lambda _: True, frozenset(names))


@dataclass(frozen=True)
class _Group:
    """What leaves together."""

    ids: frozenset[Id]
    counts: Callable[[Event], bool]
    upstreams: frozenset[str] = frozenset()  # whose series are judged; () judges all

    def judges(self, record: Record) -> bool:
        inside = (record.world, record.group) in self.ids
        return inside and (not self.upstreams or record.key[1] in self.upstreams)


def _histories(ground: Ground, groups: Callable[[Record], Iterable[str]]) -> dict[str, frozenset[Id]]:
    """Group -> the histories in which it plays a part; ascending by name."""
    found: dict[str, set[Id]] = {}
    for data in (ground.train, ground.validation, *ground.tests.values()):
        for record in data:
            for name in groups(record):
                found.setdefault(name, set()).add((record.world, record.group))
    return {name: frozenset(found[name]) for name in sorted(found)}


def _folds(by: str, ground: Ground, wanted: Mapping[str, _Group]) -> Folds:
    folds: list[Fold] = []
    left_out: dict[str, list[str]] = {}
    known = _known(ground)
    for name, group in wanted.items():
        fold = _fold(name, ground, group)
        why = _unfit(fold) or ("" if group.ids & known else "never learned from in the first place")
        if why:
            left_out.setdefault(why, []).append(name)
        else:
            folds.append(fold)
    return Folds(by, tuple(folds), left_out)


def _fold(name: str, ground: Ground, group: _Group) -> Fold:
    tests = {world: data.pick([each for each in data if group.judges(each)]) for world, data in ground.tests.items()}
    shown = {world: data for world, data in tests.items() if len(data)}
    return Fold(name, _without(ground.train, group.ids), _without(ground.validation, group.ids), shown, group.counts)


def _unfit(fold: Fold) -> str:
    """Why nothing can be said of a fold; empty when something can."""
    if not fold.tests:
        return "no test shows it"
    if not outages_in(fold.train) or not outages_in(fold.validation):
        return "without it no outage is left to learn from and to validate on"
    return ""


def _without(data: Dataset, ids: frozenset[Id]) -> Dataset:
    return data.pick([record for record in data if (record.world, record.group) not in ids])


def _known(ground: Ground) -> frozenset[Id]:
    """Histories that are learned or validated from."""
    return _ids((ground.train, ground.validation))


def _ids(datasets: Iterable[Dataset]) -> frozenset[Id]:
    return frozenset((record.world, record.group) for data in datasets for record in data)
