"""Files appear whole or not at all."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from predictor.files import write_whole


def test_a_reader_never_sees_a_part(tmp_path: Path) -> None:
    """While another thread rewrites the file again and again."""
    path, stop, seen = tmp_path / "deep" / "file", threading.Event(), set()
    write_whole(path, "0" * 50_000)

    def rewrite() -> None:
        for digit in "123456789" * 10:
            write_whole(path, digit * 50_000)
        stop.set()

    writer = threading.Thread(target=rewrite)
    writer.start()
    while not stop.is_set():
        text = path.read_text()
        seen.add((len(text), len(set(text))))
    writer.join()

    assert seen == {(50_000, 1)}


def test_a_failed_write_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    """The target is a folder here, so that the rename fails."""
    target = tmp_path / "taken"
    (target / "inside").mkdir(parents=True)

    with pytest.raises(OSError, match="directory"):
        write_whole(target, "x")

    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
