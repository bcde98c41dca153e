"""The journal gives back what was committed, byte for byte and in order."""

from __future__ import annotations

import math
import random

import pytest

from predictor.errors import StoreError
from predictor.protocols import Source
from predictor.stores.memory import MemoryStore
from serve.journal import KIND, PIECE, Journal, Record

BODIES = [b"", b"one line\n", bytes(range(256)) * 40, random.Random(1).randbytes(2 * PIECE + 17)]


def record(data: bytes, time: float = 1.0, **values: object) -> Record:
    """A record of a job's log."""
    return Record(time, data, Source("job.log", **values), "go", final=True)  # type: ignore[arg-type]


@pytest.mark.parametrize("data", BODIES, ids=len)
def test_a_body_comes_back_byte_for_byte(data: bytes) -> None:
    journal = Journal(MemoryStore())
    journal.commit(record(data))

    assert [found.data for found in journal.records(0)] == [data]


@pytest.mark.parametrize("start", [math.nan, 1.5])
def test_everything_that_was_said_about_a_log_comes_back(start: float) -> None:
    given = record(b"x", vantage="eu", upstream="proxy.golang.org", job="42", start=start)
    journal = Journal(MemoryStore())
    journal.commit(given)

    assert repr(list(journal.records(0))) == repr([given])


def test_bodies_come_back_in_the_order_of_arrival() -> None:
    journal = Journal(MemoryStore())
    for n in range(30):
        journal.commit(record(b"%d" % n, time=float(n // 10)))

    assert [int(found.data) for found in journal.records(1.0)] == list(range(10, 30))


def test_what_is_forgotten_does_not_come_back() -> None:
    journal = Journal(MemoryStore())
    for n in range(4):
        journal.commit(record(b"x", time=float(n)))

    assert journal.forget(2.0) == 2
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
