"""One TOML file, frozen values, errors that name the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from predictor import config
from predictor.errors import ConfigError


def test_no_file_is_a_valid_configuration() -> None:
    """Remedies are off and the service binds to loopback."""
    loaded = config.load(None, {})

    assert loaded.service.host == "127.0.0.1"
    assert loaded.remedies == ()


def test_a_remedy_is_dry_run_unless_its_owner_says_otherwise(tmp_path: Path) -> None:
    """Naming it is not enough."""
    file = tmp_path / "fetchcast.toml"
    file.write_text('[[remedies]]\nkind = "command"\noptions = { argv = ["true"] }\n')

    assert config.load(file).remedies[0].mode == "dry-run"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[service]\nprot = 1\n", "prot"),
        ('[series]\nbin_s = "a minute"\n', "bin_s"),
        ("[service\n", "fetchcast.toml"),
    ],
)
def test_a_wrong_file_is_named_with_its_key(tmp_path: Path, text: str, word: str) -> None:
    """A misspelt key is an error and not ignored."""
    file = tmp_path / "fetchcast.toml"
    file.write_text(text)

    with pytest.raises(ConfigError, match=word):
        config.load(file)


def test_the_environment_may_name_the_file(tmp_path: Path) -> None:
    """For containers."""
    file = tmp_path / "c.toml"
    file.write_text("[policy]\nthreshold = 0.4\n")

    assert config.load(None, {"FETCHCAST_CONFIG": str(file)}).policy.threshold == 0.4


def test_a_secret_that_is_named_and_not_set_is_an_error() -> None:
    """Else a webhook would go out unsigned."""
    with pytest.raises(ConfigError, match="HOOK_SECRET"):
        config.secret("HOOK_SECRET", {})

    assert config.secret("", {}) == ""
