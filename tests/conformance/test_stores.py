"""What every store must do; a new backend is tested without editing this file."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from predictor.errors import StoreError
from predictor.stores import discover, open_store
from predictor.stores.backend import KeptStore

BACKENDS = discover()
DURABLE = [name for name, backend in BACKENDS.items() if backend.durable]
ROOT = Path(__file__).resolve().parents[2]

WRITER = """
import sys
from predictor.stores import open_store
store = open_store(sys.argv[1])
for n in range(100000):
    store.append("journal", [{"time": float(n), "half": "a"}, {"time": float(n), "half": "b"}])
    store.put("count", "done", {"n": n})
    print(n, flush=True)
"""
READER = """
import sys, time
from predictor.stores import open_store
store = open_store(sys.argv[1])
end = time.monotonic() + 1.0
while time.monotonic() < end:
    found = [(entry["time"], entry["half"]) for entry in store.read("journal")]
    assert found == [(float(n // 2), "ab"[n % 2]) for n in range(len(found))], found[-4:]
print(len(found))
"""


@pytest.fixture(params=BACKENDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeptStore]:
    """An empty store of each kind."""
    made = open_store(BACKENDS[request.param].url_in(tmp_path))
    yield made
    made.close()


def program(text: str, url: str) -> subprocess.Popen[str]:
    """A process that works on the store at ``url``."""
    argv = [sys.executable, "-c", text, url]
    return subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_document_is_given_back_as_it_was_put(store: KeptStore) -> None:
    value = {"text": "\u00e9\n\0", "number": 1.5, "none": None, "list": [1, {"deep": True}]}
    store.put("kind", "key", value)

    assert store.get("kind", "key") == value


def test_a_second_put_replaces_the_first(store: KeptStore) -> None:
    store.put("kind", "key", {"n": 1})
    store.put("kind", "key", {"n": 2})

    assert store.get("kind", "key") == {"n": 2}


@pytest.mark.parametrize(("kind", "key"), [("kind", "other"), ("other", "key"), ("", "")])
def test_a_document_that_was_not_put_is_none(store: KeptStore, kind: str, key: str) -> None:
    store.put("kind", "key", {"n": 1})

    assert store.get(kind, key) is None


def test_a_value_in_the_store_is_not_shared_with_its_giver(store: KeptStore) -> None:
    value = {"list": [1]}
    store.put("kind", "key", value)
    value["list"].append(2)

    assert store.get("kind", "key") == {"list": [1]}


def test_tuples_and_nan_become_what_json_has(store: KeptStore) -> None:
    store.put("kind", "key", {"pair": (1, 2), "nan": float("nan")})

    assert store.get("kind", "key") == {"pair": [1, 2], "nan": None}


def test_entries_come_oldest_first_and_ties_in_order_of_appending(store: KeptStore) -> None:
    times = [3.0, 1.0, 2.0, 2.0, 1.0]
    store.append("journal", [{"time": time, "n": n} for n, time in enumerate(times)])

    assert [entry["n"] for entry in store.read("journal")] == [1, 4, 2, 3, 0]


@pytest.mark.parametrize(("since", "until", "found"), [(2, 4, [2, 3]), (0, 1, [0]), (8, 99, [8, 9]), (5, 5, [])])
def test_read_takes_since_and_leaves_until_out(store: KeptStore, since: float, until: float, found: list[int]) -> None:
    store.append("journal", [{"time": n} for n in range(10)])

    assert [entry["time"] for entry in store.read("journal", since, until)] == found


def test_a_long_journal_is_read_whole_and_once(store: KeptStore) -> None:
    store.append("journal", [{"time": float(n // 7), "n": n} for n in range(300)])

    assert [entry["n"] for entry in store.read("journal")] == list(range(300))


def test_journals_of_other_kinds_stay_apart(store: KeptStore) -> None:
    store.append("one", [{"time": 1.0}])

    assert list(store.read("two")) == []


@pytest.mark.parametrize("bad", [{}, {"time": "now"}, {"time": float("nan")}, {"time": 1.0, "x": object()}])
def test_one_bad_entry_keeps_all_of_its_batch_out(store: KeptStore, bad: dict[str, object]) -> None:
    with pytest.raises(StoreError):
        store.append("journal", [{"time": 1.0}, bad])

    assert list(store.read("journal")) == []


def test_trim_forgets_what_is_older_and_nothing_else(store: KeptStore) -> None:
    store.append("journal", [{"time": n} for n in range(10)])
    store.append("other", [{"time": 1}])

    assert store.trim("journal", 7) == 7
    assert [entry["time"] for entry in store.read("journal")] == [7, 8, 9]
    assert len(list(store.read("other"))) == 1


def test_a_closed_store_says_so(store: KeptStore) -> None:
    store.close()

    with pytest.raises(StoreError, match="closed"):
        store.get("kind", "key")


def test_threads_that_append_at_once_lose_nothing(store: KeptStore) -> None:
    def work(start: int) -> None:
        for n in range(20):
            store.append("journal", [{"time": float(start + n)}])

    threads = [threading.Thread(target=work, args=(100 * i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(list(store.read("journal"))) == 80


@pytest.mark.parametrize("name", DURABLE)
def test_what_returned_survives_kill_9_of_the_writer(name: str, tmp_path: Path) -> None:
    url = BACKENDS[name].url_in(tmp_path)
    writer = program(WRITER, url)
    assert writer.stdout is not None
    while int(acknowledged := writer.stdout.readline()) < 50:
        pass
    writer.kill()
    acknowledged = [acknowledged, *writer.communicate(timeout=30)[0].split()][-1]

    store = open_store(url)
    entries = list(store.read("journal"))
    done = store.get("count", "done")
    store.close()

    assert done is not None
    assert done["n"] >= int(acknowledged)
    assert len(entries) >= 2 * (int(acknowledged) + 1)
    assert len(entries) % 2 == 0, "a batch is there all or none"


@pytest.mark.parametrize("name", DURABLE)
def test_two_processes_read_whole_batches_while_one_writes(name: str, tmp_path: Path) -> None:
    url = BACKENDS[name].url_in(tmp_path)
    writer = program(WRITER, url)
    assert writer.stdout is not None
    writer.stdout.readline()
    readers = [program(READER, url) for _ in range(2)]
    answers = [reader.communicate(timeout=60) for reader in readers]
    writer.kill()
    writer.communicate(timeout=30)

    assert [reader.returncode for reader in readers] == [0, 0], answers
    assert all(int(out) > 2 for out, _ in answers)


@pytest.mark.parametrize("name", DURABLE)
def test_processes_that_open_a_new_store_at_once_all_succeed(name: str, tmp_path: Path) -> None:
    url = BACKENDS[name].url_in(tmp_path)
    text = "import sys; from predictor.stores import open_store; open_store(sys.argv[1]).put('k', sys.argv[1], {})"
    ends = [(process, process.communicate(timeout=60)) for process in [program(text, url) for _ in range(3)]]

    assert [process.returncode for process, _ in ends] == [0, 0, 0], [err for _, (_, err) in ends]


@pytest.mark.parametrize("name", DURABLE)
def test_waiting_for_another_writer_ends_with_an_error(name: str, tmp_path: Path) -> None:
    url = BACKENDS[name].url_in(tmp_path)
    other, store = open_store(url), open_store(url, wait_s=0.2)
    with other._transaction() as connection:  # type: ignore[attr-defined]
        connection.exec_driver_sql("INSERT INTO journal (kind, time, value) VALUES ('x', 1, '{}')")
        began = time.monotonic()
        with pytest.raises(StoreError):
            store.put("kind", "key", {})
        waited = time.monotonic() - began
    other.close()
    store.close()

    assert 0.1 < waited < 5
