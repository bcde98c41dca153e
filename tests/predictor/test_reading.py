"""Framing, compression, wrappers and format detection of one log; nothing that was read is lost."""

from __future__ import annotations

import gzip
import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from predictor.errors import InputError, UnknownFormatError
from predictor.events import Cause, EventBatch
from predictor.framing import LINE_CAP
from predictor.protocols import Source
from predictor.reading import Reader, compact, open_log, read_file, read_stream
from predictor.templates import Miner

LINE = b'10.0.0.1 - - [22/Nov/2026:07:50:02 +0000] "GET /a.b/c/@v/v1.0.%d.zip HTTP/1.1" 200 35 "-" "Go" rt=0.5\n'
LOG = b"".join(LINE % i for i in range(300))


def total(batches: Iterator[EventBatch]) -> int:
    return sum(len(batch) for batch in batches)


@pytest.mark.parametrize(
    "pack",
    [bytes, gzip.compress, zstandard.compress, lambda data: gzip.compress(data[:999]) + gzip.compress(data[999:])],
)
def test_compression_is_recognised_by_content(tmp_path: Path, pack: object) -> None:
    path = tmp_path / "access.log"
    path.write_bytes(pack(LOG))  # type: ignore[operator]

    assert total(read_file(path)) == 300


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_truncated_archive_gives_what_it_holds_and_then_one_error(tmp_path: Path, pack: object) -> None:
    path = tmp_path / "access.log.gz"
    noisy = b"".join(LINE % (i * 7919 % 100003) for i in range(200_000))
    path.write_bytes(pack(noisy)[:-2000])  # type: ignore[operator]
    batches = []

    with pytest.raises(InputError, match=r"access\.log\.gz:\d+: "):
        batches.extend(read_file(path))

    assert sum(len(batch) for batch in batches) > 1000


@pytest.mark.parametrize("name", ["missing.log", "folder"])
def test_what_cannot_be_opened_is_one_error_that_names_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(InputError, match=name):
        open_log(tmp_path / name)


def test_an_empty_file_is_no_error_and_no_event(tmp_path: Path) -> None:
    path = tmp_path / "empty.log"
    path.write_bytes(b"")

    assert list(read_file(path)) == []


def test_an_unknown_format_is_named_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "poem.txt"
    path.write_text("roses are red\nviolets are blue\n" * 20)

    with pytest.raises(UnknownFormatError, match=r"poem\.txt:1: .*--log-format"):
        list(read_file(path))


def test_an_unknown_format_name_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(UnknownFormatError, match="nginx-json"):
        Reader(Source(), "ngnix")


def test_an_overlong_line_is_cut_counted_and_costs_no_other_line() -> None:
    reader = Reader(Source())
    long = b"x" * (10 * LINE_CAP) + b"\n"

    found = EventBatch.concat(
        [reader.feed(LOG + long), reader.feed(long[:-1]), reader.feed(b"\n" + LOG), reader.finish()]
    )

    assert len(found) == 600
    assert reader.report.skipped["line cut at 1 MiB"] == 2
    assert found.line[-1] == reader.report.lines == 602


def test_a_half_last_line_is_read_as_far_as_it_goes() -> None:
    reader = Reader(Source())

    found = EventBatch.concat([reader.feed(LOG + (LINE % 1)[:60]), reader.finish()])

    assert (len(found), reader.report.lines) == (300, 301)


def test_clock_jumps_leave_times_as_logged() -> None:
    lines = [LINE % 1, (LINE % 2).replace(b"2026", b"2019"), (LINE % 3).replace(b"Nov", b"Foo")]
    reader = Reader(Source(), "nginx")

    found = EventBatch.concat([reader.feed(b"".join(lines)), reader.finish()])

    assert [row["time"] for row in found.rows()] == ["2026-11-22T07:50:02Z", "2019-11-22T07:50:02Z", None]


def test_a_wrapper_around_an_access_log_is_taken_off() -> None:
    wrapped = b"".join(b"2026-11-22T07:50:09.1234567Z " + line for line in LOG.splitlines(keepends=True))
    reader = Reader(Source())

    found = EventBatch.concat([reader.feed(wrapped), reader.finish()])

    assert (len(found), reader.report.format, found.text("client")[0]) == (300, "nginx", "10.0.0.1")


def test_colours_that_begin_behind_the_head_are_taken_off() -> None:
    """A tool switches them on late; the head decides only on skins that are there."""
    plain = b"go: downloading golang.org/x/mod v0.1.0\n" + b"ok  \texample.com/app\t0.01s\n" * 20_000
    error = b"go: golang.org/x/net@v0.1.0: reading https://proxy.golang.org/golang.org/x/net/@v/v0.1.0.zip: 503 Busy\n"

    red = error.replace(b"https", b"\x1b[36mhttps").replace(b".zip", b".zip\x1b[0m")

    expected, found = (
        EventBatch.concat(list(read_stream(io.BytesIO(plain + last), Reader(Source()), "log"))) for last in (error, red)
    )

    assert list(found.rows()) == list(expected.rows())
    assert int(Cause.HTTP_5XX) in expected.cause


def test_the_report_counts_what_was_read_and_skipped() -> None:
    reader = Reader(Source(), "nginx")

    reader.feed(LOG + b"GET /a.b/c/@v/list broken\n")
    reader.finish()

    assert (reader.report.lines, reader.report.events, dict(reader.report.skipped)) == (301, 300, {"malformed": 1})


