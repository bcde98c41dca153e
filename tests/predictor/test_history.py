"""Several logs as one history."""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from predictor.archives import logs
from predictor.errors import InputError
from predictor.events import Kind, Outcome
from predictor.history import END_GRACE_S, jumps, read_history, read_log, settle, strays
from predictor.protocols import Source
from tests.predictor.archives.made import tarred, zipped
from tests.predictor.happenings import START, at, jobs

ACCESS = (
    '10.0.0.1 - - [14/Nov/2023:22:{minute:02d}:{second:02d} +0000] "GET /{host}/m/@v/v1.0.{second}.info HTTP/1.1"'
    ' {status} 512 "-" "Go-http-client/2.0" 0.050 0.050 {host}\n'
)


def access(host: str, *minutes: int, status: int = 200) -> str:
    return "".join(ACCESS.format(host=host, minute=m, second=s, status=status) for m in minutes for s in range(6))


def write(folder: Path, **logs: str) -> list[Path]:
    """Files by name, ``_`` for the dot."""
    paths = []
    for name, text in logs.items():
        path = folder / name.replace("_", ".")
        path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
        paths.append(path)
    return paths


def test_files_are_merged_by_time(tmp_path: Path) -> None:
    """Plain and compressed, in whatever order they are named."""
    history = read_history(write(tmp_path, b_log_gz=access("b.example", 3, 4), a_log=access("a.example", 1, 3)))

    assert (np.diff(history.events.time) >= 0).all()
    assert set(history.events.text("upstream")) == {"a.example", "b.example"}
    assert [report.events for report in history.files] == [12, 12]


@pytest.mark.parametrize(
    "archive", [lambda texts: zipped({**texts, "d/": b""}), lambda texts: tarred(texts, d=tarfile.DIRTYPE)]
)
def test_an_archive_is_read_like_a_folder_of_its_name(tmp_path: Path, archive: Callable[..., bytes]) -> None:
    """The same events, jobs and names; what was left out is in the report of the archive."""
    texts = {"job-1.log": odd("a.org/x", 1, 5).encode(), "b.log": access("b.example", 3).encode()}
    for name, text in texts.items():
        (tmp_path / "folder").mkdir(exist_ok=True)
        (tmp_path / "folder" / name).write_bytes(text)
    (tmp_path / "logs").write_bytes(archive(texts))
    inside, outside = read_history([tmp_path / "logs"]), read_history([tmp_path / "folder" / name for name in texts])

    assert [list(each.events.rows()) for each in (inside,)] == [list(outside.events.rows())]
    assert [report.path for report in inside.files] == [
        f"{tmp_path}/logs{name}" for name in ("/job-1.log", "/b.log", "")
    ]
    assert "job-1" in set(inside.events.text("job"))
    assert inside.files[-1].note == "left out: 1 directories (d)"


def test_only_wanted_members_are_read(tmp_path: Path) -> None:
    """By their whole names."""
    texts = {name: access("b.example", 3).encode() for name in ("a.log", "b.log")}
    (tmp_path / "logs").write_bytes(zipped(texts))
    history = read_history([tmp_path / "logs"], wanted=lambda name: name == f"{tmp_path}/logs/a.log")

    assert (len(history.events), len(history.files)) == (6, 2)


def odd(module: str, *minutes: int) -> str:
    """What the go command says of a relay that nobody knows, a build's log with GitHub's stamps."""
    stamp = "2023-11-14T22:{:02d}:00.0000000Z"
    said = 'go: {0}@v1.0.{1}: Get "https://relay.corp/{0}/@v/v1.0.{1}.mod": the relay parked its lease'
    lines = [f"{stamp.format(m)} {said.format(module, m)}" for m in minutes]
    return "\n".join([f"{stamp.format(0)} $ go mod download", *lines, ""])


def test_what_is_new_is_new_to_the_whole_history(tmp_path: Path) -> None:
    """Messages are counted in the order of time, whatever file they stand in and however the files are named."""
    events = read_history(write(tmp_path, a_log=odd("b.org/y", 2, 9), b_log=odd("a.org/x", 1, 5))).events
    found = events.take(events.template > 0)

    assert np.allclose(found.novelty, [1, 1 / 2, 1 / 3, 1 / 4])
    assert (np.diff(found.time) > 0).all()


