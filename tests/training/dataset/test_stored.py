"""An installation's history, end to end: a service lives through two recordings, and its store becomes a dataset."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from predictor.errors import InputError
from predictor.journals import accepted, polled, verdicts
from predictor.journals.accepted import Accepted
from predictor.journals.verdicts import Verdict
from predictor.protocols import Source
from predictor.series import rollup
from predictor.stores import local_url, open_store
from predictor.stores.backend import KeptStore
from tests.serve.handmade import START, minute
from tests.serve.installed import ROOT, Service
from tests.training.dataset.lived import INCIDENTS, folder_of, sent
from training.dataset import Dataset, Record, Why
from training.dataset.stored import build, url_of

DEGRADING, CUT = "http-503-ramp-2", "dns-timeout-step-1"  # recorded on the same morning, by other mirrors
BEHIND_CUT = "127.137.63.20:3000"
CONFIG = """
[aliases]
"127.81.11.8:8080" = "mirror.corp"
"127.81.11.20:3000" = "origin.corp"
[[remedies]]
kind = "command"
mode = "on"
upstreams = ["mirror.corp"]
options = { argv = ["true"] }
"""


@dataclass(frozen=True)
class Lived:
    """What is left of the installation after kill -9, and what it said before."""

    store: Dataset
    logs: Dataset
    audit: list[dict[str, Any]]  # oldest first
    said: str  # standard output of the command over the store

    def of(self, upstream: str) -> Record:
        """The series of one upstream."""
        return next(record for record in self.store if record.key[1] == upstream)


def command(*options: str) -> str:
    """Standard output of ``fetchcast dataset``."""
    argv = [sys.executable, "-c", "from predictor.cli import main; main()", "dataset", *options]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def truth() -> tuple[str, str]:
    """When the degrading outage really began and ended."""
    times = json.loads((INCIDENTS / DEGRADING / "truth.json").read_text())["times"]
    return times["outage_start"], times["outage_end"]


def calm(service: Service) -> list[dict[str, Any]]:
    """The audit journal, newest first, once remedies have done what is to do."""
    before: list[dict[str, Any]] = []
    for _ in range(100):
        entries: list[dict[str, Any]] = service.ask("/v1/audit?limit=1000")["entries"]
        if entries == before and any(entry["what"] == "reverted" for entry in entries):
            return entries
        before = entries
        time.sleep(0.3)
    raise AssertionError("no remedy was reverted")


def live(service: Service) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Both recordings through the ingest endpoint; humans judge two episodes. Gives verdicts and audit as told."""
    for body in sent(DEGRADING, CUT):
        service.ask(body.path, body.data)
    decisions = service.ask("/v1/decisions?limit=1000")["decisions"]
    episode = {each["upstream"]: each["episode"] for each in decisions if each["action"] == "outage"}
    start, end = truth()
    yes = {"verdict": "confirmed", "who": "ann", "episode": episode["mirror.corp"], "start": start, "end": end}
    no = {"verdict": "rejected", "who": "bob", "episode": episode[BEHIND_CUT], "note": "a drill"}
    acts = calm(service)
    for each in (yes, no):
        service.ask("/v1/verdicts", json.dumps(each).encode())
    return service.ask("/v1/verdicts"), acts


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """The whole story once."""
    folder = tmp_path_factory.mktemp("installation")
    service = Service(folder, CONFIG)
    try:
        judged, acts = live(service)
    finally:
        service.kill()
    logs = folder_of(folder / "logs", DEGRADING, CUT)
    (logs / "incidents.json").write_text(json.dumps(judged))
    (logs / "audit.jsonl").write_text("\n".join(json.dumps(entry) for entry in acts))
    using = ("--config", str(folder / "fetchcast.toml"))
    said = command("--from-store", f"sqlite:///{folder}/data/fetchcast.db", *using, "--out", str(folder / "a"))
    command("--from-logs", str(logs), *using, "--out", str(folder / "b"))
    return Lived(Dataset.load(folder / "a"), Dataset.load(folder / "b"), acts[::-1], said)


def by_key(data: Dataset) -> dict[tuple[str, str], Record]:
    return {record.key: record for record in data}


