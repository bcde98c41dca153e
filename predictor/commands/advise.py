"""``fetchcast advise``: what a build that starts now should set, as lines that a shell or a CI system takes."""

from __future__ import annotations

import json
import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from predictor.client import DEFAULT_SERVER, ServiceClient
from predictor.config import environment, secret
from predictor.errors import ConfigError, OutboundError


class Output(StrEnum):
    """Where the lines go and how they are spelt."""

    ENV = "env"
    GITHUB = "github"
    JSON = "json"


def advise(
    upstream: Annotated[str, typer.Option(help="Host that the build fetches from.")],
    server: Annotated[str, typer.Option(help="The Fetchcast service.", envvar="FETCHCAST_SERVER")] = DEFAULT_SERVER,
    vantage: Annotated[str, typer.Option(help="Where the build runs.")] = "",
    token_env: Annotated[str, typer.Option(help="Environment variable that holds the token.")] = "",
    timeout: Annotated[float, typer.Option(min=0.1, max=60.0, help="Seconds to wait for the service.")] = 5.0,
    output: Annotated[Output, typer.Option("--format", help="env, github ($GITHUB_ENV) or json.")] = Output.ENV,
) -> None:
    """Print what a build that starts now should set, GOPROXY first. Nothing is printed when nothing should change.

    Reasons go to standard error. A service that cannot be reached changes nothing: exit code 0 and a warning.
    Exit codes: 0 done, 2 wrong usage.

    Examples:

      env $(fetchcast advise --upstream proxy.golang.org) go build ./...

      fetchcast advise --upstream proxy.golang.org --format github
    """
    try:
        body = ServiceClient(server, secret(token_env), timeout).advice(upstream, vantage)
    except OutboundError as error:
        sys.stderr.write(f"fetchcast: warning: {error}; nothing is changed\n")
        body = {"env": {}, "why": [str(error)], "goproxy": ""}
    if output is Output.JSON:
        sys.stdout.write(json.dumps(body) + "\n")
        return
    for reason in body.get("why", []):
        sys.stderr.write(f"# {reason}\n")
    lines = variables(body)
    if output is Output.GITHUB:
        append_github(lines, environment().get("GITHUB_ENV", ""))
        return
    for name, value in lines.items():
        sys.stdout.write(f"{name}={shlex.quote(value)}\n")


def variables(body: dict[str, Any]) -> dict[str, str]:
    """The variables of an advice, GOPROXY first; values with line breaks are refused.

    Raises:
        ConfigError: a value could not be set safely.
    """
    env = {str(name): str(value) for name, value in (body.get("env") or {}).items()}
    for name, value in env.items():
        if not name.isidentifier() or "\n" in value or "\r" in value:
            raise ConfigError(f"the service's advice for {name!r} cannot be set safely")
    return dict(sorted(env.items(), key=lambda item: item[0] != "GOPROXY"))


def append_github(lines: dict[str, str], target: str) -> None:
    """Append to the file that GitHub Actions reads variables of later steps from.

    Raises:
        ConfigError: not inside GitHub Actions, or the file cannot be written.
    """
    if not target:
        raise ConfigError("GITHUB_ENV is not set: --format github works inside GitHub Actions")
    try:
        with Path(target).open("a", encoding="utf-8") as file:
            file.writelines(f"{name}={value}\n" for name, value in lines.items())
    except OSError as error:
        raise ConfigError(f"{target}: {error.strerror}") from error
