"""What was committed comes back in the order of arrival, until it is forgotten."""

from __future__ import annotations

import pytest

from predictor.journals.accepted import KIND, Accepted
from predictor.protocols import Source
from predictor.stores.memory import MemoryStore
from serve.journal import Journal

FAIL = pytest.fail  # nothing is damaged


def record(data: bytes, time: float = 1.0) -> Accepted:
    """A record of a job's log."""
    return Accepted(time, data, Source("job.log"), "go", final=True)


def test_bodies_come_back_in_the_order_of_arrival() -> None:
    journal = Journal(MemoryStore())
    for n in range(30):
        journal.commit(record(b"%d" % n, time=float(n // 10)))

    assert [int(found.data) for found in journal.records(1.0, FAIL)] == list(range(10, 30))


def test_what_is_forgotten_does_not_come_back() -> None:
    journal = Journal(MemoryStore())
    for n in range(4):
        journal.commit(record(b"x", time=float(n)))
    journal.forget(2.0)

    assert [found.time for found in journal.records(0, FAIL)] == [2.0, 3.0]


@pytest.mark.parametrize("data", ["AAAA", "?"])
def test_of_a_damaged_body_is_told_and_the_others_come_back(data: str) -> None:
    store = MemoryStore()
    for n in range(3):
        Journal(store).commit(record(b"%d" % n))
    kept = list(store.read(KIND))
    rotten, told = MemoryStore(), list[str]()
    rotten.append(KIND, [kept[0], {**kept[1], "data": data}, kept[2]])

    assert [found.data for found in Journal(rotten).records(0, told.append)] == [b"0", b"2"]
    assert ["damaged in the journal" in reason for reason in told] == [True]
