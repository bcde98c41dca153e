"""The version control host is a real git daemon that the real go command fetches a private module from."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from training.laboratory.jobs import DEADLINE, Order, Place, Result, job
from training.laboratory.modules import gomod_text, package_text
from training.laboratory.real_parts import LaboratoryError, find_tools
from training.laboratory.vcs import VERSION, GitDaemon, make_repository, private_environment

HOST = "127.31.7.9"

pytestmark = pytest.mark.real("go")


def after(home: Path, trouble: str) -> Result:
    """A download of a project that needs the private module, with the host in ``trouble``."""
    try:
        go = find_tools().go
    except LaboratoryError as error:
        pytest.skip(str(error))
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    module = make_repository(home / "git", HOST)
    project = home / "project"
    project.mkdir()
    (project / "go.mod").write_bytes(gomod_text("example.com/p", {module.path: VERSION}, (module.path,)))
    (project / "go.sum").write_text("".join(f"{line}\n" for line in module.sums))
    (project / "app.go").write_bytes(package_text("app", (module.path,)))

    async def session() -> Result:
        daemon = GitDaemon(home / "git", HOST)
        await daemon.start()
        await asyncio.sleep(0.3)
        if trouble == "stop":
            await daemon.stop()
        daemon.freeze(frozen=trouble == "freeze")
        deadline = 2.0 if trouble == "freeze" else 60.0
        try:
            return await job(Order(0, project, "download"), Place(go, home, "off", deadline, private_environment(HOST)))
        finally:
            await daemon.stop()

    return asyncio.run(session())


def test_a_private_module_comes_from_the_host(tmp_path: Path) -> None:
    """No proxy is asked: GOPROXY is off, and the sums of go.sum are verified."""
    result = after(tmp_path, "")

    assert (result.exit, result.lines) == (0, ())


def test_a_host_that_is_down_fails_the_job(tmp_path: Path) -> None:
    """Go tries the protocols that it may use, and finds none."""
    result = after(tmp_path, "stop")

    assert result.exit == 1
    assert result.lines


def test_a_frozen_host_hangs_the_job(tmp_path: Path) -> None:
    """Git has no time limit, so the deadline of the job ends it."""
    assert after(tmp_path, "freeze").exit == DEADLINE
