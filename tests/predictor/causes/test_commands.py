"""What is advised is exact, safe to paste, and never lowers security."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from predictor.causes import diagnose_message
from predictor.causes.commands import commands
from predictor.causes.family import Family, families

UNSAFE = re.compile(
    r"GOSUMDB=\"?off|GONOSUM(?:DB|CHECK)|GOINSECURE|-insecure|sslVerify|GIT_SSL_NO_VERIFY|--no-check|rm go\.sum"
)


@pytest.mark.parametrize("family", families(), ids=lambda family: family.id)
def test_no_advice_lowers_security(family: Family) -> None:
    """Neither the commands nor the reason say to switch a check off."""
    found = diagnose_message(family.example)

    assert found is not None
    assert not UNSAFE.search("\n".join([*commands(found), found.why]))


@pytest.mark.parametrize("family", [one for one in families() if one.remedy != "none"], ids=lambda family: family.id)
def test_every_remedy_has_commands(family: Family) -> None:
    """A remedy without a command would leave the reader alone."""
    found = diagnose_message(family.example)

    assert found is not None
    assert commands(found)


def test_a_private_proxy_gets_no_public_fallback() -> None:
    """Module paths behind a private proxy may be secrets."""
    found = diagnose_message("go: a.b/c@v1.0.0: reading https://p.corp.example/a.b/c/@v/v1.0.0.mod: 503 X")

    assert found is not None
    assert not any("proxy.golang.org" in line or "goproxy." in line for line in commands(found))


def test_names_from_the_log_cannot_run_commands() -> None:
    """A pasted log may be hostile."""
    found = diagnose_message(
        "go: a.b/c@v1.0.0: verifying module: reading https://sum.golang.org/lookup/a.b/c@v1.0.0: 410 Gone"
    )

    assert found is not None
    lines = commands(replace(found, module="$(touch x)`id`;a.b/c\nrm", version="v1 && reboot"))
    assert not re.search(r"[$`;&\n]", "".join(line for line in lines if "download" in line))
