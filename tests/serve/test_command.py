"""The service as a process: addresses, signals, and what survives kill -9."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from predictor.config import Config, RemedySection, Service
from predictor.errors import ConfigError
from serve.command import bind, mode_of, overridden, token_of
from tests.serve.scripted import line

ROOT = Path(__file__).resolve().parents[2]
PROCESSES: list[subprocess.Popen[str]] = []


@pytest.fixture(autouse=True)
def _ended() -> Iterator[None]:
    """No process outlives its test."""
    yield
    while PROCESSES:
        process = PROCESSES.pop()
        process.kill()
        process.communicate(timeout=20)


def started(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """A service over ``folder`` and its address."""
    argv = [sys.executable, "-m", "tests.serve.program", str(folder)]
    process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    PROCESSES.append(process)
    assert process.stdout is not None
    first = process.stdout.readline()
    assert first.startswith("listening on http://127.0.0.1:"), first
    return process, first.split()[-1]


def ask(address: str, path: str, body: bytes | None = None) -> dict[str, object]:
    """One request's JSON."""
    with urlopen(f"{address}{path}", data=body, timeout=20) as answer:  # noqa: S310 - loopback
        return dict(json.load(answer))


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    process, address = started(tmp_path)
    for n in range(20):
        ask(address, "/v1/logs", line(f"host{n}"))
    process.kill()
    process.wait(20)
    _, address = started(tmp_path)

    assert len(ask(address, "/v1/upstreams")["upstreams"]) == 20  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_peace(tmp_path: Path, number: int) -> None:
    process, address = started(tmp_path)
    ready = (tmp_path / "ready").read_text()
    process.send_signal(number)

    assert process.wait(20) == 0
    assert ready == f"{address}\n"
    assert not (tmp_path / "ready").exists()


def test_a_request_under_way_is_answered_before_the_end(tmp_path: Path) -> None:
    process, address = started(tmp_path)
    host, port = address.removeprefix("http://").split(":")
    body = line()
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        head = f"POST /v1/logs HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
        connection.sendall(head.encode())
        connection.recv(100)  # 100 Continue: the app is reading the body
        process.send_signal(signal.SIGTERM)
        connection.sendall(body)
        answer = connection.recv(1000)

    assert answer.startswith(b"HTTP/1.1 200")
    assert process.wait(20) == 0


def test_bytes_that_are_no_http_do_not_end_it(tmp_path: Path) -> None:
    _, address = started(tmp_path)
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(os.urandom(2000) + b"\r\n\r\n")
        connection.recv(1000)

    assert ask(address, "/healthz")["status"] == "ok"


def test_a_wrong_request_over_the_wire_is_a_problem(tmp_path: Path) -> None:
    _, address = started(tmp_path)

    with pytest.raises(HTTPError) as caught:
        ask(address, "/v1/logs?format=nonsense", line())
    assert caught.value.code == 415
    caught.value.close()


def test_a_public_address_without_a_token_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FETCHCAST_TOKEN", raising=False)

    with pytest.raises(ConfigError, match="FETCHCAST_TOKEN"):
        token_of(Service(host="192.0.2.1"), named=False)


def test_loopback_needs_no_token_but_a_named_one_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FETCHCAST_TOKEN", raising=False)

    assert token_of(Service(), named=False) == ""
    with pytest.raises(ConfigError):
        token_of(Service(), named=True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--help"], "Examples:"),
        (["--host", "192.0.2.1"], "FETCHCAST_TOKEN"),
        (["--token-env", "NOT_SET"], "NOT_SET"),
        (["--config", "/no/such.toml"], "/no/such.toml"),
        (["--port", "0", "--data-dir", "/proc/none"], "/proc/none"),
    ],
)
def test_the_command_says_what_is_wrong_in_one_line(options: list[str], said: str) -> None:
    argv = [sys.executable, "-c", "from predictor.cli import main; main()", "serve", *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FETCHCAST")}
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, env=environment, timeout=60, check=False)

    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == (0 if options == ["--help"] else 2)


def test_an_address_in_use_is_named() -> None:
    taken = bind("127.0.0.1", 0)
    port = taken.getsockname()[1]
    with pytest.raises(ConfigError, match=f"127.0.0.1:{port}"):
        bind("127.0.0.1", port)
    taken.close()


@pytest.mark.parametrize("host", ["no such host", "192.0.2.77"])
def test_an_address_that_is_not_ours_is_named(host: str) -> None:
    with pytest.raises(ConfigError, match=host):
        bind(host, 0)


def test_options_go_over_the_file_and_leave_the_rest() -> None:
    config = Config(service=Service(port=1, data_dir="/kept"))
    changed = overridden(config, port=2, host=None)

    assert (changed.service.port, changed.service.data_dir, changed.service.host) == (2, "/kept", "127.0.0.1")


@pytest.mark.parametrize(("modes", "mode"), [((), "dry-run"), (("dry-run",), "dry-run"), (("dry-run", "on"), "on")])
def test_one_remedy_that_acts_makes_the_service_act(modes: tuple[str, ...], mode: str) -> None:
    remedies = tuple(RemedySection(kind="command", mode=each) for each in modes)

    assert mode_of(Config(remedies=remedies)) == mode
