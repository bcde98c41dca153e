"""What a real go command prints, against a real (loopback) module proxy that misbehaves as told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.predictor.formats.go_logs import Fault, brief, module_proxy, read, run_go

pytestmark = pytest.mark.real("go")


def _events(folder: Path, faults: dict[str, Fault], *command: str) -> tuple[str, list[dict[str, object]]]:
    with module_proxy(faults) as proxy:
        code, output = run_go(folder, proxy, *command)
    return proxy, read(output + f"rc={code}\n".encode())


def test_a_good_trace_is_six_fetches_with_latencies_and_a_good_job(tmp_path: Path) -> None:
    proxy, rows = _events(tmp_path, {}, "mod", "download", "-x")

    assert brief(rows, "kind", "outcome") == [("fetch", "ok")] * 6 + [("job", "ok")]
    assert sorted(row["op"] for row in rows) == ["info", "info", "mod", "mod", "none", "zip", "zip"]
    assert {row["module"] for row in rows[:6]} == {"example.com/a", "example.com/Burnt/b"}
    assert all(row["upstream"] == proxy and row["status"] == 200 for row in rows[:6])
    assert all(row["latency_s"] is not None for row in rows[:6])


@pytest.mark.parametrize(
    ("fault", "outcome", "cause"),
    [
        ((503, b"over capacity\n"), "failed", "http_5xx"),
        ((429, b"slow down\n"), "failed", "http_429"),
        ((404, b"not found: fetch timed out\n"), "failed", "http_404_410_missing"),
        ((404, b"not found: unknown revision v1.0.0\n"), "missing", "version_unknown"),
        ("short", "failed", "truncated_body"),
        ("reset", "failed", "tcp_reset"),
    ],
)
@pytest.mark.parametrize("command", [("build", "."), ("build", "-json", ".")])
def test_a_bad_zip_is_one_failed_fetch_and_a_failed_job(
    tmp_path: Path, command: tuple[str, ...], fault: Fault, outcome: str, cause: str
) -> None:
    proxy, rows = _events(tmp_path, {"/a/@v/v1.0.0.zip": fault}, *command)
    bad = [row for row in rows if row["kind"] == "fetch" and row["outcome"] != "ok"]
    job = [row for row in rows if row["kind"] == "job" and row["upstream"] == proxy]

    assert brief(bad, "op", "module", "outcome", "upstream") == [("zip", "example.com/a", outcome, proxy)]
    assert brief(bad, "cause") == [(cause,)] or outcome == "missing"
    assert brief(job, "outcome") == [(outcome,)]


def test_a_trace_and_its_error_are_one_failed_fetch(tmp_path: Path) -> None:
    _, rows = _events(tmp_path, {"/a/@v/v1.0.0.mod": (500, b"")}, "mod", "download", "-x")
    bad = [row for row in rows if row["kind"] == "fetch" and row["outcome"] == "failed"]

    assert brief(bad, "op", "module", "status") == [("mod", "example.com/a", 500)]


def test_a_body_that_dies_after_200_is_a_second_fetch_that_failed(tmp_path: Path) -> None:
    _, rows = _events(tmp_path, {"/a/@v/v1.0.0.zip": "short"}, "mod", "download", "-x")
    zips = [row for row in rows if row["op"] == "zip" and row["module"] == "example.com/a"]

    assert brief(zips, "outcome", "cause") == [("ok", "none"), ("failed", "truncated_body")]


def test_a_refused_connection_is_named_by_trace_and_job(tmp_path: Path) -> None:
    with module_proxy({}) as proxy:
        pass  # the port is free again: connections are refused
    code, output = run_go(tmp_path, proxy, "mod", "download", "-x")
    rows = read(output + f"rc={code}\n".encode())

    assert {row["cause"] for row in rows} == {"tcp_refused"}
    assert brief(rows[-1:], "kind", "upstream", "outcome") == [("job", proxy, "failed")]


@pytest.mark.parametrize("command", [("mod", "tidy"), ("list", "-deps", ".")])
def test_plain_commands_give_a_fetch_per_download(tmp_path: Path, command: tuple[str, ...]) -> None:
    _, rows = _events(tmp_path, {}, *command)
    fetches = [row for row in rows if row["kind"] == "fetch"]

    assert sorted(brief(fetches, "op", "module")) == [("zip", "example.com/Burnt/b"), ("zip", "example.com/a")]
    assert {row["outcome"] for row in rows} == {"ok"}