def test_the_store_gives_the_rows_that_the_logs_give(lived: Lived) -> None:
    store, logs = by_key(lived.store), by_key(lived.logs)

    assert {"mirror.corp", "origin.corp", BEHIND_CUT} <= {upstream for _, upstream in store}
    assert store.keys() == logs.keys()
    for key, record in store.items():
        np.testing.assert_array_equal(record.ends, logs[key].ends)
        np.testing.assert_array_equal(record.state, logs[key].state)
    assert lived.store.rows > 500


def test_the_store_gives_the_features_that_the_logs_give(lived: Lived) -> None:
    """Series stand in another order, so that the sums over neighbours may differ in the last bit."""
    logs = by_key(lived.logs)

    for record in lived.store:
        np.testing.assert_allclose(record.inputs, logs[record.key].inputs, atol=1e-5)


def test_verdicts_and_acts_beside_logs_give_the_labels_that_the_store_gives(lived: Lived) -> None:
    logs = by_key(lived.logs)

    for record in lived.store:
        np.testing.assert_array_equal(record.labels, logs[record.key].labels)
        np.testing.assert_array_equal(record.why, logs[record.key].why)


def test_the_confirmed_outage_has_the_times_of_the_human(lived: Lived) -> None:
    (event,) = lived.of("mirror.corp").events

    assert (event.start, event.end) == tuple(map(seconds, truth()))


def test_the_rejected_outage_is_none_and_others_of_the_same_time_stay(lived: Lived) -> None:
    rejected, beside = lived.of(BEHIND_CUT), lived.of("127.137.63.8:8080")

    assert (rejected.state == 1).any()
    assert (rejected.events, np.nansum(rejected.labels)) == ((), 0)
    assert (len(beside.events), int(np.nansum(beside.labels[:, 0]))) == (1, 5)


def test_an_outage_that_nobody_judged_is_that_of_the_definition(lived: Lived) -> None:
    (event,) = lived.of("origin.corp").events
    began, ended = map(seconds, truth())

    assert abs(event.start - began) <= 600
    assert abs(event.end - ended) <= 600


def in_force(audit: list[dict[str, Any]]) -> list[tuple[float, float]]:
    """The audit journal, word by word."""
    applied = [seconds(entry["time"]) for entry in audit if entry["what"] == "applied"]
    reverted = [seconds(entry["time"]) for entry in audit if entry["what"] == "reverted"]
    ends = [*reverted, *[float("inf")] * (len(applied) - len(reverted))]
    return list(zip(applied, ends, strict=True))


def obvious(record: Record, end: float, minutes: int, acts: list[tuple[float, float]]) -> tuple[float, int]:
    """Label and reason of one bin, word by word."""
    until = end + 60 * minutes
    if any(event.start < end <= event.end for event in record.events):
        return float("nan"), Why.IN_OUTAGE
    if any(end <= event.start < until for event in record.events):
        return 1.0, Why.KNOWN
    if record.key[1] == "mirror.corp" and any(until > start and end < stop for start, stop in acts):
        return float("nan"), Why.CENSORED
    if until > record.ends[-1] + 60:
        return float("nan"), Why.END_OF_HISTORY
    return 0.0, Why.KNOWN


def test_every_label_is_that_of_the_definition_word_by_word(lived: Lived) -> None:
    acts = in_force(lived.audit)

    for record in lived.store:
        wanted = [[obvious(record, end, minutes, acts) for minutes in (5, 15, 30)] for end in record.ends]
        np.testing.assert_array_equal(record.labels, [[label for label, _ in row] for row in wanted])
        np.testing.assert_array_equal(record.why, [[why for _, why in row] for row in wanted])


def test_where_the_remedy_acted_the_label_is_unknown_and_only_there(lived: Lived) -> None:
    censored = {record.key[1]: int((record.why == Why.CENSORED).any(axis=1).sum()) for record in lived.store}

    assert in_force(lived.audit)[0][0] < seconds(truth()[0])
    assert censored.pop("mirror.corp") > 20
    assert set(censored.values()) == {0}


