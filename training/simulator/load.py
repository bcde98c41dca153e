"""When jobs arrive: a Poisson stream under a daily and weekly curve, times what the load faults add."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from training.simulator.world import TICK_S, Acts, Pool, World

DAY = 86_400.0


def curve(world: World, time: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Load relative to its weekly mean at ``time`` (seconds since the world began); mean close to 1, never below 0.03.

    Office hours of one continent with a dip at noon, and weekends at a third, mixed with flat by ``world.daily``.
    """
    moment = world.epoch + time
    hour = (moment % DAY) / 3600.0
    day = np.floor(moment / DAY).astype(np.int64) % 7  # 0 is a Thursday: the epoch was one
    office = np.exp(-0.5 * ((hour - 10.5) / 2.2) ** 2) + 0.9 * np.exp(-0.5 * ((hour - 15.5) / 2.4) ** 2)
    shape = (0.15 + office) / 0.68 * np.where((day == 2) | (day == 3), 0.33, 1.25)
    return np.maximum(0.03, 1.0 - world.daily + world.daily * shape)


def arrivals(world: World, index: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Start times of the jobs of pool ``index``, sorted, in seconds; Poisson by tick."""
    pool: Pool = world.pools[index]
    time = np.arange(world.ticks, dtype=np.float64) * TICK_S
    rate = pool.jobs_per_min / 60.0 * curve(world, time)
    for fault in world.faults:
        if fault.acts is Acts.LOAD and (not fault.pools or index in fault.pools):
            rate = rate * (1.0 + fault.severity * fault.strength)
    counts = rng.poisson(rate * TICK_S)
    starts = np.repeat(time, counts) + rng.uniform(0.0, TICK_S, int(counts.sum()))
    starts.sort()
    return starts[starts < world.duration]
