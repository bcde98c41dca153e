"""``fetchcast serve`` as it is installed: real logs in, real pipeline, a model made by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.serve.handmade import minute, write_model

ROOT = Path(__file__).resolve().parents[2]


class Service:
    """``fetchcast serve`` over one data folder; it can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        write_model(folder / "model")
        (folder / "fetchcast.toml").write_text(f'model = "{folder}/model"\n[service]\ndata_dir = "{folder}/data"\n')
        self._folder = folder
        self.start()

    def start(self) -> None:
        """Start it and wait until it says where it listens."""
        argv = [sys.executable, "-c", "from predictor.cli import main; main()", "serve", "--port", "0"]
        argv += ["--clock", "event", "--config", str(self._folder / "fetchcast.toml")]
        with (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        first = self.process.stdout.readline()
        assert first.startswith("listening on "), (self._folder / "log").read_text()
        self.address = first.split()[-1]

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.communicate(timeout=20)

    def ask(self, path: str, body: bytes | None = None) -> dict[str, Any]:
        """One request's JSON."""
        with urlopen(f"{self.address}{path}", data=body, timeout=30) as answer:  # noqa: S310 - loopback
            return dict(json.load(answer))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A running service."""
    made = Service(tmp_path)
    yield made
    made.kill()


RISK = "/v1/risk?upstream=proxy.example:443"


def test_a_degradation_becomes_a_warning_a_decision_and_advice(service: Service) -> None:
    for number in range(40):
        taken = service.ask("/v1/logs", minute(number, requests=300))
    calm = service.ask(RISK)
    for number in range(40, 46):
        service.ask("/v1/logs", minute(number, failing=1 / 300, requests=300))
    sick = service.ask(RISK)
    first = service.ask("/v1/decisions")["decisions"][-1]

    assert (taken["lines"], taken["events"], taken["skipped"]) == (300, 300, {})
    assert (calm["state"], calm["warning"]) == ("ok", False)
    assert calm["risk"]["15m"] < 0.1
    assert sick["risk"]["15m"] > 0.5
    assert (sick["state"], sick["warning"]) == ("ok", True)
    assert (first["upstream"], first["action"]) == ("proxy.example:443", "warn")
    assert service.ask("/v1/advice?upstream=proxy.example:443")["deadline_s"] == 300


def test_after_kill_9_it_knows_what_it_knew(service: Service) -> None:
    for number in range(40):
        service.ask("/v1/logs", minute(number, failing=0.05 * (number > 36)))
    before = service.ask(RISK), service.ask("/v1/decisions")
    service.kill()
    service.start()

    assert (service.ask(RISK), service.ask("/v1/decisions")) == before


def test_logs_in_pieces_give_what_the_whole_log_gives(service: Service) -> None:
    whole = b"".join(minute(number) for number in range(5))
    pieces = [whole[at : at + 7001] for at in range(0, len(whole), 7001)]
    events = 0
    for i, piece in enumerate(pieces):
        final = "true" if i == len(pieces) - 1 else "false"
        events += service.ask(f"/v1/logs?source=access.log&final={final}", piece)["events"]

    assert events == 300
