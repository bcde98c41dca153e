"""``fetchcast risk``: the gate of a CI job. Unknown never breaks a build unless its owner says so."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import Annotated, Any

import typer

from predictor.client import DEFAULT_SERVER, ServiceClient
from predictor.config import secret
from predictor.errors import OutboundError

EXIT_UNKNOWN = 3
EXIT_RISKY = 10


class OnUnknown(StrEnum):
    """What to do when no risk is known."""

    PROCEED = "proceed"
    FAIL = "fail"


class Output(StrEnum):
    """How the answer is printed."""

    TEXT = "text"
    JSON = "json"


def risk(
    upstream: Annotated[str, typer.Option(help="Host that the build fetches from, e.g. proxy.golang.org.")],
    maximum: Annotated[float, typer.Option("--max", min=0.0, max=1.0, help="Highest 15-minute risk to go on.")] = 0.5,
    server: Annotated[str, typer.Option(help="The Fetchcast service.", envvar="FETCHCAST_SERVER")] = DEFAULT_SERVER,
    vantage: Annotated[str, typer.Option(help="Where the build runs; all vantages when unsaid.")] = "",
    on_unknown: Annotated[OnUnknown, typer.Option(help="What to do when no risk is known.")] = OnUnknown.PROCEED,
    token_env: Annotated[str, typer.Option(help="Environment variable that holds the token.")] = "",
    timeout: Annotated[float, typer.Option(min=0.1, max=60.0, help="Seconds to wait for the service.")] = 5.0,
    output: Annotated[Output, typer.Option("--format", help="text for people, json for machines.")] = Output.TEXT,
) -> None:
    """Ask the service how likely an outage of an upstream is, before fetching from it.

    Exit codes: 0 go on, 10 the risk is above --max (or an outage is under way), 3 unknown and
    --on-unknown fail, 2 wrong usage.

    Examples:

      fetchcast risk --upstream proxy.golang.org && go build ./...

      fetchcast risk --upstream athens.corp:3000 --max 0.3 --on-unknown fail --format json
    """
    answer = ask(ServiceClient(server, secret(token_env), timeout), upstream, vantage)
    value = answer["risk"]
    verdict = "unknown" if value is None else "risky" if value > maximum else "proceed"
    if output is Output.JSON:
        sys.stdout.write(json.dumps({**answer, "max": maximum, "verdict": verdict}) + "\n")
    else:
        sys.stdout.write(sentence(answer, verdict, maximum) + "\n")
    if verdict == "unknown":
        if on_unknown is OnUnknown.FAIL:
            raise typer.Exit(EXIT_UNKNOWN)
        sys.stderr.write(f"fetchcast: warning: {answer['reason']}; going on (--on-unknown proceed)\n")
    elif verdict == "risky":
        raise typer.Exit(EXIT_RISKY)


def ask(client: ServiceClient, upstream: str, vantage: str) -> dict[str, Any]:
    """``upstream``, ``risk`` (15-minute risk or None), ``state``, ``reason`` and the service's whole answer."""
    try:
        body = client.risk(upstream, vantage)
    except OutboundError as error:
        return {"upstream": upstream, "risk": None, "state": "unknown", "reason": str(error), "answer": None}
    risks = body.get("risk") or {}
    value = risks.get("15m")
    reason = body.get("reason") or ("" if value is not None else "the service knows no risk")
    return {
        "upstream": upstream,
        "risk": value,
        "state": body.get("state", "unknown"),
        "reason": reason,
        "answer": body,
    }


def sentence(answer: dict[str, Any], verdict: str, maximum: float) -> str:
    """The answer for people."""
    name, value = answer["upstream"], answer["risk"]
    if verdict == "unknown":
        return f"{name}: risk unknown"
    if answer["state"] == "outage":
        return f"{name}: an outage is under way; ask 'fetchcast advise --upstream {name}' what to set"
    if verdict == "risky":
        return (
            f"{name}: risk of an outage within 15 minutes is {value:.0%}, above {maximum:.0%}; "
            f"ask 'fetchcast advise --upstream {name}' what to set"
        )
    return f"{name}: risk of an outage within 15 minutes is {value:.0%}; go on"
