"""A job's output as GitHub Actions shows it: stamped lines, a group around the command, an ``##[error]`` at the end.

The lines of go are real; the frame around them is written after the raw logs of public runners.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from training.laboratory.dilation import LogClock, rewrite_go, stamp_actions
from training.laboratory.jobs import DEADLINE, Result


def frame_before(result: Result, proxy: str, number: int) -> list[str]:
    """What the runner prints before the command."""
    command = " ".join(("go", *result.order.argv))
    return [
        "Current runner version: '2.319.1'",
        "##[group]Operating System",
        "Ubuntu",
        "22.04.5",
        "LTS",
        "##[endgroup]",
        f"Runner name: 'runner-{number % 8:02d}'",
        "Complete job name: build",
        f"##[group]Run {command}",
        f"\x1b[36;1m{command}\x1b[0m",
        "shell: /usr/bin/bash -e {0}",
        "env:",
        f"  GOPROXY: {proxy}",
        "  GOFLAGS: -trimpath -modcacherw",
        "##[endgroup]",
    ]


def frame_after(result: Result, deadline_min: float) -> list[str]:
    """What the runner prints after it."""
    lines = []
    if result.exit == DEADLINE:
        command = " ".join(("go", *result.order.argv))
        lines += [f"##[error]The action 'Run {command}' has timed out after {deadline_min:.0f} minutes."]
    elif result.exit != 0:
        lines += [f"##[error]Process completed with exit code {result.exit}."]
    lines += ["Post job cleanup.", "Cleaning up orphan processes"]
    if result.exit == DEADLINE:
        lines += ["Terminate orphan process: pid (2143) (go)"]
    return lines


def render(result: Result, clock: LogClock, proxy: str, deadline_min: float) -> str:
    """The whole log of one job, on the log clock."""
    return "".join(f"{stamp_actions(seconds)} {line}\n" for seconds, line in _lines(result, clock, proxy, deadline_min))


def _lines(result: Result, clock: LogClock, proxy: str, deadline_min: float) -> Iterator[tuple[float, str]]:
    rng = random.Random(result.order.number)
    seconds = clock.log_time(result.start) - rng.uniform(2.0, 6.0)
    for line in frame_before(result, proxy, result.order.number):
        seconds = min(seconds + rng.expovariate(4.0), clock.log_time(result.start))
        yield seconds, line
    for real, line in result.lines:
        seconds = clock.log_time(real)
        yield seconds, rewrite_go(line, clock)
    seconds = clock.log_time(result.end)
    for line in frame_after(result, deadline_min):
        yield seconds, line
        seconds += rng.expovariate(4.0)
