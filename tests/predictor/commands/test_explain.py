"""``fetchcast explain`` and ``fetchcast templates`` as a user calls them."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.predictor.archives.made import tarred, zipped

OUTAGE = "go: a.b/c@v1.0.0: reading https://proxy.golang.org/a.b/c/@v/v1.0.0.mod: 503 Service Unavailable\n"
UNKNOWN = "go: a.b/c@v1.0.0: flux capacitor drained\n"
FINDING = {"cause", "outcome", "host", "phase", "module", "version", "class", "remedy", "confidence", "evidence", "why"}


def run(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    argv = [sys.executable, "-c", "from predictor.cli import main; main()", *arguments]
    return subprocess.run(argv, input=given, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(name="log")
def a_log(tmp_path: Path) -> Path:
    """A log with an outage in its second line."""
    path = tmp_path / "build.log"
    path.write_text(f"+ go build\n{OUTAGE}")
    return path


def test_json_has_the_documented_shape(log: Path) -> None:
    """One object: outage, primary, findings with evidence."""
    said = json.loads(run("explain", str(log), "--format", "json").stdout)

    assert (said["outage"], said["primary"]) == (True, 0)
    assert set(said["findings"][0]) == FINDING
    assert said["findings"][0]["evidence"] == {"line": 2, "text": OUTAGE.strip()}


def test_several_files_give_a_line_each_in_order(log: Path, tmp_path: Path) -> None:
    """Each with its file; a file that cannot be read costs only itself, and exit code 2."""
    other = tmp_path / "other.log"
    other.write_text("ok\n")

    done = run("explain", str(log), str(tmp_path / "nope.log"), str(other), "--format", "json")

    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["file"], row["primary"]) for row in rows] == [(str(log), 0), (str(other), None)]
    assert done.returncode == 2
    assert "nope.log" in done.stderr


def test_every_member_of_an_archive_is_explained_in_order(tmp_path: Path) -> None:
    """Each with its file, though one file was named; so does the text."""
    path = tmp_path / "logs.zip"
    path.write_bytes(zipped({"1_test.txt": b"ok\n", "0_build.txt": OUTAGE.encode(), "build/1_Run.txt": b"ok\n"}))

    done, text = run("explain", str(path), "--format", "json"), run("explain", str(path)).stdout

    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["file"], row["primary"]) for row in rows] == [(f"{path}/1_test.txt", None), (f"{path}/0_build.txt", 0)]
    assert (done.returncode, "build/1_Run.txt" in done.stderr) == (0, True)
    assert [line.partition(": ")[0] for line in text.splitlines() if line.startswith("/")] == [
        row["file"] for row in rows
    ]


def test_of_a_damaged_archive_what_can_be_read_is_explained(tmp_path: Path) -> None:
    """And what cannot is named."""
    path = tmp_path / "logs.tar.gz"
    path.write_bytes(gzip.compress(tarred({"a.log": OUTAGE.encode(), "b.log": b"ok\n" * 9}))[:-40])

    done = run("explain", str(path), "--format", "json")

    assert json.loads(done.stdout.splitlines()[0])["file"] == f"{path}/a.log"
    assert (done.returncode, "logs.tar.gz" in done.stderr) == (2, True)


def test_text_says_what_whose_fault_and_what_to_do(log: Path) -> None:
    """The answer fits on a screen and ends with commands."""
    text = run("explain", str(log)).stdout

    assert "OUTAGE (http_5xx) at proxy.golang.org: infrastructure, not your code" in text
    assert "line 2" in text
    assert "export GOPROXY=" in text


@pytest.mark.parametrize(
    ("text", "flags", "code"),
    [(OUTAGE, [], 0), (OUTAGE, ["--exit-code"], 1), ("ok\n", ["--exit-code"], 0), ("ok\n", [], 0)],
)
def test_exit_codes(text: str, flags: list[str], code: int) -> None:
    """0 when the log was read; 1 for an outage only when asked for."""
    assert run("explain", "-", *flags, given=text).returncode == code


def test_templates_lists_what_no_family_knows(tmp_path: Path) -> None:
    """Counts add up over calls in the table that is kept."""
    log, state = tmp_path / "x.log", tmp_path / "templates.json"
    log.write_text(UNKNOWN + OUTAGE)

    run("templates", str(log), "--state", str(state))
    done = run("templates", str(log), "--state", str(state), "--format", "json")

    assert [json.loads(line)["count"] for line in done.stdout.splitlines()] == [2]
    assert "flux capacitor drained" in done.stdout


def test_explain_needs_no_heavy_package(log: Path) -> None:
    """It starts fast: neither torch nor a web framework is imported."""
    code = (
        "import sys; from predictor.commands.explain import explain_log; explain_log(b'go: x');"
        "print(sorted({'torch', 'sklearn', 'fastapi', 'httpx2', 'pydantic'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
