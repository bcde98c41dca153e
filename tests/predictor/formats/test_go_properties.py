"""What must hold for every go log: cutting, wrapping, garbage and damage do not change what is read."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.protocols import Source
from tests.predictor.formats.go_logs import LOG, brief, read
from tests.predictor.formats.wrappers import skins

START = 1795333802.0
LINES = LOG.splitlines()
TIMES = [START + 3.5 * place for place in range(len(LINES))]
SOURCE = Source(name="build.log", start=START)
WHAT = ("kind", "op", "module", "version", "upstream", "outcome", "cause", "status")
_CORPUS = Path(__file__).resolve().parents[4] / "shared/corpus"
_GARBAGE = st.sampled_from(
    [b"ok  \tpkg\t0.1s", b"--- PASS: TestX (0.00s)", b"", b"cc -O2 -c a.c", b"\xff\xfe\x00", b"# pkg"]
)
_TRACED = [
    b"# get https://proxy.example/a.b/c/@v/v1.0.0.zip",
    b"# get https://proxy.example/a.b/c/@v/v1.0.0.zip: 200 OK (0.123s)",
    b"go: downloading a.b/c v1.0.0",
    b"go: downloading a.b/d v1.0.0",
    b"go: a.b/d@v1.0.0: reading https://proxy.example/a.b/d/@v/v1.0.0.mod: 503 Service Unavailable",
    b"\tserver response: no such host",
    b"Job succeeded",
]


def corpus() -> list[bytes]:
    """Texts of real logs of fetch failures; empty where the corpus is not beside the checkout."""
    files = sorted(_CORPUS.glob("*.jsonl"))
    return [json.loads(line)["text"].encode() for file in files for line in file.read_bytes().splitlines()]


def before(rows: list[dict[str, Any]], edge: float) -> list[dict[str, Any]]:
    """Events other than the job's end (which the end of a log makes) that are stamped before ``edge``."""
    return [row for row in rows if row["kind"] != "job" and datetime.fromisoformat(row["time"]).timestamp() < edge]


@given(st.sets(st.integers(1, len(LINES) - 1)))
@settings(max_examples=100, deadline=None)
def test_any_cutting_gives_the_same_events(cuts: set[int]) -> None:
    log = skins.github_actions(LINES, TIMES)

    assert read(log, SOURCE, cuts=tuple(cuts)) == read(log, SOURCE)


@given(st.lists(st.sampled_from(_TRACED), min_size=2, max_size=40))
@settings(max_examples=150, deadline=None)
def test_downloads_that_a_trace_tells_are_read_together_as_one_by_one(lines: list[bytes]) -> None:
    log = b"\n".join([*_TRACED[:2], *lines]) + b"\n"

    assert read(log, SOURCE, cuts=tuple(range(1, len(lines) + 2))) == read(log, SOURCE, cuts=(2,))


@pytest.mark.parametrize("wrap", skins.ALL, ids=lambda wrap: wrap.__name__)
def test_wrapping_changes_nothing_but_times(wrap: skins.Wrap) -> None:
    plain, wrapped = read(LOG, SOURCE), read(wrap(LINES, TIMES), SOURCE)

    assert sorted(brief(wrapped, *WHAT), key=repr) == sorted(brief(plain, *WHAT), key=repr)


@given(st.lists(st.tuples(st.integers(0, len(LINES)), _GARBAGE), max_size=20))
@settings(max_examples=150, deadline=None)
def test_garbage_between_lines_changes_nothing_but_line_numbers(garbage: list[tuple[int, bytes]]) -> None:
    lines = list(LINES)
    for place, line in sorted(garbage, key=lambda item: -item[0]):
        lines.insert(place, line)

    assert brief(read(b"\n".join(lines), SOURCE), *WHAT) == brief(read(LOG, SOURCE), *WHAT)


@pytest.mark.parametrize("count", range(1, len(LINES)))
def test_what_comes_later_changes_nothing_before(count: int) -> None:
    """An event stamped before the cut is the same in the cut log, unless the cut is inside of a message."""
    log, cut = skins.github_actions(LINES, TIMES), skins.github_actions(LINES[:count], TIMES[:count])
    message = LINES[count].startswith(b"\t")

    early, whole = before(read(cut, SOURCE), TIMES[count - 1]), before(read(log, SOURCE), TIMES[count - 1])

    assert message or brief(early, "time", *WHAT) == brief(whole, "time", *WHAT)


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_bytes_raise(data: bytes) -> None:
    assert isinstance(read(data, SOURCE), list)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_damaged_logs_do_not_raise(data: st.DataObject) -> None:
    wrap = data.draw(st.sampled_from(skins.ALL))
    log = bytearray(wrap(LINES, TIMES))
    for place in data.draw(st.lists(st.integers(0, len(log) - 1), max_size=8)):
        log[place] = data.draw(st.integers(0, 255))

    assert isinstance(read(bytes(log), SOURCE, now=START + 900), list)


def test_real_failures_are_read_and_cutting_changes_nothing() -> None:
    texts = corpus()
    if not texts:
        pytest.skip("the corpus of real logs is not beside this checkout")

    for text in texts:
        count = text.count(b"\n") + 1
        assert read(text, cuts=tuple(range(1, count))) == read(text)


def test_real_runs_under_faults_give_a_failed_fetch_where_infrastructure_failed() -> None:
    file = _CORPUS / "go-under-faults.jsonl"
    if not file.exists():
        pytest.skip("the corpus of real logs is not beside this checkout")
    cases = [json.loads(line) for line in file.read_text().splitlines()]
    cases = [case for case in cases if case["outage"] and not case["outage_ambiguous"]]

    seen = [any(row["outcome"] == "failed" for row in read(case["text"].encode())) for case in cases]

    assert sum(seen) >= 0.97 * len(cases)


def joined(log: list[tuple[str, str, int]]) -> list[tuple[str, str, int, float]]:
    """Ends of requests in their order, read the slow and obvious way: (module, kind of file, status, seconds)."""
    return [(name, kind, status, status / 1000) for name, kind, status in log if status]


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["mod", "zip", "info"]), st.sampled_from([0, 200, 404, 503])),
        max_size=30,
    )
)
@settings(max_examples=150, deadline=None)
def test_traces_are_joined_as_a_slow_reader_joins_them(log: list[tuple[str, str, int]]) -> None:
    lines = []
    for name, kind, status in log:  # status 0: a start
        url = f"# get https://proxy.golang.org/x.org/{name}/@v/v1.0.0.{kind}"
        lines.append(f"{url}: {status} Word ({status / 1000:.3f}s)\n" if status else f"{url}\n")

    rows = [row for row in read("".join(lines).encode()) if row["kind"] == "fetch"]

    found = [(row["module"][-1], row["op"], row["status"], row["latency_s"]) for row in rows]
    assert found == joined(log)
