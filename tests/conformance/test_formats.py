"""What every log format must do; runs over all that discovery finds, and over every sample pair in data/samples."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from predictor.events import EventBatch
from predictor.formats import discover
from predictor.protocols import Block, Format, Source
from predictor.reading import Reader

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
FORMATS = discover()
CASES = sorted(path for name in FORMATS for path in (SAMPLES / name).glob("*.log"))
GARBAGE = ("\x00\xff not a log line", "{broken", '"', "== 100% ==", "{}", "[]")
BRIEF = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
case = pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
every = pytest.mark.parametrize("name", sorted(FORMATS))


def source_of(path: Path) -> Source:
    beside = path.with_suffix(".source.json")
    return Source(**json.loads(beside.read_text())) if beside.exists() else Source()


def rows(batches: Sequence[EventBatch], *, lines: bool = True) -> list[dict[str, object]]:
    found = list(EventBatch.concat(batches).rows())
    return found if lines else [{key: value for key, value in row.items() if key != "line"} for row in found]


def parsed(chosen: Format, blocks: Sequence[bytes], source: Source) -> list[EventBatch]:
    parser, first, batches = chosen.parser(source), 1, []
    for text in blocks:
        batches.append(parser.feed(Block(text, first)))
        first += text.count(b"\n")
    return [*batches, parser.finish(math.nan)]


def cut(text: bytes, places: Sequence[int]) -> list[bytes]:
    ends = sorted({0, *(place % (len(text) + 1) for place in places), len(text)})
    return [text[start:end] for start, end in pairwise(ends)]


@case
def test_a_sample_gives_its_expected_events(path: Path) -> None:
    reader = Reader(source_of(path))
    expected = [json.loads(line) for line in path.with_suffix(".expected.jsonl").read_text().splitlines()]

    found = rows([reader.feed(path.read_bytes()), reader.finish()])

    assert found == expected
    assert reader.report.format == path.parent.name


@case
@BRIEF
@given(places=st.lists(st.integers(0, 1 << 20), max_size=6))
def test_bytes_cut_anywhere_give_the_same_events(path: Path, places: list[int]) -> None:
    text, source = path.read_bytes(), source_of(path)
    whole, pieces = Reader(source), Reader(source)

    at_once = rows([whole.feed(text), whole.finish()])

    assert rows([*(pieces.feed(part) for part in cut(text, places)), pieces.finish()]) == at_once


@case
@BRIEF
@given(sizes=st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_lines_in_any_blocks_give_the_same_events(path: Path, sizes: list[int]) -> None:
    chosen, lines, source = FORMATS[path.parent.name], path.read_bytes().splitlines(keepends=True), source_of(path)
    blocks = []
    while lines:
        size = sizes[len(blocks) % len(sizes)]
        blocks.append(b"".join(lines[:size]))
        lines = lines[size:]

    assert rows(parsed(chosen, blocks, source)) == rows(parsed(chosen, [b"".join(blocks)], source))


@case
def test_many_lines_in_one_block_give_what_each_gives_alone(path: Path) -> None:
    chosen, text, source = FORMATS[path.parent.name], path.read_bytes() * 30, source_of(path)

    at_once = rows(parsed(chosen, [text], source))

    assert at_once == rows(parsed(chosen, text.splitlines(keepends=True), source))


@case
@BRIEF
@given(seed=st.randoms(use_true_random=False))
def test_garbage_between_the_entries_changes_no_event(path: Path, seed: object) -> None:
    chosen, lines, source = FORMATS[path.parent.name], path.read_bytes().splitlines(keepends=True), source_of(path)
    whole = [
        line for line in lines if path.parent.name != "athens" or line.startswith(b"INFO") or b"request-id" in line
    ]
    noisy = [part for line in whole for part in ([_garbage(seed), line] if seed.random() < 0.3 else [line])]  # type: ignore[attr-defined]

    found = rows(parsed(chosen, [b"".join(noisy)], source), lines=False)

    assert found == rows(parsed(chosen, [b"".join(whole)], source), lines=False)


def _garbage(seed: object) -> bytes:
    return (seed.choice(GARBAGE) + "\n").encode("latin-1")  # type: ignore[attr-defined]


@every
@BRIEF
@given(text=st.binary(max_size=400))
def test_no_bytes_make_a_format_raise(name: str, text: bytes) -> None:
    batches = parsed(FORMATS[name], [text], Source(name="fuzz"))

    assert 0.0 <= FORMATS[name].sniff(text) <= 1.0
    assert len(EventBatch.concat(batches)) <= text.count(b"\n") + 2


@case
@BRIEF
@given(edits=st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(max_size=3)), max_size=8))
def test_a_damaged_sample_makes_no_format_raise(path: Path, edits: list[tuple[int, bytes]]) -> None:
    text = path.read_bytes()
    for place, new in edits:
        at = place % len(text)
        text = text[:at] + new + text[at + len(new) :]

    batch = EventBatch.concat(parsed(FORMATS[path.parent.name], [text], source_of(path)))

    assert all(row["outcome"] for row in batch.rows())


@every
def test_an_empty_log_is_no_event_and_no_format(name: str) -> None:
    assert not len(EventBatch.concat(parsed(FORMATS[name], [b""], Source())))
    assert FORMATS[name].sniff(b"") < 0.3


@case
def test_each_sample_is_recognised_by_its_own_format_best(path: Path) -> None:
    head = path.read_bytes()

    scores = {name: candidate.sniff(head) for name, candidate in FORMATS.items()}

    assert max(scores, key=lambda name: scores[name]) == path.parent.name


@every
def test_aliases_and_vantage_reach_every_event(name: str) -> None:
    for path in (SAMPLES / name).glob("*.log"):
        plain = parsed(FORMATS[name], [path.read_bytes()], source_of(path))
        names = {row["upstream"]: "alias.test" for row in rows(plain)}
        source = Source(vantage="eu", aliases=names, start=source_of(path).start)

        found = rows(parsed(FORMATS[name], [path.read_bytes()], source))

        assert {(row["vantage"], row["upstream"]) for row in found} <= {("eu", "alias.test")}
