"""How the severity of a fault goes over time: step, ramp, growing flaps; then it holds and goes away."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from training.simulator.spread import WIDE, Spread
from training.simulator.world import TICK_S

SHAPES = ("step", "ramp", "flap")


def severity(
    shape: str,
    ticks: int,
    start: float,
    rise: float,
    hold: float,
    rng: np.random.Generator,
    spread: Spread = WIDE,
) -> npt.NDArray[np.float64]:
    """Severity 0..1 per tick, shape (ticks,): nothing before ``start``, full after ``rise``, over after ``hold`` more.

    A ramp is geometric, as those of the recordings, or linear, late or early (a power of time), and not smooth: leaks
    and crowds come in steps (of time: a step of severity would hide the beginning) and in waves.

    Args:
        shape: one of :data:`SHAPES`.
        ticks: length of the world in ticks.
        start: seconds; rise: seconds of the way up; hold: seconds at the top.
        rng: draws the form of the ramp.
        spread: how many ramps grow by the same factor every minute, and how far; the others go by a power of time.
    """
    time = np.arange(ticks) * TICK_S - start
    over = rise + hold
    if shape == "step":
        return ((time >= 0) & (time < over)).astype(np.float64)
    climb = np.clip(time / max(rise, TICK_S), 0.0, 1.0)
    steps = int(rng.choice([0, 0, 0, 6, 12])) if shape == "ramp" else 0
    climb = np.floor(climb * steps) / steps if steps else climb
    if rng.random() < spread.geometric:
        climb = float(np.exp(rng.uniform(*np.log(spread.growth)))) ** (climb - 1.0)
    else:
        climb = climb ** float(rng.choice([0.7, 1.0, 1.0, 1.5, 2.5]))
    if shape == "flap":
        period = rng.uniform(120.0, 900.0)
        climb = np.where((time % period) / period < 0.15 + 0.85 * climb, np.maximum(climb, 0.3), 0.0)
    else:
        climb = climb * (1.0 + _waves(ticks, rng.uniform(0.0, 0.25), rng))
    fall = rng.choice([TICK_S, 60.0, 300.0])
    climb = climb * np.clip(1.0 - (time - over) / fall, 0.0, 1.0)
    return np.clip(np.where(time >= 0, climb, 0.0), 0.0, 1.0)


def bump(ticks: int, start: float, rise: float, hold: float, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """A disturbance that comes and goes by itself, shape (ticks,), 0..1: up, hold, and down as it came."""
    time = np.arange(ticks) * TICK_S - start
    up = np.clip(time / max(rise, TICK_S), 0.0, 1.0)
    down = np.clip((2 * rise + hold - time) / max(rise, TICK_S), 0.0, 1.0)
    return np.asarray(np.clip(np.minimum(up, down) * (1.0 + _waves(ticks, 0.15, rng)), 0.0, 1.0))


def wander(ticks: int, sigma: float, rng: np.random.Generator, memory_s: float = 1800.0) -> npt.NDArray[np.float64]:
    """A slow factor around 1, shape (ticks,): exp of an Ornstein-Uhlenbeck path with standard deviation ``sigma``."""
    if sigma <= 0:
        return np.ones(ticks)
    keep = np.exp(-TICK_S / memory_s)
    steps = rng.normal(0.0, sigma * np.sqrt(1 - keep**2), ticks).tolist()
    path, value = [], float(rng.normal(0.0, sigma))
    for step in steps:
        value = value * keep + step
        path.append(value)
    return np.asarray(np.exp(np.array(path)))


def _waves(ticks: int, size: float, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    period = rng.uniform(60.0, 600.0)
    return np.asarray(size * np.sin(np.arange(ticks) * TICK_S * 2 * np.pi / period + rng.uniform(0, 2 * np.pi)))
