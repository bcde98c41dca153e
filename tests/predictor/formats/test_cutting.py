"""What is cut by columns is what the exact reader of a line says, for whatever stands in the fields."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.events import EventBatch
from predictor.formats import discover
from predictor.formats.cutting import MIN_ALIKE
from predictor.formats.distinct import MAX_VALUES, MAX_WIDTH, Distinct
from predictor.formats.layout import Layout
from predictor.formats.record_cutter import RecordCutter
from predictor.formats.spans import FRONT, Buffer, Spans
from predictor.protocols import Block, Source
from tests.predictor.formats.oracle.asked import PATHS, clf

LAYOUTS = [
    '{client} {} {} [{time}] "{method} {path}{proto}" {status} {bytes}{rest}',
    '{client} - [{time}] "{method} {path}{proto}" {status} {bytes} "{}" "{}" rt={latency_s} urt={tries} us={upstream}',
    '{client} [{time}] "{method} {path}{proto}" {status} {latency_s} {upstream} {upstream_status} {cache}',
    "{time}|{}|{client}|{method}|{path}|{status}|{bytes}|{ticks}|{rest}",
    '{host} "{method} {path}" {status} {upstream_latency_s}',
]
ODD = [
    "-",
    "",
    "a b",
    'a\\"b',
    "0.1, 0.2",
    "0.1 : 0.2",
    ":",
    "\t",
    "x" * 300,
    "é",
    "200",
    "0.958",
    "1e3",
    "[z]",
    "|",
    "07",
]
FIELD = st.one_of(st.sampled_from(ODD), st.text('a 0.1,:|\\"]-\t\x00', max_size=6))
PLAIN = {
    "client": "10.0.0.1", "time": "22/Nov/2026:07:50:02 +0000", "method": "GET", "path": "/a.b/c/@v/list",
    "proto": " HTTP/2.0", "status": "200", "bytes": "12", "latency_s": "0.958", "upstream": "10.9.0.1:443",
    "upstream_status": "200", "cache": "MISS", "ticks": "17", "tries": "0.1", "upstream_latency_s": "0.5",
    "rest": " end",
}  # fmt: skip


def spelled(layout: Layout, values: dict[int, str]) -> bytes:
    parsed = layout.parsed
    line = parsed.literals[0]
    for i, role in enumerate(parsed.roles):
        line += values.get(i, PLAIN.get(role, "-")) + parsed.literals[i + 1]
    return line.replace("\n", "").encode("utf-8", "replace") + b"\n"


@pytest.mark.parametrize("template", LAYOUTS)
@settings(max_examples=80, deadline=None)
@given(edits=st.lists(st.dictionaries(st.integers(0, 14), FIELD, max_size=2), max_size=5))
def test_a_cut_line_has_the_fields_that_the_exact_pattern_finds(template: str, edits: list[dict[int, str]]) -> None:
    layout = Layout(template)
    lines = [spelled(layout, values) for values in [{}, *edits]] * MIN_ALIKE
    cutter = layout.parsed.cutter()
    assert cutter

    cut = cutter.cut(b"".join(lines))

    assert set(range(0, len(lines), len(edits) + 1)) <= set(cut.rows.tolist())
    for i, row in enumerate(cut.rows.tolist()):
        match = layout.exact.fullmatch(lines[row])
        assert match
        assert [column[i] for column in cut.columns] == list(match.groups()[:-1])
    assert sorted([*cut.rows.tolist(), *(row for row, _ in cut.rest())]) == list(range(len(lines)))


VALUE = st.one_of(st.sampled_from(ODD), st.integers(-3, 10**19), st.floats(0, 1e6), st.none(), st.booleans())


@settings(max_examples=120, deadline=None)
@given(edits=st.lists(st.tuples(VALUE, VALUE, VALUE), max_size=5), spaced=st.booleans())
def test_a_cut_record_has_the_values_that_json_has(edits: list[tuple[Any, Any, Any]], spaced: bool) -> None:
    places = {"path": ["req", "uri"], "latency_s": ["took"], "status": ["status"]}
    joints = (", ", ": ") if spaced else (",", ":")
    records = [
        {"took": took, "list": [1, "b"], "req": {"uri": uri, "x": 0.5}, "agent": agent, "status": 200}
        for uri, took, agent in [("/a.b/c/@v/list", 0.25, "Go"), *edits]
    ]
    lines = [json.dumps(record, separators=joints, ensure_ascii=False).encode() + b"\n" for record in records]

    cut = RecordCutter(places).cut(b"".join(lines * MIN_ALIKE))

    assert cut
    assert 0 in cut.rows
    for i, row in enumerate(cut.rows.tolist()):
        record = json.loads(lines[row % len(lines)])
        path, took, status = (column[i] for column in cut.columns)
        assert (path.decode(), status) == (record["req"]["uri"], b"200")
        assert isinstance(record["took"], str) or float(took) == record["took"]


@pytest.mark.parametrize(
    "line", [b'{"a":1 "uri":"x"}', b'{"uri":"x","uri":"y"}', b'{"uri":["x"]}', b"[1]", b'{"ur\\u0069":"x"}']
)
def test_what_is_no_template_is_left_to_the_decoder(line: bytes) -> None:
    assert RecordCutter({"path": ["uri"]}).cut((line + b"\n") * 100) is None


def mixed(name: str, count: int) -> bytes:
    """A log with plain lines and, among them, some that only the exact reader understands."""
    draw = random.Random(3)
    lines = []
    for i in range(count):
        agent = draw.choice(["Go", "Go", "Go", "Mozilla/5.0 (X11; rv 1)", 'a "quoted" agent'])
        path, status, took = draw.choice(PATHS), draw.choice([200, 404, 503]), draw.random()
        tries = draw.choice(["10.0.0.1:80", "10.0.0.1:80", "-", "10.0.0.1:80, 10.0.0.2:80"])
        if name == "nginx-json":
            record = {
                "ts": 1795305600 + i,
                "uri": path,
                "status": status,
                "took": round(took, 3),
                "upstream_addr": tries,
            }
            lines.append(json.dumps(record | {"agent": agent}) if draw.random() < 0.97 else "half a li")
        else:
            agent = agent.replace('"', '\\"')
            head = f'::1 - - [{clf(1_795_305_600 + i)}] "GET {path} HTTP/1.1" {status} {i} "-" "{agent}"'
            lines.append(f"{head} rt={took:.3f} ua={tries}" if draw.random() < 0.97 else head)
    return "\n".join(lines).encode() + b"\n"


@pytest.mark.parametrize("name", ["nginx", "nginx-json"])
def test_blocks_of_many_lines_say_the_same_as_lines_one_by_one(name: str) -> None:
    text = mixed(name, 600)
    whole, single = discover()[name].parser(Source()), discover()[name].parser(Source())

    at_once = EventBatch.concat([whole.feed(Block(text)), whole.finish(math.nan)])
    pieces = [single.feed(Block(line, i)) for i, line in enumerate(text.splitlines(keepends=True), 1)]

    assert list(at_once.rows()) == list(EventBatch.concat([*pieces, single.finish(math.nan)]).rows())
    assert whole.skipped == single.skipped


def spans(values: list[bytes]) -> Spans:
    ends = np.cumsum([len(value) for value in values]) + FRONT
    return Spans(Buffer(b"".join(values)), ends - [len(value) for value in values], ends)


@given(
    st.lists(st.one_of(st.floats(0, 1e9).map(lambda x: f"{x:.3f}"), st.integers(0, 10**17).map(str), FIELD), min_size=1)
)
def test_plain_numbers_are_exactly_what_python_reads(texts: list[str]) -> None:
    values, plain = spans([text.encode("utf-8", "replace") for text in texts]).amounts()

    for text, value, sure in zip(texts, values.tolist(), plain.tolist(), strict=True):
        assert not sure or (math.isnan(value) if text == "-" else value == float(text))
        assert sure or math.isnan(value)


@given(st.lists(st.binary(max_size=3) | st.binary(min_size=MAX_WIDTH - 1, max_size=MAX_WIDTH + 2), min_size=1))
def test_distinct_values_have_distinct_numbers(values: list[bytes]) -> None:
    distinct = Distinct()

    for _ in range(2):
        ids, fits = distinct.number(spans(values))

        assert [ids.values[row] for row in ids.rows] == values
        assert fits.all()


@pytest.mark.parametrize("last", [b"GET", b"PUT", b"HEAD", b""])
def test_a_column_of_one_value_ends_with_the_first_other_one(last: bytes) -> None:
    distinct = Distinct()
    values = [b"GET"] * 30

    for block in (values, values, [*values, last], [last, *values], values):
        ids, _ = distinct.number(spans(block))

        assert [ids.values[row] for row in ids.rows] == block


def test_numbers_of_distinct_values_are_bounded() -> None:
    distinct = Distinct()
    values = [str(i).encode() for i in range(MAX_VALUES + 1)]

    distinct.number(spans(values))
    ids, _ = distinct.number(spans(values[-3:]))

    assert [ids.values[row] for row in ids.rows] == values[-3:]
    assert len(ids.values) == 3