RECORD = b'{"time":1795305600,"request_uri":"/a.b/c/@v/list","status":200,"request_method":"GET"}\n'


@pytest.mark.parametrize("piece", [50, 999, 1 << 20])
@pytest.mark.parametrize("rest", [b"", b"\n\n", b"{", b"a\x00b\nc", b"\r\n-"])
@pytest.mark.parametrize("log", [LOG, RECORD * 200, RECORD * 80 + b'"\n' + RECORD * 90, b"goproxy.io\n" + LOG])
def test_lines_are_counted_however_they_arrive(log: bytes, rest: bytes, piece: int) -> None:
    reader, data = Reader(Source()), log + rest

    for at in range(0, len(data), piece):
        reader.feed(data[at : at + piece])
    reader.finish()

    assert reader.report.lines == data.count(b"\n") + (not data.endswith(b"\n"))


def test_field_names_of_the_configuration_reach_the_format() -> None:
    reader = Reader(Source(), "nginx-json", {"nginx-json": {"status": "ended"}})

    found = EventBatch.concat([reader.feed(b'{"ts":1795333802,"uri":"/a.b/c/@v/list","ended":503}\n'), reader.finish()])

    assert [row["status"] for row in found.rows()] == [503]


def test_unused_strings_do_not_travel_with_a_batch() -> None:
    batch = EventBatch.of(2, ("", *map(str, range(5000))), module=[7, 9], upstream=[9, 0])

    small = compact(batch)

    assert (small.text("module"), small.text("upstream"), len(small.strings)) == (["6", "8"], ["8", ""], 3)


class Endless(io.RawIOBase):
    """A log of ``left`` pieces in which no path comes twice."""

    def __init__(self, pieces: int) -> None:
        self.left = pieces

    def read(self, size: int = -1) -> bytes:
        self.left -= 1
        return b"".join(LINE % (self.left * 3000 + i) for i in range(3000)) if self.left >= 0 else b""


def test_memory_does_not_grow_with_the_log() -> None:
    """A reader remembers 100,000 values of a column and then begins anew: the second time takes what the first took."""
    batches = read_stream(Endless(70), Reader(Source()), "endless")  # type: ignore[arg-type]
    tracemalloc.start()
    events, peaks = 0, []
    for half in (105_000, 210_000):
        while events < half:
            events += len(next(batches))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.reset_peak()
    tracemalloc.stop()

    assert events == 210_000
    assert peaks[1] < 1.3 * peaks[0]
    assert max(peaks) < 96 * 2**20


STAMP = "2026-11-22T07:50:0{}.0000000Z "
GET = 'Get "https://relay.corp/a.org/b/@v/v1.0.{}.mod": the relay parked its lease (case {})'
ODD = {
    "go": [STAMP.format(n) + f"go: a.org/b@v1.0.{n}: {GET.format(n, n * 77)}" for n in range(1, 4)],
    "go trace": [
        STAMP.format(n) + f"# get https://relay.corp/a.org/b/@v/v1.0.{n}.mod: {GET.format(n, n)}" for n in range(1, 4)
    ],
    "nginx-error": [
        f"2026/11/22 09:42:3{n} [error] 7#7: *2{n} the relay parked lease {n} upstream, client: 10.0.0.1, server: , "
        f'request: "GET /a.org/b/@v/v1.0.{n}.zip HTTP/1.1", upstream: "http://10.0.0.9:80/a.org", host: "p"'
        for n in range(1, 4)
    ],
    "goproxy": [
        f'time=2026-11-22T07:24:5{n}.658Z level=ERROR msg="failed to download" error="the relay parked lease {n}" '
        f"target=a.org/b/@v/v1.0.{n}.info"
        for n in range(1, 4)
    ],
    "athens": [
        line
        for n in range(1, 4)
        for line in (
            f"ERROR[7:24AM]: the relay parked lease {n}\thttp-method=GET http-path=/a.org/b/@v/v1.0.{n}.info "
            f"kind=Internal operation=download.InfoHandler request-id=r{n} ",
            f"INFO[7:24AM]: incoming request\thttp-method=GET http-path=/a.org/b/@v/v1.0.{n}.info http-status=404 "
            f"request-id=r{n} ",
        )
    ],
}
FORMAT_OF = {"go trace": "go"}


def odd_events(name: str, miner: Miner | None = None, step: int = 0) -> EventBatch:
    data = "".join(line + "\n" for line in ODD[name]).encode()
    reader = Reader(Source(), FORMAT_OF.get(name, name), miner=miner)
    step = step or len(data)
    return EventBatch.concat(
        [*(reader.feed(data[at : at + step]) for at in range(0, len(data), step)), reader.finish()]
    )


@pytest.mark.parametrize("name", ODD)
def test_words_that_nobody_knows_have_a_template_that_grows_old(name: str) -> None:
    """The same in any pieces."""
    whole, pieces = odd_events(name), odd_events(name, step=7)

    assert whole.novelty[whole.template > 0].tolist() == pytest.approx([1, 1 / 2, 1 / 3])
    assert pieces.novelty.tolist() == whole.novelty.tolist()


def test_readers_that_share_a_miner_share_what_is_known() -> None:
    """What is new is new to the installation, not to a log."""
    miner = Miner()
    odd_events("go", miner)

    again = odd_events("go trace", miner)

    assert again.novelty[again.template > 0].tolist() == pytest.approx([1 / 4, 1 / 5, 1 / 6])
