"""CI jobs: real go commands of several projects, each with its own module cache and a deadline.

The output is kept line by line with the moment at which each line arrived, as a CI system stamps it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from training.laboratory.sumdb import verifier_key

RUNNER_HOME = "/home/runner"  # what the folder of caches and work trees is called in logs
DEADLINE = "deadline"  # how a job ended that was killed
COMMANDS: dict[str, tuple[str, ...]] = {
    "download": ("mod", "download"),
    "download-x": ("mod", "download", "-x"),
    "build": ("build", "./..."),
    "tidy": ("mod", "tidy"),
    "tidy-x": ("mod", "tidy", "-x"),
}


@dataclass(frozen=True, slots=True)
class Order:
    """One job to run."""

    number: int
    project: Path
    command: str  # a key of COMMANDS, or "get M@V"
    intent: str = "normal"  # normal | user_error | bad_module: who is to blame when it fails
    pool: int = 0  # the runner pool that it runs in
    summed: bool = True  # False: without go.sum, so that the checksum database is asked

    @property
    def argv(self) -> tuple[str, ...]:
        """Arguments of go."""
        return COMMANDS[self.command] if self.command in COMMANDS else tuple(self.command.split())


@dataclass(frozen=True, slots=True)
class Place:
    """Where jobs run."""

    go: Path
    home: Path  # folder for caches and work trees
    proxy: str  # GOPROXY
    deadline_s: float  # real seconds after which a job is killed
    extra: Mapping[str, str]  # more environment


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a job; times in real epoch seconds."""

    order: Order
    start: float
    end: float
    exit: int | str  # exit code, or DEADLINE
    lines: tuple[tuple[float, str], ...]


def go_environment(go: Path, home: Path, proxy: str, cache: Path) -> dict[str, str]:
    """A closed environment: nothing of the caller's leaks in, nothing is fetched from elsewhere."""
    return {
        "PATH": f"{go.parent}:/usr/bin:/bin",
        "HOME": str(home),
        "GOPROXY": proxy,
        "GOMODCACHE": str(cache),
        "GOCACHE": str(home / "go-build"),
        "GOFLAGS": "-trimpath -modcacherw",
        "GOENV": "off",
        "GOSUMDB": verifier_key(),
        "GOTOOLCHAIN": "local",
        "GOMAXPROCS": "2",
        "GOTELEMETRY": "off",
        "CGO_ENABLED": "0",
    }


def kill_group(process: asyncio.subprocess.Process) -> None:
    """End a process and its children; a process that is gone already is fine."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


async def run(order: Order, argv: tuple[str, ...], environment: Mapping[str, str], deadline_s: float) -> Result:
    """Run one go command in its project folder until it ends or ``deadline_s`` real seconds are over."""
    start = time.time()
    process = await asyncio.create_subprocess_exec(
        *argv,
        cwd=order.project,
        env=dict(environment),
        start_new_session=True,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    lines: list[tuple[float, str]] = []

    async def pump() -> None:
        assert process.stdout is not None  # noqa: S101 - it was opened as a pipe
        while line := await process.stdout.readline():
            lines.append((time.time(), line.decode(errors="replace").rstrip("\n")))

    code: int | str = DEADLINE
    try:
        await asyncio.wait_for(asyncio.gather(pump(), process.wait()), deadline_s)
        code = process.returncode if process.returncode is not None else DEADLINE
    except TimeoutError:
        kill_group(process)
        await process.wait()
    return Result(order, start, time.time(), code, tuple(lines))


async def job(order: Order, place: Place) -> Result:
    """Run ``order`` in a copy of its project with a fresh module cache; both are removed afterwards."""
    cache = place.home / "mod" / f"{order.number:04d}"
    work = place.home / "work" / f"{order.number:04d}"
    await asyncio.to_thread(shutil.copytree, order.project, work)
    if not order.summed:
        (work / "go.sum").unlink()
    environment = {**go_environment(place.go, place.home, place.proxy, cache), **place.extra}
    try:
        result = await run(replace(order, project=work), (str(place.go), *order.argv), environment, place.deadline_s)
    finally:
        for folder in (cache, work):
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    lines = tuple((when, line.replace(str(place.home), RUNNER_HOME)) for when, line in result.lines)
    return replace(result, order=order, lines=lines)
