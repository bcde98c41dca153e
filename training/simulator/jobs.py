"""What each job of a world will ask for: drawn before the run, so that faults change answers and never questions."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from predictor.events import Op
from training.simulator.load import arrivals
from training.simulator.world import TICK_S, Acts, Fault, Pool, World


@dataclass(slots=True)
class Request:
    """One request on its way; ``module`` -1 is a module that nobody has."""

    start: float
    op: int
    module: int
    cache: int = 0
    cause: int = 0
    first: int = 0  # cause of the newest try that failed
    tries: int = 0
    ended: bool = False
    killed: bool = False
    holds: bool = False  # a slot of the proxy


@dataclass(slots=True)
class Job:
    """One build: its phases as (op, modules), and how far it is."""

    number: int
    pool: int
    start: float
    deadline: float
    width: int
    build_s: float
    own: bool  # fails on its own: a compile error, or a module that is not there
    phases: list[tuple[int, list[int]]] = field(default_factory=list)
    phase: int = -1
    index: int = 0
    open: int = 0
    cause: int = 0
    fetches: int = 0


def plan_jobs(world: World, rng: np.random.Generator) -> list[Job]:
    """All jobs of the world in order of start, numbered from 0."""
    jobs: list[Job] = []
    for index, pool in enumerate(world.pools):
        jobs.extend(_job(world, pool, index, start, rng) for start in arrivals(world, index, rng).tolist())
    jobs.sort(key=lambda job: job.start)
    for number, job in enumerate(jobs):
        job.number = number
    return jobs


def _job(world: World, pool: Pool, index: int, start: float, rng: np.random.Generator) -> Job:
    project = pool.projects[int(rng.integers(len(pool.projects)))]
    wanted = project[rng.random(len(project)) >= pool.warm].tolist() if pool.warm > 0 else project.tolist()
    build = float(pool.build_s * np.exp(0.7 * rng.standard_normal())) if pool.build_s > 0 else 0.0
    own = rng.random() < _level(world, Acts.USER, start)
    job = Job(-1, index, start, start + pool.deadline, pool.width, build, bool(own))
    phases = [(int(op), wanted) for op in world.ops]
    if rng.random() < pool.sumdb:
        phases.insert(1, (int(Op.SUMDB), wanted))
    if rng.random() < pool.lists:
        phases.insert(0, (int(Op.LIST), wanted[: 1 + len(wanted) // 4]))
    if rng.random() < _level(world, Acts.BAD_MODULE, start):
        job.own = True
        phases.insert(0, (int(phases[0][0]), [-1]))
    job.phases = phases
    return job


def _level(world: World, acts: Acts, time: float) -> float:
    """Share of jobs that a disturbance of the users touches at ``time``."""
    return max((_at(fault, time) for fault in world.faults if fault.acts is acts), default=0.0)


def _at(fault: Fault, time: float) -> float:
    return float(fault.severity[int(time / TICK_S)] * fault.strength)
