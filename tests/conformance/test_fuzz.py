"""No bytes make a reader raise, and no cutting changes what it reads: real samples, damaged in many ways.

Bounded by examples and derandomized: about a minute of CPU in all, the same logs in every run.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from predictor.errors import UnknownFormatError
from predictor.events import EventBatch
from predictor.formats import discover
from predictor.pasted import explain_log
from predictor.protocols import Source
from predictor.reading import Reader

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
FORMATS = sorted(discover())
LOGS = {path: path.read_bytes()[:20_000] for path in sorted(SAMPLES.glob("*/*.log"))}
TEXTS = list(LOGS.values())
PASTED = [json.loads(line)["text"].encode() for line in (SAMPLES / "explain/cases.jsonl").read_bytes().splitlines()]
FUZZ = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
MORE = settings(FUZZ, max_examples=1500)
#: what damaged disks, cut writes, other encodings and ill-meaning clients put into logs
JUNK = (
    b"\0" * 40, b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\r\n", b"\n\n\n", b"\n", b'"', b'\\"', b"\\", b"\t", b"{", b"}",
    b"]", b"\x1b[31m", b"\x1b]8;;", b"-", b"- ", b", ", b" : ", b"9" * 400, b"1e999", b"-1", b"NaN", b"%", b"%zz%00",
    b"\xc3\x28",
    b"null", b"\\u0000", b"\\ud800", b"@v", b"://", b"http://[", b"99/Foo/0000:99:99:99 +9999", b"2026-02-30T25:61:61Z",
    b'{"log":' + b"[" * 5_000, b"\n\x1b[0m\r", b"\\u0000", b"\x01",
    b"go: downloading ", b"# get ", b"rc=", b"x" * 5_000, b" " * 5_000, b'"' * 2_000, b"[" * 5_000, b'{"a":' * 5_000,
)  # fmt: skip
CAP = 1 << 20  # bytes that are kept of one line


class Edit(NamedTuple):
    """One kind of damage at one place."""

    kind: str
    place: int
    size: int
    value: int

    def apply(self, text: bytes) -> bytes:
        """``text`` with the damage."""
        at = self.place % (len(text) + 1)
        before, part, after = text[:at], text[at : at + self.size], text[at + self.size :]
        match self.kind:
            case "flip":
                return before + bytes(byte ^ (1 + self.value % 255) for byte in part[:1]) + text[at + 1 :]
            case "cut":
                return before + after
            case "end":
                return before
            case "repeat":
                return before + part * (2 + self.value % 60) + after
            case "splice":
                other = TEXTS[self.value % len(TEXTS)]
                return before + other[self.place % len(other) :][: 5 * self.size] + text[at:]
        return before + JUNK[self.value % len(JUNK)] + text[at:]


EDITS = st.lists(
    st.builds(
        Edit,
        kind=st.sampled_from(["flip", "flip", "cut", "end", "repeat", "splice", "junk", "junk", "junk"]),
        place=st.integers(0, 20_000),
        size=st.sampled_from([1, 2, 7, 80, 400]),
        value=st.integers(0, 10_000),
    ),
    min_size=1,
    max_size=8,
)
CUTS = st.lists(st.integers(0, 1 << 16), max_size=6)


def damaged(text: bytes, edits: Sequence[Edit], salt: str = "") -> bytes:
    """``text`` with all damage; ``salt`` sets it elsewhere in each log, where the drawn values are the same."""
    shift = crc32(salt.encode()) % 9973
    for edit in edits:
        text = edit._replace(place=edit.place + shift, value=edit.value + shift).apply(text)
    return text[:60_000]


def source_of(path: Path) -> Source:
    beside = path.with_suffix(".source.json")
    return Source(**json.loads(beside.read_text())) if beside.exists() else Source()


def read(parts: Sequence[bytes], source: Source, name: str) -> tuple[list[dict[str, Any]], Counter[str], int]:
    """Events, lines without one by reason, lines; nothing but the documented error may be raised."""
    reader, batches = Reader(source, name), []
    try:
        batches += [reader.feed(part) for part in parts]
        batches.append(reader.finish(2e9))
    except UnknownFormatError:
        assert name == "auto"
        return [], Counter({"no format": 1}), 0
    return list(EventBatch.concat(batches).rows()), reader.report.skipped, reader.report.lines


def pieces(text: bytes, places: Sequence[int]) -> list[bytes]:
    ends = sorted({0, *(place % (len(text) + 1) for place in places), len(text)})
    return [text[start:end] for start, end in pairwise(ends)]


@pytest.mark.parametrize("path", LOGS, ids=lambda path: f"{path.parent.name}/{path.stem}")
@FUZZ
@given(edits=EDITS, cuts=CUTS)
def test_a_damaged_sample_is_read_without_an_error_and_alike_in_any_pieces(
    path: Path, edits: list[Edit], cuts: list[int]
) -> None:
    text, source = damaged(LOGS[path], edits, path.stem), source_of(path)
    name = path.parent.name if edits[0].value % 2 and path.parent.name in FORMATS else "auto"

    assert read(pieces(text, cuts), source, name) == read([text], source, name)


@pytest.mark.parametrize("name", FORMATS)
@FUZZ
@given(other=st.sampled_from(TEXTS), edits=EDITS, cuts=CUTS)
def test_a_log_of_another_format_is_read_without_an_error_and_alike_in_any_pieces(
    name: str, other: bytes, edits: list[Edit], cuts: list[int]
) -> None:
    text = damaged(other, edits, name)

    assert read(pieces(text, cuts), Source(), name) == read([text], Source(), name)


@pytest.mark.parametrize("name", [*FORMATS, "auto"])
@pytest.mark.parametrize("fill", [b"a", b"\0", b"[", b'{"a":', b'{"a", ', b'"', b" ", b"a=b ", b"\\"])
def test_a_huge_line_is_cut_and_costs_no_other_line(name: str, fill: bytes) -> None:
    sample = next(text for path, text in LOGS.items() if name in (path.parent.name, "auto"))
    text = sample + fill * (CAP // len(fill) + 10) + b"\n" + sample

    whole = read([text], Source(), name)

    assert whole[1]["line cut at 1 MiB"] == 1
    assert len(whole[0]) >= len(read([sample], Source(), name)[0])


@MORE
@given(text=st.sampled_from([*PASTED, *TEXTS]), edits=EDITS, packed=st.booleans())
def test_a_damaged_log_is_explained_without_an_error(text: bytes, edits: list[Edit], packed: bool) -> None:
    data = damaged(text, edits)
    data = edits[0].apply(gzip.compress(data, mtime=0)) if packed else data

    explanation = explain_log(data)

    said = json.loads(json.dumps(explanation.as_json()))
    assert said["primary"] is None or said["primary"] < len(said["findings"])
    assert all(0 <= finding.line <= data.count(b"\n") or packed for finding in explanation.findings)
