"""Whatever is wrapped around a log comes off again, and its stamps become the times of the lines."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.formats.wrappers import peeler, wrappers
from predictor.protocols import Block
from tests.predictor.formats.go_logs import LOG
from tests.predictor.formats.wrappers import skins

START = 1795333802.25
LINES = LOG.splitlines()
TIMES = [START + 3.5 * place for place in range(len(LINES))]
MARKS = {b"##[section]Starting: build", b"step", b"[4/6] RUN go build", b"------", b""}
MARKS |= {b"Content-Transfer-Encoding: quoted-printable"}


def peel(data: bytes, start: float = START, size: int = 0) -> tuple[list[tuple[bytes, float, int]], tuple[str, ...]]:
    """Lines with times and numbers, and the names of the skins; fed in blocks of ``size`` lines (0: one block)."""
    layers = peeler(data, start)
    lines = re.findall(rb"[^\n]*\n|[^\n]+", data) if size else [data]
    size = size or 1
    fed = [layers.feed(b"".join(lines[i : i + size]), i + 1) for i in range(0, len(lines), size)]
    return [row for block in (*fed, layers.finish()) for row in rows(block)], layers.names


def rows(block: Block) -> list[tuple[bytes, float, int]]:
    texts = block.text.split(b"\n")[: -1 if block.text.endswith(b"\n") or not block.text else None]
    times = [math.nan] * len(texts) if block.times is None else block.times.tolist()
    numbers = range(block.first_line, block.first_line + len(texts)) if block.lines is None else block.lines.tolist()
    return list(zip(texts, times, numbers, strict=True))


def kept(found: Sequence[tuple[bytes, float, int]]) -> list[bytes]:
    return [text for text, _, _ in found if text not in MARKS]


@pytest.mark.parametrize("wrap", skins.ALL, ids=lambda wrap: wrap.__name__)
def test_every_skin_comes_off(wrap: skins.Wrap) -> None:
    found, _ = peel(wrap(LINES, TIMES))

    assert kept(found) == LINES


@pytest.mark.parametrize("wrap", skins.STAMPED, ids=lambda wrap: wrap.__name__)
def test_stamps_become_times(wrap: skins.Wrap) -> None:
    found, _ = peel(wrap(LINES, TIMES))
    times = [time for text, time, _ in found if text not in MARKS]

    assert times == pytest.approx(TIMES, abs=skins.STAMPED[wrap])


@pytest.mark.parametrize("inner", skins.ALL, ids=lambda wrap: wrap.__name__)
@pytest.mark.parametrize("outer", [skins.github_actions, skins.kubernetes, skins.buildkite, skins.docker_json])
def test_skins_nest(outer: skins.Wrap, inner: skins.Wrap) -> None:
    once = inner(LINES, TIMES).split(b"\n")[:-1]
    found, _ = peel(outer(once, [START] * len(once)))

    assert kept(found) == LINES


@pytest.mark.parametrize("wrap", skins.ALL, ids=lambda wrap: wrap.__name__)
@pytest.mark.parametrize("size", [1, 3])
def test_cutting_into_blocks_changes_nothing(wrap: skins.Wrap, size: int) -> None:
    data = wrap(LINES, TIMES)

    whole, pieces = peel(data)[0], peel(data, size=size)[0]

    assert repr(whole) == repr(pieces)


def test_a_log_without_a_skin_is_passed_through_untouched() -> None:
    block = peeler(LOG).feed(LOG, 5)

    assert block.text is LOG or block.text == LOG
    assert (block.first_line, block.times, block.lines) == (5, None, None)


def test_a_line_without_a_stamp_has_the_time_of_the_line_before() -> None:
    found, _ = peel(b"2026-11-22T07:50:02.3651234Z one\ntwo\n2026-11-22T07:50:03.0000000Z three\n" * 2)

    assert found[1][1] == found[0][1] == pytest.approx(1795333802.3651234)


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [(b"23:59:58  a\n00:00:01  b\n", 3.0), (b"(23:59:58) a\n(00:00:01) b\n", 3.0)],
)
def test_clocks_without_a_date_pass_midnight(lines: bytes, seconds: float) -> None:
    found, _ = peel(lines, start=1795391990.0)

    assert found[1][1] - found[0][1] == seconds


def test_clocks_without_a_date_and_start_say_no_time() -> None:
    found, names = peel(b"23:59:58  a\n00:00:01  b\n", start=math.nan)

    assert names == ("jenkins",)
    assert all(math.isnan(time) for _, time, _ in found)


@pytest.mark.parametrize(
    ("stamp", "seconds"),
    [
        (b"2026-11-22T07:50:02Z", 1795333802.0),
        (b"2026-11-22T07:50:02.5+08:00", 1795305002.5),
        (b"2026-11-22 07:50:02,250", 1795333802.25),
        (b"[2026-11-22T07:50:02.365Z]", 1795333802.365),
        (b"2026/11/22 07:50:02", 1795333802.0),
        (b"2026-11-22T07:50:02.123456789-0500", 1795351802.123456789),
    ],
)
def test_bare_stamps_of_many_forms(stamp: bytes, seconds: float) -> None:
    found, _ = peel(stamp + b" go: downloading a v1\n")

    assert found[0] == (b"go: downloading a v1", pytest.approx(seconds), 1)


@pytest.mark.parametrize("stamp", [b"2026-13-22T07:50:02.3651234Z", b"2026-11-22T27:50:02.3651234Z"])
def test_a_stamp_that_is_no_moment_says_no_time(stamp: bytes) -> None:
    found, _ = peel(b"".join(stamp + b" line %d\n" % i for i in range(3)))

    assert all(math.isnan(time) for _, time, _ in found)


def test_a_line_of_two_gitlab_parts_keeps_the_number_of_its_first() -> None:
    data = b"2026-11-22T07:50:02.434178Z 00O go: down\n2026-11-22T07:50:02.434178Z 00O+loading\n"

    assert [(text, number) for text, _, number in peel(data)[0]] == [(b"go: downloading", 1)]


def test_the_repetition_at_the_end_of_a_failed_image_build_is_dropped() -> None:
    data = skins.buildkit(LINES, TIMES)

    assert data.count(LINES[-2]) == 2
    assert kept(peel(data)[0]).count(LINES[-2]) == 1


def test_an_image_build_that_begins_after_the_head_is_peeled() -> None:
    filler = b"setting up\n" * 20000
    layers = peeler(filler[:65536])

    texts = [layers.feed(filler, 1).text, layers.feed(b"#12 0.52 go: downloading a v1\n", 20001).text]

    assert texts == [filler, b"go: downloading a v1\n"]


def test_frames_of_the_terminal_display_are_told_once() -> None:
    frame = b" => [build 2/3] RUN go build   1.2s\n => => # go: downloading a v1\n"

    assert [text for text, _, _ in peel(frame * 3)[0]].count(b"go: downloading a v1") == 1


def test_carriage_returns_split_lines_that_share_a_number() -> None:
    assert peel(b"10%\rgo: downloading a v1\r\nnext\r\n")[0] == [
        (b"10%", pytest.approx(math.nan, nan_ok=True), 1),
        (b"go: downloading a v1", pytest.approx(math.nan, nan_ok=True), 1),
        (b"next", pytest.approx(math.nan, nan_ok=True), 2),
    ]


@given(data=st.binary(max_size=400), start=st.sampled_from([math.nan, START]))
@settings(max_examples=150, deadline=None)
def test_no_bytes_raise(data: bytes, start: float) -> None:
    found, names = peel(data, start)

    assert len(found) >= 0
    assert set(names) <= {skin.name for skin in wrappers()}


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_damaged_logs_do_not_raise(data: st.DataObject) -> None:
    wrap = data.draw(st.sampled_from(skins.ALL))
    log = bytearray(wrap(LINES[:6], TIMES[:6]))
    for place in data.draw(st.lists(st.integers(0, len(log) - 1), max_size=8)):
        log[place] = data.draw(st.integers(0, 255))
    found, _ = peel(bytes(log))

    assert found
