"""Remedy ``warm``: fill the warm store with what the owner's projects need, while the upstream still answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from predictor.errors import RemedyError
from predictor.http import Outbound
from predictor.protocols import Decision, Plan
from predictor.remedies import gosum
from predictor.remedies.gosum import GoSum
from predictor.remedies.warm_store import WarmStore


class WarmRemedy:
    """Warms a directory from a GOPROXY.

    Args:
        dir: folder of the warm store.
        projects: folders with a go.sum; what they demand is warmed.
        source: GOPROXY base URL; ``""`` is ``https://<upstream of the decision>``.
        allow_hosts: hosts that may resolve to private addresses.
        minimum: coverage (0..1) from which on the warming counts as verified.
    """

    name = "warm"

    def __init__(
        self,
        dir: str,  # noqa: A002 - the key of the configuration
        projects: Sequence[str],
        source: str = "",
        allow_hosts: Sequence[str] = (),
        minimum: float = 1.0,
    ) -> None:
        self._projects, self._source, self._minimum = [Path(project) for project in projects], source, minimum
        self.store = WarmStore(Path(dir), Outbound(timeout_s=20.0, allow_hosts=allow_hosts))

    def plan(self, decision: Decision) -> Plan:
        """Which modules would be fetched from where."""
        source = self._source or f"https://{decision.key[1]}"
        coverage = self.store.coverage(self._wanted())
        step = f"fetch {coverage.needed - coverage.held} of {coverage.needed} module versions from {source}"
        return Plan(self.name, [f"{step} into {self.store.root}"], {"source": source})

    def apply(self, plan: Plan) -> None:
        """Fetch, verify, publish. Raises RemedyError when nothing at all could be fetched."""
        report = self.store.warm(self._wanted(), str(plan.values["source"]))
        if report.failed and not report.fetched and not report.kept:
            raise RemedyError(f"nothing could be warmed: {next(iter(report.failed.values()))}")

    def verify(self, plan: Plan) -> bool:
        """Whether the store covers at least the minimum of what the projects need."""
        del plan
        return self.store.coverage(self._wanted()).share >= self._minimum

    def revert(self, plan: Plan) -> None:
        """Nothing to undo: a verified module stays good, and the next outage finds it there."""
        del plan

    def _wanted(self) -> GoSum:
        return GoSum.union(gosum.read(project / "go.sum") for project in self._projects)
