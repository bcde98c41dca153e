"""An offline rehearsal: the real go command fetches a project from the warm store alone, into an empty cache.

Coverage by file names says that the files are there; only go itself proves that they serve.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from predictor.errors import RemedyError

PROJECT_FILES = ("go.mod", "go.sum")


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How an offline fetch went."""

    ok: bool
    command: tuple[str, ...]
    detail: str


def rehearse(
    project: Path, goproxy: str, *, go: str = "go", environ: Mapping[str, str], timeout_s: float = 300.0
) -> Rehearsal:
    """Run ``go mod download`` for ``project`` with ``GOPROXY=<goproxy>`` alone in an empty module cache.

    Only go.mod and go.sum are looked at, in a copy, so that nothing of the project changes.

    Raises:
        RemedyError: there is no go command, or the project has no go.mod.
    """
    if shutil.which(go) is None:
        raise RemedyError(f"no go command found as '{go}': the rehearsal needs one")
    if not (project / "go.mod").is_file():
        raise RemedyError(f"{project}: no go.mod there")
    with tempfile.TemporaryDirectory(prefix="fetchcast-rehearsal-") as scratch:
        copy = Path(scratch) / "project"
        copy.mkdir()
        for name in PROJECT_FILES:
            if (project / name).is_file():
                shutil.copy(project / name, copy / name)
        command = (go, "mod", "download")
        env = {**environ, **offline(Path(scratch), goproxy)}
        try:
            result = subprocess.run(command, cwd=copy, env=env, capture_output=True, timeout=timeout_s, check=False)
        except subprocess.TimeoutExpired:
            return Rehearsal(ok=False, command=command, detail=f"not finished within {timeout_s:.0f} s")
        _unlock(Path(scratch) / "modcache")
        return Rehearsal(result.returncode == 0, command, _tail(result.stderr))


def offline(scratch: Path, goproxy: str) -> dict[str, str]:
    """The variables of an offline go command with caches of its own."""
    return {
        "GOPROXY": goproxy,  # alone: with ",off" behind it go hides which file is missing
        "GOMODCACHE": str(scratch / "modcache"),
        "GOCACHE": str(scratch / "cache"),
        "GOFLAGS": "-modcacherw",
        "GOENV": "off",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "HOME": str(scratch),
    }


def _unlock(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)


def _tail(text: bytes, lines: int = 5) -> str:
    found: Sequence[str] = text.decode(errors="replace").strip().splitlines()
    return "\n".join(found[-lines:])
