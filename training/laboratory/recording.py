"""One recording from end to end: build the universe, start origin, name server and mirror, run jobs, write the logs.

Everything listens on loopback addresses of its own (127.x.y.z), so that several recordings can run side by side and
the names in a log stay the same from run to run.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from pathlib import Path

from training.laboratory.actions import Actions, Parts
from training.laboratory.dialects import DIALECTS, Dialect
from training.laboratory.disk import small_disk
from training.laboratory.dns import NameServer
from training.laboratory.faults import KINDS
from training.laboratory.jobs import DEADLINE, Order, Place, Result, job
from training.laboratory.mirror import Mirror, MirrorPlan
from training.laboratory.orders import prepare
from training.laboratory.origin import Origin
from training.laboratory.real_parts import LaboratoryError, Tools
from training.laboratory.scenarios import Scenario
from training.laboratory.vcs import GitDaemon, make_repository, private_environment

MIRROR_PORT, ORIGIN_PORT, DNS_PORT = 8080, 3000, 5353
RUNNERS = 20  # jobs that run at the same time; more wait, as in a pool of runners
UNIVERSE_SEED = 20260301
SIZE = (160, 24)  # modules, projects


@dataclass(frozen=True, slots=True)
class Raw:
    """What a recording saw from one vantage, on the real clock."""

    start: float  # real epoch seconds of log minute 0
    mirror: str  # "address:port", as in GOPROXY
    origins: tuple[str, ...]  # as in upstream_addr
    results: tuple[Result, ...]
    errors: tuple[tuple[float, str], ...]
    hits: dict[str, int]
    dialect: Dialect
    nginx: Path  # folder in which the mirror wrote its logs
    vantage: str = "default"
    vcs: str = ""  # the version control host, where there is one
    reached: bool = True  # whether the fault reaches this vantage


class Recorder:
    """Runs one scenario. ``dilation`` is log seconds per real second."""

    def __init__(self, plan: Scenario, home: Path, tools: Tools, dilation: float, size: tuple[int, int] = SIZE) -> None:
        self._plan, self._home, self._tools, self._dilation = plan, home, tools, dilation
        self._rng = random.Random(plan.seed * 7919 + sum(plan.name.encode()))
        net = f"127.{20 + self._rng.randrange(200)}.{self._rng.randrange(256)}"
        self._mirrors = [f"{net}.{8 + 10 * number}" for number in range(plan.pools)]
        self._hosts = {"dns": f"{net}.53", "git": f"{net}.9"}
        self._origins = [f"{net}.{20 + number}" for number in range(plan.replicas)]
        self._private = make_repository(home / "git", self._hosts["git"]) if plan.private else None
        self._work = prepare(home, UNIVERSE_SEED, size, self._private)
        self._start = 0.0
        self._results: list[Result] = []
        self._runners = asyncio.Semaphore(RUNNERS)

    def minute(self) -> float:
        """The present in log minutes; before the start it is negative, so that no fault acts."""
        return (time.time() - self._start) * self._dilation / 60.0 if self._start else -1.0

    def level(self, where: str) -> tuple[str, float]:
        """The strongest fault of a place: (kind, strength), ("", 0.0) when there is none."""
        minute = self.minute()
        levels = [(fault.level(minute), fault.kind) for fault in self._plan.faults if KINDS[fault.kind].where == where]
        strength, kind = max(levels, default=(0.0, ""))
        return (kind, strength) if strength > 0 else ("", 0.0)

    async def run(self) -> list[Raw]:
        """Record; gives what each vantage saw. Parts are stopped whatever happens.

        Raises:
            LaboratoryError: a real part is missing or does not start.
        """
        with small_disk(self._folder("disk"), self._plan.tmpfs_mb):
            return await self._run()

    async def _run(self) -> list[Raw]:
        plan = self._plan
        origin = Origin(self._home / "proxy", plan.faults, plan.capacity, self.minute, self._dilation, plan.seed)
        origin.know(self._mirrors if plan.pools > 1 else ())
        mirrors = [self._mirror(number) for number in range(plan.pools)]
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: NameServer(self._origins[0], lambda: self.level("dns"), plan.seed), (self._hosts["dns"], DNS_PORT)
        )
        git = GitDaemon(self._home / "git", self._hosts["git"]) if plan.private else None
        addresses = tuple((host, ORIGIN_PORT) for host in self._origins)
        services: list[Mirror | GitDaemon] = [*mirrors, *([git] if git else [])]
        parts = Parts(origin, addresses, mirrors[-1], self._folder("disk"), git)
        try:
            for number, (host, port) in enumerate(addresses):
                await origin.listen(number, host, port)
            for service in services:
                await service.start()
            await self._warm_up(f"http://{self._origins[0]}:{ORIGIN_PORT}")
            self._start = time.time()
            await self._while_acting(Actions(plan, parts, self.minute, self.level))
        finally:
            for service in services:
                await service.stop()
            await origin.close()
            transport.close()
        return [self._raw(number, mirror, origin) for number, mirror in enumerate(mirrors)]

    def _raw(self, pool: int, mirror: Mirror, origin: Origin) -> Raw:
        sides = {fault.side for fault in self._plan.faults}
        return Raw(
            self._start,
            f"{self._mirrors[pool]}:{MIRROR_PORT}",
            tuple(f"{host}:{ORIGIN_PORT}" for host in self._origins),
            tuple(result for result in self._results if result.order.pool == pool),
            tuple(mirror.errors),
            dict(sorted(origin.hits.items())),
            DIALECTS[self._plan.dialect],
            self._folder(f"nginx-{pool}"),
            f"pool-{'ab'[pool]}" if self._plan.pools > 1 else "default",
            vcs=self._hosts["git"] if self._private else "",
            reached=self._plan.pools == 1 or not sides or bool(sides & {-1, pool}),
        )

    def _mirror(self, pool: int) -> Mirror:
        """The mirror of a pool; the last one has the disk that can fill up."""
        last = pool == self._plan.pools - 1
        cache = self._folder("disk" if last else f"disk-{pool}") / "cache"
        return Mirror(self._mirror_plan(pool), DIALECTS[self._plan.dialect], self._folder(f"nginx-{pool}"), cache)

    def _mirror_plan(self, pool: int) -> MirrorPlan:
        plan = self._plan
        return MirrorPlan(
            self._mirrors[pool],
            MIRROR_PORT,
            [f"{host}:{ORIGIN_PORT}" for host in self._origins],
            plan.topology,
            ttl_s=plan.ttl_min * 60.0 / self._dilation,
            read_timeout_s=60.0 / self._dilation,
            connect_timeout_s=10.0 / self._dilation,
            resolver=f"{self._hosts['dns']}:{DNS_PORT}" if plan.dns else "",
            bind=self._mirrors[pool] if plan.pools > 1 else "",
            combined=plan.combined,
        )

    def _folder(self, name: str) -> Path:
        folder = self._home / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    async def _while_acting(self, actions: Actions) -> None:
        """Run the jobs while faults act; an error of the acting ends the recording, it would be a lie otherwise."""
        keeper, jobs = asyncio.create_task(actions.keep()), asyncio.create_task(self._jobs())
        done, _ = await asyncio.wait((keeper, jobs), return_when=asyncio.FIRST_COMPLETED)
        for task in {keeper, jobs} - done:
            task.cancel()
        await asyncio.gather(keeper, jobs, return_exceptions=True)
        for task in done:
            task.result()

    async def _warm_up(self, proxy: str) -> None:
        """Compile every project once, so that later builds only fetch.

        Raises:
            LaboratoryError: a project does not build though nothing is wrong.
        """
        for order in self._work.all_builds():
            result = await self._run_job(order, proxy, 60.0)
            if result.exit != 0:
                lines = " | ".join(line for _, line in result.lines)
                raise LaboratoryError(f"{order.project.name} does not build: {lines}")

    async def _run_job(self, order: Order, proxy: str, deadline_s: float) -> Result:
        extra = private_environment(self._hosts["git"]) if self._private else {}
        return await job(order, Place(self._tools.go, self._home, proxy, deadline_s, extra))

    async def _jobs(self) -> None:
        """Start jobs at random times until the recording is over, then wait for those that run."""
        running: set[asyncio.Task[None]] = set()
        number = 0
        while self.minute() < self._plan.minutes:
            gap_min = self._rng.expovariate(self._plan.rate_at(self.minute()))
            await asyncio.sleep(min(gap_min, 5.0) * 60.0 / self._dilation)
            task = asyncio.create_task(self._one(self._work.draw(self._plan, number, self.minute(), self._rng)))
            running.add(task)
            task.add_done_callback(running.discard)
            number += 1
        await asyncio.gather(*running)

    async def _one(self, order: Order) -> None:
        async with self._runners:
            deadline = self._plan.deadline_min * 60.0 / self._dilation
            proxy = f"http://{self._mirrors[order.pool]}:{MIRROR_PORT}"
            self._results.append(await self._run_job(order, proxy, deadline))


def is_broken(result: Result) -> bool:
    """Whether infrastructure broke this job: it was killed, or failed though what it asked for was right.

    A job that asked for what does not exist is broken too when it did not even get the 404 that it deserved.
    """
    if result.exit == DEADLINE:
        return True
    deserved = result.order.intent != "normal" and any("404 Not Found" in line for _, line in result.lines)
    return result.exit != 0 and not deserved
