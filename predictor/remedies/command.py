"""Remedy ``command``: the owner's own program, called as argv without a shell, with a time limit.

The decision goes to its standard input as JSON; the phase (``apply``, ``verify``, ``revert``) replaces ``{phase}``
and the upstream ``{upstream}`` in the argv. Exit code 0 is success.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence

from predictor.errors import RemedyError
from predictor.protocols import Decision, Plan


class CommandRemedy:
    """Runs a program for each phase.

    Args:
        argv: program and arguments; ``{phase}`` and ``{upstream}`` are filled in inside arguments.
        timeout_s: time limit of one run, seconds.
        verify: whether the program is also called with phase ``verify``.
    """

    name = "command"

    def __init__(self, argv: Sequence[str], timeout_s: float = 30.0, verify: bool = False) -> None:
        if isinstance(argv, str) or not argv:
            raise ValueError("argv is a list: program, then arguments")
        self._argv, self._timeout_s, self._verifies = tuple(argv), timeout_s, verify

    def plan(self, decision: Decision) -> Plan:
        """The argv that would be run."""
        values = {
            "time": decision.time,
            "vantage": decision.key[0],
            "upstream": decision.key[1],
            "action": decision.action,
            "risk": decision.risk,
            "cause": decision.cause,
            "episode": decision.episode,
        }
        return Plan(self.name, [" ".join(self._filled("apply", decision.key[1]))], values)

    def apply(self, plan: Plan) -> None:
        """Run with phase ``apply``. Raises RemedyError on exit codes other than 0 and on the time limit."""
        self._run("apply", plan)

    def verify(self, plan: Plan) -> bool:
        """Run with phase ``verify`` where the owner asked for it; True otherwise."""
        if not self._verifies:
            return True
        try:
            self._run("verify", plan)
        except RemedyError:
            return False
        return True

    def revert(self, plan: Plan) -> None:
        """Run with phase ``revert``. Raises RemedyError as ``apply`` does."""
        self._run("revert", plan)

    def _filled(self, phase: str, upstream: str) -> list[str]:
        # The upstream comes from a log, so it must not be able to pass for an option of the program.
        safe = upstream if not upstream.startswith("-") else f"./{upstream}"
        return [part.replace("{phase}", phase).replace("{upstream}", safe) for part in self._argv]

    def _run(self, phase: str, plan: Plan) -> None:
        argv = self._filled(phase, str(plan.values["upstream"]))
        payload = json.dumps({**plan.values, "phase": phase}).encode()
        try:
            done = subprocess.run(argv, input=payload, capture_output=True, timeout=self._timeout_s, check=False)
        except subprocess.TimeoutExpired as error:
            raise RemedyError(f"{argv[0]}: {phase} not finished within {self._timeout_s:.0f} s") from error
        except OSError as error:
            raise RemedyError(f"{argv[0]}: {error.strerror}") from error
        if done.returncode:
            detail = done.stderr.decode(errors="replace").strip()[-300:]
            raise RemedyError(f"{argv[0]}: {phase} ended with exit code {done.returncode}: {detail}")
