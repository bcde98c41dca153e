"""What was committed comes back in the order of arrival, until it is forgotten."""

from __future__ import annotations

import pytest

from predictor.errors import StoreError
from predictor.journals.accepted import KIND, Accepted
from predictor.protocols import Source
from predictor.stores.memory import MemoryStore
from serve.journal import Journal


def record(data: bytes, time: float = 1.0) -> Accepted:
    """A record of a job's log."""
    return Accepted(time, data, Source("job.log"), "go", final=True)


def test_bodies_come_back_in_the_order_of_arrival() -> None:
    journal = Journal(MemoryStore())
    for n in range(30):
        journal.commit(record(b"%d" % n, time=float(n // 10)))

    assert [int(found.data) for found in journal.records(1.0)] == list(range(10, 30))


def test_what_is_forgotten_does_not_come_back() -> None:
    journal = Journal(MemoryStore())
    for n in range(4):
        journal.commit(record(b"x", time=float(n)))
    journal.forget(2.0)

    assert [found.time for found in journal.records(0)] == [2.0, 3.0]


@pytest.mark.parametrize("data", ["AAAA", "?"])
def test_a_damaged_body_is_a_store_error(data: str) -> None:
    store = MemoryStore()
    Journal(store).commit(record(b"x"))
    entry = next(store.read(KIND))
    damaged = MemoryStore()
    damaged.append(KIND, [{**entry, "data": data}])

    with pytest.raises(StoreError, match="damaged"):
        list(Journal(damaged).records(0))
