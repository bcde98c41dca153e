"""Lines that were printed are known again, whatever stands beside them and however many there are."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.formats.distinct import MAX_WIDTH, hashes
from predictor.formats.go_book import MAX_KEPT
from predictor.formats.go_printed import Printed
from predictor.formats.spans import FRONT, Buffer, Spans, Words

_LINES = st.lists(st.binary(min_size=1, max_size=80) | st.binary(min_size=MAX_WIDTH, max_size=MAX_WIDTH + 4))

_SPREAD = st.integers(1, (1 << 64) - 1).map(lambda number: number * 0x9E3779B97F4A7C15 % (1 << 64))  # as hashes are


def hashed(lines: list[bytes]) -> Words:
    """The hashes of lines of one block."""
    ends = FRONT + np.cumsum([len(line) for line in lines], dtype=np.int64)
    starts = ends - np.array([len(line) for line in lines], dtype=np.int64)
    return hashes(Spans(Buffer(b"".join(lines)), starts, ends))


@given(_LINES)
@settings(max_examples=200, deadline=None)
def test_a_line_has_one_hash_whichever_lines_stand_beside_it(lines: list[bytes]) -> None:
    alone = [int(hashed([line])[0]) for line in lines]

    assert hashed(lines).tolist() == alone
    assert len(set(alone)) == len(set(lines))


@given(st.lists(st.lists(_SPREAD | st.integers(7 << 60, (7 << 60) + 6), max_size=30), max_size=8))
@settings(max_examples=100, deadline=None)
def test_what_is_fresh_is_what_no_block_before_had(blocks: list[list[int]]) -> None:
    printed, seen = Printed(), set[int]()
    for block in blocks:
        fresh = printed.fresh(np.array(block, dtype=np.uint64))

        assert fresh.tolist() == [line not in seen for line in block]
        seen.update(block)
        printed.update(block)


def test_many_lines_are_known_again_until_a_build_ends() -> None:
    printed, lines = Printed(), np.arange(1, MAX_KEPT + 2, dtype=np.uint64) << np.uint64(40)
    for line in lines.tolist():
        printed.add(line)

    assert np.flatnonzero(printed.fresh(lines)).tolist() == [MAX_KEPT]
    assert np.flatnonzero(printed.fresh(lines)).tolist() == [MAX_KEPT]
    printed.clear()
    assert printed.fresh(lines).all()
