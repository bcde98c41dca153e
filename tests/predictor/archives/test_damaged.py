"""Of a damaged archive everything that can be read is read, and nothing but InputError is ever raised."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.predictor.archives.made import GITHUB, piped, read, tarred, zipped

LOGS = {f"job-{number}.log": f"line of {number}\n".encode() * 400 for number in range(4)}
WHOLE = [
    zipped(GITHUB),
    piped(GITHUB),
    zipped(LOGS, zipfile.ZIP_STORED),
    piped(LOGS, zipfile.ZIP_STORED),
    tarred(GITHUB),
    tarred({"n" * 200: b"x" * 700, "a.gz": gzip.compress(b"a" * 999)}),
]


def damaged(data: bytes, skip: int) -> bytes:
    """The byte at ``skip`` from the name of the second member turned; a zip has 30 bytes before it, a tar none."""
    place = data.index(b"job-1.log") + skip
    return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]


PACKS = [bytes, gzip.compress, zstandard.compress]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (damaged(zipped(LOGS), 15), "job-1.log: "),  # what was packed
        (damaged(zipped(LOGS), -29), "job-1.log: Bad magic number"),  # its header
        (damaged(zipped(LOGS, zipfile.ZIP_STORED), 30), "job-1.log: Bad CRC-32"),
        (damaged(piped(LOGS), 15), "job-1.log: "),
    ],
)
def test_a_damaged_member_of_a_zip_costs_only_itself(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(data)
    texts, heard = read(path)

    assert {name: texts[name] == text for name, text in LOGS.items()} == {
        **dict.fromkeys(LOGS, True),
        "job-1.log": texts["job-1.log"] == LOGS["job-1.log"],
    }
    assert any(each.startswith(said) for each in heard)


@pytest.mark.parametrize("pack", PACKS)
def test_of_a_damaged_tar_what_stands_before_is_read(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(pack(damaged(tarred(LOGS), 0)))
    texts, said = read(path)

    assert texts == {"job-0.log": LOGS["job-0.log"]}
    assert any("the members behind it are not read" in each for each in said)


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("cut", [-600, 1, 700])
def test_of_a_cut_tar_what_stands_before_the_cut_is_read(
    tmp_path: Path, cut: int, pack: Callable[[bytes], bytes]
) -> None:
    data = tarred(LOGS)
    path = tmp_path / "a.bin"
    path.write_bytes(pack(data[: data.index(b"job-2.log") + cut]))
    texts, said = read(path)

    assert texts["job-0.log"] == LOGS["job-0.log"]
    assert said


def test_a_cut_zip_says_that_its_directory_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(LOGS)[:-40])

    assert read(path)[1] == ["its directory cannot be read: File is not a zip file", "no log is in this archive"]


def test_a_cut_compression_around_an_archive_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(gzip.compress(tarred(LOGS))[:-60])
    texts, said = read(path)

    assert texts["job-0.log"] == LOGS["job-0.log"]
    assert said


def test_a_tar_that_was_never_finished_is_told_from_a_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    bare = tarred(LOGS).rstrip(b"\0")
    path.write_bytes(bare + b"\0" * (-len(bare) % 512))

    assert read(path)[0] == LOGS
    assert "has no end mark: members may be missing" in read(path)[1]


EDIT = st.tuples(st.sampled_from(["turn", "cut", "copy"]), st.integers(0, 1 << 16), st.integers(1, 700))


def mangled(data: bytes, edits: list[tuple[str, int, int]]) -> bytes:
    """Bytes turned, lost or doubled."""
    for kind, at, size in edits:
        place = at % max(1, len(data))
        piece = data[place : place + size]
        turned = bytes([piece[0] ^ (size & 0xFF)]) + piece[1:] if piece else b""
        data = data[:place] + {"turn": turned, "cut": b"", "copy": piece * 2}[kind] + data[place + size :]
    return data


@settings(derandomize=True, database=None, deadline=None, max_examples=400, suppress_health_check=list(HealthCheck))
@given(
    data=st.sampled_from(WHOLE),
    edits=st.lists(EDIT, min_size=1, max_size=8),
    pack=st.sampled_from(PACKS),
    outer=st.lists(EDIT, max_size=1),
)
def test_no_bytes_make_it_raise(
    tmp_path: Path,
    data: bytes,
    edits: list[tuple[str, int, int]],
    pack: Callable[[bytes], bytes],
    outer: list[tuple[str, int, int]],
) -> None:
    """``read`` lets nothing pass but what streams may raise; every log is read to its end."""
    path = tmp_path / "a.bin"
    path.write_bytes(mangled(pack(mangled(data, edits)), outer))
    texts, said = read(path)

    assert texts or said
