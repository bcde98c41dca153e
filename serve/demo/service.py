"""The service of the demo: a real ``fetchcast serve`` in a process of its own, asked over HTTP like in production."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from predictor.config import environment
from predictor.errors import FetchcastError, OutboundError
from predictor.http import Outbound
from serve.demo.recording import Piece

START_S = 60.0
STOP_S = 15.0
SECRET_ENV = "FETCHCAST_DEMO_SECRET"  # noqa: S105 - the name of a variable


class Service:
    """Start, ask and stop a service.

    Args:
        config: path of its TOML file.
        log: file that takes its log.
        secret: what webhooks are signed with.
    """

    def __init__(self, config: Path, log: Path, secret: str) -> None:
        command = [sys.executable, "-c", "from predictor.cli import main; main()", "serve"]
        self._log = log.open("wb")
        self._process = subprocess.Popen(
            [*command, "--port", "0", "--clock", "event", "--config", str(config)],
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**environment(), SECRET_ENV: secret},
        )
        self._http = Outbound(timeout_s=30.0, allow_private=True)
        try:
            self.url = self._address()
        except FetchcastError:
            self.stop()
            raise

    def send(self, piece: Piece) -> None:
        """Post some lines of a log. Raises OutboundError."""
        query = {"source": piece.source, "job": piece.job, "final": str(piece.final).lower()}
        kept = {name: value for name, value in query.items() if value}
        answer = self._http.post(f"{self.url}/v1/logs?{urlencode(kept)}", piece.data)
        if answer.status not in {200, 202}:
            raise OutboundError(f"{piece.source}: HTTP {answer.status} {answer.body[:200].decode(errors='replace')}")

    def ask(self, path: str, **query: str) -> dict[str, Any]:
        """GET a JSON document. Raises OutboundError."""
        answer = self._http.get(f"{self.url}{path}?{urlencode(query)}")
        if answer.status != 200:
            raise OutboundError(f"{path}: HTTP {answer.status}")
        body: dict[str, Any] = json.loads(answer.body)
        return body

    def wait(self) -> None:
        """Wait until the service ends or the user interrupts."""
        self._process.wait()

    def stop(self) -> None:
        """Ask it to stop, and make sure that it did."""
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_S)
        self._reader.join(STOP_S)  # the pipe has its end now
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()
        self._http.close()

    def _address(self) -> str:
        lines: queue.Queue[bytes] = queue.Queue()
        self._reader = threading.Thread(target=self._read, args=(lines,), daemon=True)
        self._reader.start()
        until = time.monotonic() + START_S
        while time.monotonic() < until and self._process.poll() is None:
            try:
                line = lines.get(timeout=0.2).decode()
            except queue.Empty:
                continue
            if "listening on " in line:
                return line.split("listening on ", 1)[1].split()[0]
        last = Path(self._log.name).read_text(errors="replace").splitlines()[-1:]  # the folder goes when the demo ends
        raise FetchcastError(f"the service did not start: {''.join(last) or 'it said nothing'}")

    def _read(self, lines: queue.Queue[bytes]) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it was asked for as a pipe
        for line in self._process.stdout:
            lines.put(line)
