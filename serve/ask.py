"""The questions: risk, advice, upstreams, decisions, history."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from predictor.errors import ArtifactError
from predictor.events import rfc3339
from serve.answers import (
    AdviceAnswer,
    AuditAnswer,
    DecisionsAnswer,
    HistoryAnswer,
    RiskAnswer,
    UpstreamsAnswer,
    advice_answer,
    audit_entry,
    decision_entry,
    history_point,
    risk_answer,
    unknown_answer,
)
from serve.loop import Status
from serve.runtime import Runtime

HOST = r"^[!-~]+$"  # printable ASCII without blanks: host, host:port, unix:/path

Upstream = Annotated[
    str,
    Query(
        min_length=1,
        max_length=300,
        pattern=HOST,
        description="The host that a fetch depends on.",
        openapi_examples={"public proxy": {"value": "proxy.golang.org"}},
    ),
]
Vantage = Annotated[
    str,
    Query(max_length=300, pattern=r"^[!-~]*$", description="Where it is seen from; empty: where it looks worst."),
]


def find(runtime: Runtime, upstream: str, vantage: str) -> Status | None:
    """One series; without a vantage the worst one that sees the upstream.

    Raises:
        ArtifactError: the model could not run, so nothing true can be said now.
    """
    if runtime.failure:
        raise ArtifactError(f"no risk is known, the forecaster failed: {runtime.failure}")
    return runtime.loop.status(upstream, vantage)


def router(runtime: Runtime, mode: str) -> APIRouter:
    """The endpoints that answer questions; ``mode`` is what remedies may do."""
    routes = APIRouter(tags=["ask"])

    @routes.get("/v1/risk")
    def risk(upstream: Upstream, vantage: Vantage = "") -> RiskAnswer:
        """The risk that an outage of an upstream begins within 5, 15 and 30 minutes.

        An upstream that no log has named is `unknown` with null risks, never a default number. When the model
        cannot run the answer is a 503 problem.
        """
        found = find(runtime, upstream, vantage)
        return unknown_answer(upstream, vantage) if found is None else risk_answer(found)

    @routes.get("/v1/advice")
    def advice(upstream: Upstream, vantage: Vantage = "") -> AdviceAnswer:
        """What a build that starts now should set, and why."""
        given = runtime.advisor(upstream, find(runtime, upstream, vantage))
        return advice_answer(upstream, given)

    @routes.get("/v1/upstreams")
    def upstreams() -> UpstreamsAnswer:
        """Every series that was seen, the riskiest first."""
        found = [risk_answer(status) for status in runtime.loop.statuses()]
        return UpstreamsAnswer(now=rfc3339(runtime.now), mode=mode, upstreams=found)

    @routes.get("/v1/decisions")
    def decisions(limit: Annotated[int, Query(ge=1, le=1000)] = 50) -> DecisionsAnswer:
        """The newest decisions: warnings, outages and their ends."""
        return DecisionsAnswer(decisions=[decision_entry(d) for d in runtime.loop.decisions(limit)])

    @routes.get("/v1/audit")
    def audit(limit: Annotated[int, Query(ge=1, le=1000)] = 50) -> AuditAnswer:
        """What remedies and notifiers did, or would have done, in the last week."""
        return AuditAnswer(entries=[audit_entry(entry) for entry in runtime.audit(limit)])

    @routes.get("/v1/history")
    def history(
        upstream: Upstream, vantage: Vantage = "default", minutes: Annotated[int, Query(ge=1, le=1440)] = 120
    ) -> HistoryAnswer:
        """The risks of one series over the last minutes, oldest first."""
        rows = runtime.loop.history(upstream, vantage or "default", runtime.now - 60.0 * minutes)
        return HistoryAnswer(upstream=upstream, vantage=vantage or "default", points=list(map(history_point, rows)))

    return routes