def test_a_later_file_changes_no_earlier_novelty(tmp_path: Path) -> None:
    """What comes after has no influence."""
    paths = write(tmp_path, a_log=odd("b.org/y", 20, 21), b_log=odd("a.org/x", 1, 5, 9))
    part, whole = (read_history(some).events for some in (paths[1:], paths))

    early = [batch.take((batch.template > 0) & (batch.time < START - 240)).novelty.tolist() for batch in (part, whole)]
    assert early[0] == early[1] != []


def test_the_vantage_is_that_of_the_source(tmp_path: Path) -> None:
    """The lines do not say it."""
    paths = write(tmp_path, a_log=access("a.example", 1))

    assert set(read_history(paths, Source(vantage="eu")).events.text("vantage")) == {"eu"}


def test_a_file_that_nothing_recognises_does_not_stop_the_others(tmp_path: Path) -> None:
    """It is reported."""
    history = read_history(write(tmp_path, a_log=access("a.example", 1), b_txt="dear diary\n" * 30, c_log=""))

    assert len(history.events) == 6
    assert [bool(report.fault) for report in history.files] == [False, True, False]


def test_a_file_that_breaks_off_keeps_what_was_read(tmp_path: Path) -> None:
    """And says so."""
    whole = gzip.compress(access("a.example", *range(59)).encode() * 40)
    (tmp_path / "cut.gz").write_bytes(whole[: len(whole) * 2 // 3])
    history = read_history([tmp_path / "cut.gz"])

    assert len(history.events) > 100
    assert "cannot be read on" in history.files[0].fault


@pytest.mark.parametrize(("name", "said"), [("absent.log", "no such file"), (".", "directory")])
def test_what_is_no_file_is_one_clear_error(tmp_path: Path, name: str, said: str) -> None:
    """Before anything is read."""
    with pytest.raises(InputError, match=said):
        read_history([tmp_path / name])


def test_no_event_at_all_is_an_error(tmp_path: Path) -> None:
    """Not an empty answer."""
    with pytest.raises(InputError, match=r"a\.txt|no fetch"):
        read_history(write(tmp_path, a_txt="dear diary\n" * 30))


def test_lines_with_a_wrong_clock_are_left_out_and_counted(tmp_path: Path) -> None:
    """One stands four hours before all around it."""
    text = access("a.example", 1, 2) + access("a.example", 3)[:200].replace(":22:", ":18:").split("\n")[0] + "\n"
    (path,) = write(tmp_path, a_log=text + access("a.example", 4, 5))
    [(batch, report)] = [read_log(log, Source()) for log in logs(path)]

    assert len(batch) == 24
    assert report.skipped == {"clock jump": 1}


@pytest.mark.parametrize(
    ("minutes", "wrong"),
    [
        ([*range(10)], []),
        ([*range(6), 900, *range(6, 12)], [6]),
        ([*range(6), -900, *range(6, 12)], [6]),
        ([*range(6), *range(600, 606)], []),  # a real gap
        ([*range(10), 600], []),  # the first line after one
        ([*range(600, 606), *range(6)], []),  # two logs, the later one first
        ([900, 0, 1], []),  # too few to say who is right
    ],
)
def test_a_wrong_clock_is_out_of_order_and_alone(minutes: list[int], wrong: list[int]) -> None:
    """Anything else is taken as it is."""
    assert np.flatnonzero(jumps(np.array(minutes) * 60.0)).tolist() == wrong


@pytest.mark.parametrize(
    ("days", "wrong"),
    [
        ([0, 1, 2], []),
        ([0, 1, 2, 3, 4000], [4]),
        ([-9000, 0, 1, 2], [0]),
        ([0, 90], []),
        ([*range(6), *range(60, 66)], []),
    ],
)
def test_a_few_events_of_another_year_are_strays(days: list[int], wrong: list[int]) -> None:
    """The rest is the history."""
    assert np.flatnonzero(strays(np.array(days) * 86400.0)).tolist() == wrong


def test_a_build_whose_log_just_ends_ended_well_only_later() -> None:
    """A failed one says so itself, and one that is not the last line was followed by something."""
    ended = jobs(1, 2, line=np.array([9, 10]))
    failed = at(3, kind=Kind.JOB, outcome=Outcome.FAILED, line=10)

    assert (settle(ended, 10).time - ended.time).tolist() == [0.0, END_GRACE_S]
    assert settle(failed, 10).time[0] == START + 180
