"""Scenarios as values: everything that defines one recording. The catalogue draws them from (kind, shape, seed)."""

from __future__ import annotations

from dataclasses import dataclass

from training.laboratory.faults import Fault
from training.laboratory.origin import Capacity

HEALTHY = Capacity()
FOLDER_NAME = str.maketrans("_:,+", "----")


@dataclass(frozen=True, slots=True)
class Burst:
    """More jobs than usual between two log minutes: ``factor`` times the rate, the extra ones of this ``intent``."""

    start: float
    end: float
    factor: float
    intent: str = "normal"
    ramp: bool = False  # grow linearly from 1 to ``factor``


@dataclass(frozen=True, slots=True)
class Scenario:
    """One recording. Minutes are log minutes from its beginning."""

    kind: str
    shape: str
    seed: int
    benign: bool
    minutes: float
    onset: float
    end: float
    topology: str
    faults: tuple[Fault, ...] = ()
    capacity: Capacity = HEALTHY
    rate: float = 1.4  # jobs per log minute
    loads: tuple[Burst, ...] = ()
    dialect: int = 0
    combined: bool = False
    dns: bool = False
    replicas: int = 1  # addresses of the origin
    pools: int = 1  # runner pools (vantages), each with a mirror of its own
    private: bool = False  # most projects need a module that only a version control host has
    ttl_min: float = 15.0
    deadline_min: float = 10.0
    unsummed: float = 0.03  # share of jobs (of those that can) that have no go.sum and ask the checksum database
    purge: tuple[float, ...] = ()  # minutes at which the mirror's cache is emptied
    reload: tuple[float, ...] = ()  # minutes at which nginx reloads
    gap: tuple[float, float] = (0.0, 0.0)  # log lines of these minutes are lost
    tmpfs_mb: int = 0  # size of the mirror's cache disk; 0: no disk of its own

    @property
    def name(self) -> str:
        """Folder name of the recording."""
        kind = self.kind.translate(FOLDER_NAME)
        return f"benign-{kind}-{self.seed}" if self.benign else f"{kind}-{self.shape}-{self.seed}"

    def rate_at(self, minute: float) -> float:
        """Jobs per log minute at ``minute``."""
        rate = self.rate
        for load in self.loads:
            if load.start <= minute < load.end:
                progress = (minute - load.start) / (load.end - load.start) if load.ramp else 1.0
                rate *= 1.0 + (load.factor - 1.0) * progress
        return rate

    def intent_at(self, minute: float, draw: float) -> str:
        """Why a job that starts at ``minute`` would fail by itself; ``draw`` is uniform in 0..1."""
        for load in self.loads:
            if load.intent != "normal" and load.start <= minute < load.end and draw < 1.0 - 1.0 / load.factor:
                return load.intent
        return "user_error" if draw > 0.985 else "normal"
