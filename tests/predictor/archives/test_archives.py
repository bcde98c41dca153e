"""Archives of logs give the same as their members would as files; what is no log is said."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import threading
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from predictor.archives import MEMBERS, log_of, logs, names, said_again
from tests.predictor.archives.made import GITHUB, Pipe, piped, read, tarred, zipped

TEXTS = {"ci/job-1.log": b"one\n" * 40_000, "ci/job-2.log": b"", "b.log": bytes(range(256)) * 700}
PACKS: list[Callable[[bytes], bytes]] = [bytes, gzip.compress, zstandard.compress]


def file(folder: Path, data: bytes) -> Path:
    """A file whose name says nothing."""
    path = folder / "logs.bin"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("data", [zipped(TEXTS), piped(TEXTS), *(pack(tarred(TEXTS)) for pack in PACKS)])
def test_members_come_in_order_whatever_is_around_them(tmp_path: Path, data: bytes) -> None:
    texts, said = read(file(tmp_path, data))

    assert (texts, said) == (TEXTS, [])
    assert list(texts) == list(TEXTS)


@pytest.mark.parametrize("pack", PACKS)
def test_a_log_is_its_only_member(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = file(tmp_path, pack(b"a line\n"))

    assert names(path) == [str(path)]
    assert [log.stream.read() for log in logs(path) if log.stream] == [b"a line\n"]


@pytest.mark.parametrize("archive", [zipped, piped, tarred])
def test_members_may_be_compressed_themselves(tmp_path: Path, archive: Callable[..., bytes]) -> None:
    inside = {"a.gz": gzip.compress(b"a\n" * 9000), "b.zst": zstandard.compress(b"b\n" * 9000), "c": b"c"}

    texts, _ = read(file(tmp_path, archive(inside)))

    assert texts == {"a.gz": b"a\n" * 9000, "b.zst": b"b\n" * 9000, "c": b"c"}


@pytest.mark.parametrize("archive", [zipped, piped, tarred])
def test_steps_are_left_out_where_the_log_of_their_job_is_there(tmp_path: Path, archive: Callable[..., bytes]) -> None:
    texts, said = read(file(tmp_path, archive(GITHUB)))

    assert list(texts) == ["0_build.txt", "1_unit _ test.txt", "deploy/1_Only a step.txt"]
    assert said == ["left out: 3 step logs whose job's whole log is there (build/1_Set up job.txt, ...)"]


@pytest.mark.parametrize(
    ("paths", "again"),
    [
        (["run/0_a.txt", "run/a/1_x.txt", "a/1_x.txt"], {"run/a/1_x.txt"}),
        (["-1_a.txt", "a/1_x.txt", "a/notes.txt", "a/b/1_x.txt"], {"a/1_x.txt"}),
        (["0_a.log", "a/1_x.txt"], set()),
        (["0_a.txt", "1_x.txt"], set()),
    ],
)
def test_only_step_logs_are_said_again(paths: list[str], again: set[str]) -> None:
    assert said_again(paths) == again


def test_what_is_no_log_is_left_out_and_said(tmp_path: Path) -> None:
    links = {"lnk": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "dev": tarfile.CHRTYPE, "dir": tarfile.DIRTYPE}
    inside = {"a.log": b"a", "old.zip": zipped(TEXTS), "old.tar.gz": gzip.compress(tarred(TEXTS)), "._a.log": b"\0\5"}

    texts, said = read(file(tmp_path, tarred(inside, **links)))

    assert texts == {"a.log": b"a"}
    assert said == [
        "left out: 2 archives inside the archive (old.zip, ...); 1 attributes of macOS (._a.log); 2 links (lnk, ...); "
        "1 devices (dev); 1 directories (dir)"
    ]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_zip_inside_another_compression_says_what_to_do(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    texts, said = read(file(tmp_path, pack(zipped(TEXTS))))

    assert texts == {}
    assert said == ["a zip inside another compression cannot be read: unpack that first", "no log is in this archive"]


@pytest.mark.parametrize("archive", [zipped, piped])
def test_encrypted_members_cost_only_themselves(tmp_path: Path, archive: Callable[..., bytes]) -> None:
    data = bytearray(archive({"a.log": b"secret", "b.log": b"b"}))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1

    texts, said = read(file(tmp_path, bytes(data)))

    assert (texts, said) == ({"b.log": b"b"}, ["left out: 1 encrypted members (a.log)"])


def test_a_member_packed_by_an_unknown_method_costs_only_itself(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.log": b"a" * 99, "b.log": b"b"}))
    data[8] = data[data.index(b"PK\1\2") + 10] = 99

    texts, said = read(file(tmp_path, bytes(data)))

    assert texts == {"a.log": b"", "b.log": b"b"}
    assert said == ["a.log: That compression method is not supported"]


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_are_read_in_all_dialects_of_tar(tmp_path: Path, form: int) -> None:
    name = "a" * 90 + "/" + "b" * 95

    assert read(file(tmp_path, tarred({name: b"x", "c": b"y"}, form)))[0] == {name: b"x", "c": b"y"}


def test_names_control_no_terminal_and_leave_no_folder(tmp_path: Path) -> None:
    texts, _ = read(file(tmp_path, tarred({"/../../etc/\x1b[31mx\n.log": b"x"})))

    assert list(texts) == ["etc/?[31mx?.log"]


@pytest.mark.parametrize("pack", PACKS)
def test_a_stream_is_a_log_or_says_that_it_is_none(pack: Callable[[bytes], bytes]) -> None:
    plain, archive = (log_of(io.BytesIO(pack(data)), "-") for data in (b"a line\n" * 500, zipped(TEXTS)))

    assert (plain.stream.read() if plain.stream else None, plain.fault) == (b"a line\n" * 500, "")
    assert (archive.stream, str(archive.error)) == (
        None,
        "-: an archive cannot be read from a pipe: save it as a file",
    )


def test_a_member_that_is_not_read_costs_the_next_one_nothing(tmp_path: Path) -> None:
    for data in (zipped(TEXTS), piped(TEXTS), gzip.compress(tarred(TEXTS))):
        path = file(tmp_path, data)
        found = {Path(log.name).name: log.stream.read() for log in logs(path) if log.stream and "job" not in log.name}

        assert found == {"b.log": TEXTS["b.log"]}


def test_a_zip_may_have_something_before_and_behind_it(tmp_path: Path) -> None:
    data = zipped({"a.log": b"a", "b.log": b"b"})
    with_comment = data[:-2] + b"\5\0hello"

    assert read(file(tmp_path, with_comment)) == ({"a.log": b"a", "b.log": b"b"}, [])


def test_the_number_of_members_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("predictor.archives.MEMBERS", 3)
    texts, said = read(file(tmp_path, tarred({str(number): b"x" for number in range(5)})))

    assert (list(texts), said) == (["0", "1", "2"], ["has more than 3 members: the others are not read"])
    assert MEMBERS == 100_000


@pytest.mark.parametrize(("name", "why"), [("missing.zip", "No such file"), ("folder", "directory")])
def test_what_cannot_be_opened_is_a_fault_that_names_it(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "folder").mkdir()
    (log,) = logs(tmp_path / name)

    assert (log.stream, names(tmp_path / name)) == (None, [])
    assert name in str(log.error)
    assert why in str(log.error)


@pytest.mark.parametrize(
    ("data", "said"), [(b"a line\n", []), (tarred(TEXTS), ["an archive cannot be read from a pipe: save it as a file"])]
)
def test_a_pipe_is_read_once(tmp_path: Path, data: bytes, said: list[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(data[:4096],))
    writer.start()
    texts, heard = read(tmp_path / "pipe")
    writer.join()

    assert list(texts.values()) == ([] if said else [data])
    assert heard == said


@pytest.mark.parametrize("pipe", [False, True])
def test_lengths_of_64_bits_are_read(tmp_path: Path, pipe: bool) -> None:
    target = Pipe() if pipe else io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for name in ("a.log", "b.log"):
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(b"a" * 5000)
    data = target.taken.getvalue() if isinstance(target, Pipe) else target.getvalue()

    assert read(file(tmp_path, data)) == ({"a.log": b"a" * 5000, "b.log": b"a" * 5000}, [])


@pytest.mark.parametrize("pack", [zipped, lambda texts: zstandard.compress(tarred(texts))])
def test_memory_does_not_grow_with_the_members(tmp_path: Path, pack: Callable[..., bytes]) -> None:
    lines = b"".join(b"%x\n" % (number * 2_654_435_761 % (1 << 61)) for number in range(4_000_000))
    path = file(tmp_path, pack({"a.log": lines}))
    tracemalloc.start()
    size = sum(
        len(data) for log in logs(path) if log.stream for data in iter(lambda s=log.stream: s.read(1 << 20), b"")
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (size, peak < 24 << 20) == (len(lines), True)
