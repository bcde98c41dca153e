"""A version control host on loopback: a real git daemon with one private module, which GOPRIVATE keeps off the proxies.

The go command reaches it as ``git://`` because GOINSECURE names the host, and nothing else; no proxy is involved, so
only CI logs tell of its faults.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from training.laboratory.modules import gomod_text, h1, package_text
from training.laboratory.real_parts import LaboratoryError

VERSION = "v1.3.0"
GIT_PORT = 9418  # the only one that a git:// path without a port can mean
WHEN = "2025-11-03T09:00:00+00:00"


@dataclass(frozen=True, slots=True)
class PrivateModule:
    """A module that only the version control host has."""

    path: str
    sums: tuple[str, ...]  # its lines of go.sum


def run_git(folder: Path, *arguments: str) -> None:
    """Run git in ``folder`` with a fixed author and date and nobody's configuration.

    Raises:
        LaboratoryError: git failed or is not installed.
    """
    git = shutil.which("git")
    if git is None:
        raise LaboratoryError("git not found: install git from your distribution")
    people = {f"GIT_{role}_{what}": "lab@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    dates = {"GIT_AUTHOR_DATE": WHEN, "GIT_COMMITTER_DATE": WHEN}
    closed = {"HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.defpath}
    done = subprocess.run(
        [git, *arguments], cwd=folder, env={**people, **dates, **closed}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise LaboratoryError(f"git {arguments[0]}: {done.stderr.strip()}")


def make_repository(base: Path, host: str) -> PrivateModule:
    """Write a repository with one tagged module below ``base``, to be reached at ``host``."""
    path = f"{host}/team/shared.git"
    files = {"go.mod": gomod_text(path, {}, ()), "doc.go": package_text("shared", ())}
    work = base / "team" / "shared.git"
    work.mkdir(parents=True)
    for name, data in files.items():
        (work / name).write_bytes(data)
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "shared"), ("tag", VERSION)):
        run_git(work, *arguments)
    named = {f"{path}@{VERSION}/{name}": data for name, data in files.items()}
    sums = (f"{path} {VERSION} {h1(named)}", f"{path} {VERSION}/go.mod {h1({'go.mod': files['go.mod']})}")
    return PrivateModule(path, sums)


def private_environment(host: str) -> Mapping[str, str]:
    """What a job sets to fetch from this host: private, and plain git:// allowed for it alone."""
    return {"GOPRIVATE": host, "GOINSECURE": host, "GIT_TERMINAL_PROMPT": "0"}


class GitDaemon:
    """One running ``git daemon``, which can be stopped (refused) or frozen (hangs)."""

    def __init__(self, base: Path, host: str) -> None:
        self._base, self._host = base, host
        self._process: asyncio.subprocess.Process | None = None
        self._frozen = False

    async def start(self) -> None:
        """Start it; does nothing when it runs."""
        if self._process is not None:
            return
        self._process = await asyncio.create_subprocess_exec(
            "git",
            "daemon",
            "--export-all",
            "--reuseaddr",
            f"--base-path={self._base}",
            f"--listen={self._host}",
            f"--port={GIT_PORT}",
            str(self._base),
            start_new_session=True,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def stop(self) -> None:
        """End it with its children; does nothing when it does not run."""
        if self._process is None:
            return
        self.freeze(frozen=False)
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            self._frozen = False
        await self._process.wait()
        self._process = None

    def freeze(self, *, frozen: bool) -> None:
        """Let it accept connections and never answer, or wake it up."""
        if self._process is None or frozen == self._frozen:
            return
        os.killpg(self._process.pid, signal.SIGSTOP if frozen else signal.SIGCONT)
        self._frozen = frozen
