"""``fetchcast parse`` as a user calls it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.predictor.archives.made import piped, tarred, zipped

LINE = '10.0.0.1 - - [22/Nov/2026:07:50:02 +0000] "GET /a.b/c/@v/v1.0.%d.zip HTTP/1.1" 503 35 "-" "Go" rt=0.5 ua=up:1\n'


def run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    argv = [sys.executable, "-c", "from predictor.cli import main; main()", "parse", *arguments]
    return subprocess.run(argv, input=given, capture_output=True, timeout=120, check=False)


@pytest.fixture(name="logs")
def three_logs(tmp_path: Path) -> list[str]:
    """Logs of 10, 20 and 30 failed fetches, the last one compressed."""
    paths = [tmp_path / f"{number}.log" for number in (1, 2, 3)]
    for number, path in enumerate(paths, 1):
        text = "".join(LINE % i for i in range(10 * number)).encode()
        path.write_bytes(gzip.compress(text) if number == 3 else text)
    return [str(path) for path in paths]


def test_json_is_one_event_a_line_in_the_order_of_the_call(logs: list[str]) -> None:
    done = run("--format", "json", *logs)
    events = [json.loads(line) for line in done.stdout.splitlines()]

    assert (done.returncode, len(events)) == (0, 60)
    assert [event["line"] for event in events] == [*range(1, 11), *range(1, 21), *range(1, 31)]


def test_the_table_shows_the_first_events_and_counts_all(logs: list[str]) -> None:
    text = run(*logs).stdout.decode()

    assert "... 40 more; all of them with --format json" in text
    assert "up:1      fetch  failed   http_5xx  60      100.0 %" in text


def test_csv_has_a_header_and_a_row_per_event(logs: list[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(run("--format", "csv", logs[0]).stdout.decode())))

    assert (len(rows), rows[0]["outcome"], rows[0]["latency_s"]) == (10, "failed", "0.5")


def test_standard_input_is_read_with_what_the_call_says() -> None:
    plain = (LINE % 1).replace(" ua=up:1", "").encode()
    done = run("-", "--format", "json", "--vantage", "eu", "--upstream", "proxy.golang.org", given=plain)

    event = json.loads(done.stdout)

    assert (event["vantage"], event["upstream"]) == ("eu", "proxy.golang.org")


@pytest.mark.parametrize(("readable", "code"), [(True, 1), (False, 2)])
def test_unreadable_files_are_told_and_cost_no_other_file(
    logs: list[str], tmp_path: Path, readable: bool, code: int
) -> None:
    done = run("--format", "json", str(tmp_path), str(tmp_path / "none.log"), *(logs[:1] if readable else []))

    assert (done.returncode, len(done.stdout.splitlines())) == (code, 10 if readable else 0)
    assert b"none.log: No such file" in done.stderr


@pytest.mark.parametrize("archive", [zipped, piped, tarred])
def test_members_of_an_archive_are_logs_like_other_files(
    logs: list[str], tmp_path: Path, archive: Callable[..., bytes]
) -> None:
    inside = {"0_build.txt": (LINE % 7).encode() * 5, "build/1_Run.txt": (LINE % 7).encode() * 5, "2_odd.txt": b"odd\n"}
    (tmp_path / "logs.zip").write_bytes(archive(inside))
    done = run("--format", "json", logs[0], str(tmp_path / "logs.zip"))

    assert (done.returncode, len(done.stdout.splitlines())) == (1, 15)
    said = done.stderr.decode()
    assert "logs.zip/0_build.txt: nginx, 5 lines, 5 events\n" in said
    assert "logs.zip: left out: 1 step logs whose job's whole log is there (build/1_Run.txt)\n" in said
    assert "logs.zip/2_odd.txt:1: no format recognises this log" in said


def test_an_archive_of_which_something_is_left_out_was_read(tmp_path: Path) -> None:
    (tmp_path / "logs.zip").write_bytes(zipped({"d/": b"", "a.log": (LINE % 7).encode()}))

    assert run(str(tmp_path / "logs.zip")).returncode == 0


def test_skipped_lines_and_unknown_times_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "athens.log"
    path.write_text(
        "INFO[7:10AM]: incoming request\thttp-method=GET http-path=/a.b/c/@v/list http-status=200 request-id=1 \n"
    )

    assert b"1 events without a time: give --start" in run(str(path)).stderr
    assert b"2026-11-22T07:10:00Z" in run(str(path), "--start", "2026-11-22T00:00:00Z").stdout


@pytest.mark.parametrize("arguments", [["--start", "soon"], ["--log-format", "ngnix"], ["--config", "missing.toml"]])
def test_a_wrong_call_is_one_line_and_exit_code_2(logs: list[str], arguments: list[str]) -> None:
    done = run(*arguments, logs[0])

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_the_configuration_maps_fields_and_names(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text('[formats.nginx-json]\nstatus = "ended"\n[aliases]\n"up:1" = "origin"\n')
    line = b'{"ts":1795333802,"uri":"/a.b/c/@v/list","ended":200,"upstream_addr":"up:1"}\n'

    done = run("-", "--format", "json", "--log-format", "nginx-json", "--config", str(tmp_path / "c.toml"), given=line)

    assert json.loads(done.stdout)["upstream"] == "origin"
