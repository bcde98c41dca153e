"""Whether a useful answer is possible: the store takes a write, and the loop answers and moves on.

Each check has its own time limit. A check that hangs is not started again before it ended, so that probes that
come every few seconds do not fill the process with waiting threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from predictor.errors import FetchcastError
from serve.runtime import Runtime

LIMIT_S = 2.0
OK = "ok"


class Check:
    """One named check.

    Args:
        look: returns ``"ok"`` or the reason why not; may raise FetchcastError.
        limit_s: longest wait for it, seconds.
    """

    def __init__(self, look: Callable[[], str], limit_s: float = LIMIT_S) -> None:
        self._look, self._limit_s = look, limit_s
        self._worker = ThreadPoolExecutor(1)
        self._running: Future[str] | None = None

    async def run(self) -> str:
        """``"ok"`` or the reason why not."""
        if self._running is None or self._running.done():
            self._running = self._worker.submit(self._look)
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self._running)), self._limit_s)
        except TimeoutError:
            return f"no answer within {self._limit_s:g} s"
        except FetchcastError as error:
            return str(error)


def checks(runtime: Runtime) -> dict[str, Check]:
    """The checks of a service by name."""

    def store() -> str:
        runtime.store.put("health", "ready", {"time": runtime.now})
        return OK

    def model() -> str:
        runtime.loop.statuses()
        return runtime.failure or OK

    return {"store": Check(store), "model": Check(model)}