def test_the_command_says_what_it_made(lived: Lived) -> None:
    first, *_ = lived.said.splitlines()
    labels = np.concatenate([record.labels[:, 1] for record in lived.store])
    (row,) = (line.split() for line in lived.said.splitlines() if line.startswith(" 15 min"))

    assert first.startswith(f"{len(lived.store)} series, {lived.store.rows} rows, 3 outages")
    assert list(map(int, row[2:5])) == [(labels == 1).sum(), (labels == 0).sum(), np.isnan(labels).sum()]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[KeptStore]:
    """A store with one log of an hour and a half, sick for ten minutes."""
    made = open_store(local_url(tmp_path))
    made.append(accepted.KIND, accepted.entries(body(range(90), "access.log")))
    yield made
    made.close()


def body(minutes: range, name: str, upstream: str = "proxy.example:443", **more: Any) -> Accepted:
    """A body as the service keeps it."""
    data = b"".join(minute(n, failing=float(40 <= n < 50), upstream=upstream) for n in minutes)
    return Accepted(START, **({"data": data, "source": Source(name), "format_name": "auto", "final": True} | more))


BAD: list[tuple[str, list[dict[str, Any]], str]] = [
    (accepted.KIND, accepted.entries(body(range(1), "x", data=b"who knows\n" * 9)), "log 'x' received at 2026-11-22"),
    (accepted.KIND, accepted.entries(body(range(1), "y", format_name="none")), "log 'y' received at 2026-11-22"),
    (accepted.KIND, [{"time": 1.0, "body": "z", "left": 0, "data": "?"}], "received at 1970-01-01"),
    (polled.KIND, [{"time": 1.0}], "entry 1 of the polled bins"),
    (verdicts.KIND, [{"time": 1.0, "verdict": "rejected", "episode": "gone"}], "verdict 1 of the store"),
    (verdicts.KIND, [verdicts.entry(Verdict(1.0, 2.0, confirmed=True, upstream="else.example"))], "else.example"),
    ("audit", [{"time": 1.0}], "entry 1 of the audit journal"),
]


@pytest.mark.parametrize(("kind", "entries", "place"), BAD)
def test_what_is_damaged_is_named_and_costs_nothing_else(
    store: KeptStore, tmp_path: Path, kind: str, entries: list[dict[str, Any]], place: str
) -> None:
    store.append(kind, entries)
    heard: list[str] = []

    (record,) = build(str(tmp_path), tell=heard.append)

    assert [(event.start - START) / 60 for event in record.events] == [40]
    assert [place in each for each in heard] == [True]


def test_pieces_of_a_log_are_read_as_one_log(store: KeptStore, tmp_path: Path) -> None:
    whole = body(range(90), "pieces", upstream="b.example")
    for at in range(0, len(whole.data), 40_001):
        piece = whole.data[at : at + 40_001]
        part = Accepted(START + at, piece, whole.source, "auto", final=at + 40_001 >= len(whole.data))
        store.append(accepted.KIND, accepted.entries(part))

    one, other = build(str(tmp_path))

    np.testing.assert_array_equal(one.state, other.state)
    np.testing.assert_array_equal(one.labels, other.labels)


def test_what_a_prometheus_server_told_is_part_of_it(store: KeptStore, tmp_path: Path) -> None:
    from predictor.reading import Reader

    reader = Reader(Source(vantage="prometheus"))
    events = [reader.feed(body(range(90), "x").data), reader.finish()]
    for each in events:
        if len(each):
            store.append(polled.KIND, [polled.entry(rollup(each, 60))])

    records = {record.key[0]: record for record in build(str(tmp_path))}

    assert records.keys() == {"default", "prometheus"}
    np.testing.assert_array_equal(records["default"].labels, records["prometheus"].labels)


@pytest.mark.parametrize("place", ["gone.db", "sqlite:///{}/gone.db", "{}"])
def test_a_store_that_is_not_there_is_named_and_not_made(tmp_path: Path, place: str) -> None:
    with pytest.raises(InputError, match="no store there"):
        url_of(place.format(tmp_path))

    assert list(tmp_path.iterdir()) == []


def test_an_empty_store_is_named(tmp_path: Path) -> None:
    open_store(local_url(tmp_path)).close()

    with pytest.raises(InputError, match="no fetch"):
        build(str(tmp_path))
