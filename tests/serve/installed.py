"""``fetchcast serve`` as it is installed, over one data folder, with a model made by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.serve.handmade import write_model

ROOT = Path(__file__).resolve().parents[2]


class Service:
    """``fetchcast serve`` over one data folder; it can be killed and started again."""

    def __init__(self, folder: Path, more: str = "") -> None:
        write_model(folder / "model")
        text = f'model = "{folder}/model"\n[service]\ndata_dir = "{folder}/data"\n{more}'
        (folder / "fetchcast.toml").write_text(text)
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
