"""What happens beside the origin's answers while a recording runs: closed ports, full disks, reloads, frozen hosts.

Every tick each place (listener, mirror, disk, version control) is brought into the state that its fault asks for; a
share of 0.3 means that it is in that state for 0.3 of the ticks.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from training.laboratory.disk import empty, fill
from training.laboratory.mirror import Mirror
from training.laboratory.origin import Origin
from training.laboratory.scenarios import Scenario
from training.laboratory.vcs import GitDaemon

TICK_S = 0.25  # real seconds; a place stays in a state for a whole tick


@dataclass(frozen=True, slots=True)
class Parts:
    """The running parts of a recording."""

    origin: Origin
    addresses: tuple[tuple[str, int], ...]  # of the origin, one per replica
    mirror: Mirror
    disk: Path  # folder of the mirror's cache and of what fills its disk
    git: GitDaemon | None = None


class Actions:
    """Carries out the faults and events of one scenario; ``level(where)`` gives (kind, strength) at present."""

    def __init__(
        self, plan: Scenario, parts: Parts, minute: Callable[[], float], level: Callable[[str], tuple[str, float]]
    ) -> None:
        self._parts, self._minute, self._level = parts, minute, level
        self._rng = random.Random(f"actions {plan.name}")
        self._small_disk = plan.tmpfs_mb > 0
        events = [(minute, "purge") for minute in plan.purge] + [(minute, "reload") for minute in plan.reload]
        self._todo = sorted(events)

    async def keep(self) -> None:
        """Act until cancelled."""
        while True:
            await self._events()
            await self._listener(shut=self._hit("listener"))
            await self._mirror(down=self._hit("mirror"))
            await self._version_control(hit=self._hit("vcs"))
            if self._small_disk:
                await asyncio.to_thread(fill, self._parts.disk / "filler", self._level("disk")[1])
            await asyncio.sleep(TICK_S)

    def _hit(self, where: str) -> bool:
        return self._rng.random() < self._level(where)[1]

    async def _events(self) -> None:
        while self._todo and self._todo[0][0] <= self._minute():
            if self._todo.pop(0)[1] == "reload":
                self._parts.mirror.reload()
            else:
                await asyncio.to_thread(empty, self._parts.disk / "cache")

    async def _listener(self, *, shut: bool) -> None:
        if shut:
            await self._parts.origin.close()
            return
        for number, (host, port) in enumerate(self._parts.addresses):
            await self._parts.origin.listen(number, host, port)

    async def _mirror(self, *, down: bool) -> None:
        await (self._parts.mirror.stop() if down else self._parts.mirror.start())

    async def _version_control(self, *, hit: bool) -> None:
        git = self._parts.git
        if git is None:
            return
        if hit and self._level("vcs")[0] == "vcs_refused":
            await git.stop()
            return
        await git.start()
        git.freeze(frozen=hit)
