"""``fetchcast demo`` as a newcomer runs it."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.real("go")
@pytest.mark.timeout(240)
def test_the_demo_keeps_its_promises() -> None:
    """Warning before the outage, control build fails, build under advice succeeds, chat is told; exit code 0."""
    command = [sys.executable, "-c", "from predictor.cli import main; main()", "demo"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    for words in ("lead time:", "Signal:", '"15m"', "file://", "webhook-signature"):
        assert words in done.stdout
