"""What counts as a log in a folder or in an archive."""

from __future__ import annotations

from pathlib import Path

import pytest

from predictor.errors import InputError
from predictor.folders import logs_below
from tests.predictor.archives.made import tarred


def test_rotated_and_nameless_logs_are_logs(tmp_path: Path) -> None:
    for name in ("access.log.1", "build-17", ".hidden", "arrays.npz", "access.log", "access.json.log.zst"):
        (tmp_path / name).touch()

    assert [path.name for path in logs_below([tmp_path])[0]] == ["access.json.log.zst", "access.log.1", "build-17"]


def test_an_archive_counts_as_a_folder(tmp_path: Path) -> None:
    """The same logs are left out: notes, the second copy of the access log, steps that a job's log has."""
    left = ("README.md", "truth.json", ".x/b.log", "access.log", "build/1_Run.txt")
    taken = ("ci/job-1.log", "0_build.txt", "access.json.log")
    (tmp_path / "a.tar").write_bytes(tarred(dict.fromkeys((*left, *taken), b"x")))
    (tmp_path / "access.log.gz").touch()
    files, wanted = logs_below([tmp_path])

    assert files == [tmp_path / "a.tar"]
    assert [name for name in (*left, *taken) if wanted(f"{tmp_path}/a.tar/{name}")] == list(taken)


def test_files_that_are_named_are_read_whatever_they_are_called(tmp_path: Path) -> None:
    """Only what a folder holds is chosen by its name."""
    (tmp_path / "logs").mkdir()
    for path in (tmp_path / "README.md", tmp_path / "logs" / "a.log", tmp_path / "logs" / "notes.md"):
        path.touch()

    files, wanted = logs_below([tmp_path / "README.md", tmp_path / "logs"])

    assert files == [tmp_path / "README.md", tmp_path / "logs" / "a.log"]
    assert [wanted(str(path)) for path in (*files, tmp_path / "logs" / "notes.md")] == [True, True, False]


def test_a_folder_without_logs_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=tmp_path.name):
        logs_below([tmp_path])
