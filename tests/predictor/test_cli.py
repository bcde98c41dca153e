"""The table of commands."""

from __future__ import annotations

import subprocess
import sys

import pytest

from predictor import cli
from predictor.errors import FetchcastError


def test_every_command_of_the_table_can_be_loaded() -> None:
    """No name in the table points nowhere."""
    assert all(callable(cli.load(name)) for name in cli.COMMANDS)


def test_an_unknown_command_gets_a_hint() -> None:
    """The nearest name is offered."""
    with pytest.raises(FetchcastError, match="did you mean 'replay'"):
        cli.load("repaly")


def test_the_list_of_commands_imports_none_of_them() -> None:
    """So that it is there at once."""
    code = "import sys; from predictor import cli; cli.usage(); print([m for m in sys.modules if m in HEAVY])"
    code = code.replace("HEAVY", repr(["numpy", "typer", "rich", "predictor.commands.parse"]))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_help_has_examples_and_exit_codes(name: str) -> None:
    """A newcomer reads it first."""
    done = subprocess.run(
        [sys.executable, "-c", "from predictor.cli import main; main()", name, "--help"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "Example" in done.stdout
    assert "xit code" in done.stdout


def test_an_unreachable_service_is_unknown_and_its_owner_decides() -> None:
    """Going on is the default, since a safety net must not break builds."""
    base = [sys.executable, "-c", "from predictor.cli import main; main()", "risk", "--upstream", "x"]
    server = ["--server", "http://127.0.0.1:9"]

    go_on = subprocess.run([*base, *server], capture_output=True, text=True, check=False)
    fail = subprocess.run([*base, *server, "--on-unknown", "fail"], capture_output=True, text=True, check=False)

    assert (go_on.returncode, fail.returncode) == (0, 3)
    assert "warning" in go_on.stderr
