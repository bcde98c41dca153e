"""Remedy ``advice``: builds that start from now on are told to use the warm store.

It changes one document in the store of the service; ``GET /v1/advice`` and ``fetchcast advise`` read it. A build
that already runs never reads GOPROXY again (measured), so this reaches the next builds only.
"""

from __future__ import annotations

from collections.abc import Callable

from predictor.errors import RemedyError
from predictor.protocols import Decision, Plan, Store

KIND = "switch"


class AdviceRemedy:
    """Publishes or withdraws the switch of one upstream.

    Args:
        store: where the switch is kept.
        goproxy: GOPROXY entry of the warm store to switch to.
        coverage: says what share 0..1 of the projects' modules the warm store was found to hold.
        minimum: coverage from which on builds are switched.
    """

    name = "advice"

    def __init__(self, store: Store, goproxy: str, coverage: Callable[[], float], minimum: float = 1.0) -> None:
        self._store, self._goproxy, self._coverage, self._minimum = store, goproxy, coverage, minimum

    def plan(self, decision: Decision) -> Plan:
        """Which upstream would be switched to what."""
        step = f"advise builds of {decision.key[1]} to set GOPROXY={self._goproxy},..."
        return Plan(self.name, [step], {"upstream": decision.key[1], "episode": decision.episode})

    def apply(self, plan: Plan) -> None:
        """Publish. Raises RemedyError when the warm store holds too little to switch to."""
        coverage = self._coverage()
        if coverage < self._minimum:
            raise RemedyError(f"the warm store holds {coverage:.0%} of what the projects need: builds are not switched")
        value = {"on": True, "goproxy": self._goproxy, "coverage": coverage, "episode": plan.values["episode"]}
        self._store.put(KIND, str(plan.values["upstream"]), value)

    def verify(self, plan: Plan) -> bool:
        """Whether a build that asks now is told."""
        return bool((self._store.get(KIND, str(plan.values["upstream"])) or {}).get("on"))

    def revert(self, plan: Plan) -> None:
        """Withdraw."""
        self._store.put(
            KIND, str(plan.values["upstream"]), {"on": False, "goproxy": "", "coverage": 0.0, "episode": ""}
        )
