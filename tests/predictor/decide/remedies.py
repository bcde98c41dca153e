"""Small real remedies: a file is there while they are in force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from predictor.errors import RemedyError
from predictor.protocols import Decision, Plan

FAULTS: dict[str, Callable[[], Exception]] = {
    "an error of the tree": lambda: RemedyError("the mirror is not reachable"),
    "a defect": lambda: KeyError("endpoint"),
}


@dataclass
class FileSwitch:
    """Writes a file to act and removes it to undo; a step that is in ``broken`` raises what it finds there."""

    path: Path
    good: bool = True
    broken: dict[str, Exception] = field(default_factory=dict)
    name: str = "switch"

    @property
    def on(self) -> bool:
        return self.path.exists()

    def plan(self, decision: Decision) -> Plan:
        self._fail("plan")
        return Plan(self.name, [f"switch {decision.key[1]}"])

    def apply(self, plan: Plan) -> None:
        self.path.write_text(plan.steps[0])
        self._fail("apply")

    def verify(self, plan: Plan) -> bool:
        self._fail("verify")
        return self.good

    def revert(self, plan: Plan) -> None:
        self._fail("revert")
        self.path.unlink(missing_ok=True)

    def _fail(self, step: str) -> None:
        if step in self.broken:
            raise self.broken[step]
