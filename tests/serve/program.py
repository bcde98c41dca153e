"""The service with a scripted loop, as a program that tests start and kill: DATA_DIR [CLOCK]."""

from __future__ import annotations

import sys
from pathlib import Path

from predictor.clock import ManualClock, SystemClock
from predictor.stores import local_url, open_store
from serve import logs
from serve.app import Settings
from serve.command import bind, run
from serve.runtime import Runtime
from tests.serve.scripted import ScriptedLoop


def main() -> None:
    logs.set_up("info")
    folder = Path(sys.argv[1])
    clock = ManualClock() if sys.argv[2:] == ["event"] else None
    runtime = Runtime(ScriptedLoop(), open_store(local_url(folder)), SystemClock(), event_clock=clock, tick_s=0.1)
    run(runtime, Settings(), bind("127.0.0.1", 0), folder / "ready")


if __name__ == "__main__":
    main()
