"""Delimiters are where a look at every byte finds them, and what they say of a record is what a decoder says."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from predictor.events import EventBatch
from predictor.formats import delimiters, discover
from predictor.formats.cutting import MIN_ALIKE
from predictor.formats.delimiters import Delimiters, kinds_of
from predictor.formats.record_cutter import RecordCutter
from predictor.formats.spans import FRONT, Buffer
from predictor.protocols import Block, Source

KINDS = [(b' "\\', b""), (b"\\", b',"'), (b"", b', "'), (b"]", b"")]


@pytest.mark.parametrize(("marks", "joint"), KINDS)
@pytest.mark.parametrize("tile", [7, 64, 1 << 18])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(text=st.text('a" ,\\]\n\t', max_size=300).map(str.encode))
def test_delimiters_are_those_that_a_look_at_each_byte_finds(
    marks: bytes, joint: bytes, tile: int, text: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimiters, "TILE", tile)
    chosen, behind, first, last = Delimiters(marks, joint), len(joint) - 1, joint[:1], joint[-1:]
    expected = [
        i
        for i, byte in enumerate(text)
        if byte < 32 or byte in marks or (byte in first and text[i + behind : i + behind + 1] == last)
    ]

    buffer = Buffer(text)
    found = chosen.find(buffer, len(text))

    assert (found.at[1:] - FRONT).tolist() == expected == chosen.within(text)
    assert kinds_of(buffer, found.at)[1:].tobytes() == bytes(text[i] for i in expected)
    assert not joint or found.ends == text[behind:].count(last)


def record(second: int) -> str:
    """A record with a field that is no role, values that may look like joints and a list."""
    fields = {"ts": 1795305600 + second, "uri": "/a.b/c/@v/list", "status": 200, "note": "x", "took": 0.25, "ok": ["y"]}
    return json.dumps(fields, separators=(",", ":"))


@settings(max_examples=150, deadline=None)
@given(
    edits=st.lists(
        st.tuples(st.integers(0, 200), st.integers(0, 2), st.sampled_from('",\\:x{}\t0')), min_size=1, max_size=6
    )
)
def test_a_damaged_record_is_read_in_a_block_as_alone(edits: list[tuple[int, int, str]]) -> None:
    lines = [record(i) for i in range(2 * MIN_ALIKE)]
    for number, (at, cut, mark) in enumerate(edits):
        lines[number + 20] = lines[number + 20][:at] + mark + lines[number + 20][at + cut :]
    text = ("\n".join(lines) + "\n").encode()
    whole, single = discover()["nginx-json"].parser(Source()), discover()["nginx-json"].parser(Source())

    at_once = EventBatch.concat([whole.feed(Block(text)), whole.finish(math.nan)])
    pieces = [single.feed(Block(line, i)) for i, line in enumerate(text.splitlines(keepends=True), 1)]

    assert list(at_once.rows()) == list(EventBatch.concat([*pieces, single.finish(math.nan)]).rows())
    assert whole.skipped == single.skipped


@pytest.mark.parametrize(
    ("odd", "compensating"),
    [
        (b'{"uri":"/a","n":","b":"x"}', b'{"uri":"/a","n":"q"q","b":"x"}'),  # a quote shared by two literals
        (b'{"uri":"/a","n":"q"q","b":"x"}', b'{"uri":"/a","n":"q"q","b":"x"}'),
        (b'{"uri":"/a","n":"q,","b":"x"}', b'{"uri":"/a","n":"","b":","}'),
    ],
)
def test_only_whole_values_are_cut_from_records(odd: bytes, compensating: bytes) -> None:
    plain = b'{"uri":"/a","n":"q","b":"x"}'

    cut = RecordCutter({"path": ["uri"]}).cut(b"".join(line + b"\n" for line in [plain] * 40 + [odd, compensating]))

    assert cut
    assert cut.rows.tolist() == list(range(40))


@pytest.mark.parametrize("field", ["[1,2]", '["a","b"]', "[1,true,null]", '[{"a":1},2]'])
def test_a_list_in_a_record_harms_nothing(field: str) -> None:
    line = f'{{"ts":1795305600,"uri":"/a.b/c/@v/list","x":{field},"status":200}}\n'.encode()
    parser = discover()["nginx-json"].parser(Source())

    batch = EventBatch.concat([parser.feed(Block(line * 200)), parser.finish(math.nan)])

    assert batch.status.tolist() == [200] * 200
