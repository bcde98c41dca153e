"""The owner's program is called as argv, bounded in time, and told everything."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from predictor.errors import ConfigError, RemedyError
from predictor.protocols import Decision
from predictor.remedies import build
from predictor.remedies.command import CommandRemedy

WARN = Decision(60.0, ("default", "proxy; rm -rf /"), "warn", 0.8, "http_5xx", episode="e1")
RECORD = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(repr(sys.argv[2:]) + chr(10) + sys.stdin.read())"


def test_it_gets_phase_upstream_and_the_decision(tmp_path: Path) -> None:
    """Text from a log is one argument and never a shell word."""
    seen = tmp_path / "seen"
    remedy = CommandRemedy([sys.executable, "-c", RECORD, str(seen), "{phase}", "{upstream}"])

    remedy.apply(remedy.plan(WARN))
    argv, payload = seen.read_text().split("\n", 1)

    assert argv == repr(["apply", "proxy; rm -rf /"])
    assert json.loads(payload)["episode"] == "e1"


@pytest.mark.parametrize(
    ("code", "reason"),
    [("import sys; sys.exit('no space')", "no space"), ("import time; time.sleep(60)", "not finished within")],
)
def test_a_program_that_fails_or_hangs_is_an_error(code: str, reason: str) -> None:
    """With its own words, and within the time limit."""
    remedy = CommandRemedy([sys.executable, "-c", code], timeout_s=1.0)

    with pytest.raises(RemedyError, match=reason):
        remedy.apply(remedy.plan(WARN))


def test_verification_is_asked_of_the_program_when_the_owner_wants_it() -> None:
    """Exit code 0 is yes."""
    code = "import sys; sys.exit(3)"
    asked = CommandRemedy([sys.executable, "-c", code], verify=True)

    assert asked.verify(asked.plan(WARN)) is False
    assert CommandRemedy(["true"]).verify(asked.plan(WARN)) is True


@pytest.mark.parametrize("options", [{"argv": "rm -rf"}, {"argv": []}, {"args": ["x"]}, {}])
def test_wrong_options_are_a_configuration_error(options: dict[str, object]) -> None:
    """Found at the start."""
    with pytest.raises(ConfigError, match="command"):
        build("command", options)
