"""One decision in words for people and in values for machines; every channel tells the same story."""

from __future__ import annotations

from typing import Any

from predictor.events import rfc3339
from predictor.protocols import Decision

TITLES = {
    "warn": "Outage of {upstream} is likely within 15 minutes",
    "renew": "Outage of {upstream} is still likely within 15 minutes",
    "outage": "Outage of {upstream} has begun",
    "recovered": "{upstream} has recovered",
    "clear": "Warning for {upstream} is over: no outage came",
    "stuck": "Remedy {remedy} for {upstream} could not be undone",
}
TOLD = ("warn", "outage", "recovered", "stuck")  # what a channel is sent unless its owner says otherwise


def identity(decision: Decision) -> tuple[str, ...]:
    """What sets one message apart from all others of a channel, the same over retries."""
    again = [f"{decision.time:.0f}"] if decision.action == "renew" else []  # said more than once in one episode
    return decision.episode, decision.action, *([decision.remedy] if decision.remedy else []), *again


def title(decision: Decision) -> str:
    """One line."""
    return TITLES[decision.action].format(upstream=decision.key[1], remedy=decision.remedy)


def body(decision: Decision) -> str:
    """Some lines of plain text."""
    lines = [f"Seen from {decision.key[0]} at {rfc3339(decision.time)}."]
    if decision.action in {"warn", "renew", "outage"}:
        lines.append(f"Risk within 15 minutes: {decision.risk:.0%}. Most likely cause: {decision.cause}.")
    if decision.action == "stuck":
        lines.append("It stays in force. The revert is tried again; the audit journal says why it fails.")
    if decision.signals:
        named = ", ".join(f"{name} ({fall:+.0%})" for name, fall in decision.signals)
        lines.append(f"Strongest signals: {named}.")
    lines.append(f"Episode {decision.episode}.")
    return "\n".join(lines)


def payload(decision: Decision) -> dict[str, Any]:
    """JSON-ready values."""
    return {
        "type": f"fetchcast.{decision.action}",
        "timestamp": rfc3339(decision.time),
        "data": {
            "vantage": decision.key[0],
            "upstream": decision.key[1],
            "risk_15m": round(decision.risk, 4),
            "cause": decision.cause,
            "signals": [{"name": name, "effect": round(fall, 4)} for name, fall in decision.signals],
            "episode": decision.episode,
            **({"remedy": decision.remedy} if decision.remedy else {}),
            "title": title(decision),
            "text": body(decision),
        },
    }
