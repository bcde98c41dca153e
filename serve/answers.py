"""What the API answers, as pydantic models: the one place that says how a value looks outside.

A risk that is not known is ``null`` with a reason. It is never a default number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from predictor.advice import Advice
from predictor.events import rfc3339
from predictor.protocols import Decision
from serve.loop import Report, Status

State = Literal["ok", "outage", "unknown"]
_RISK: dict[str, Any] = {"5m": 0.31, "15m": 0.72, "30m": 0.85}
_SIGNALS: list[dict[str, Any]] = [
    {"name": "latency_p95", "weight": 0.38},
    {"name": "failing_share", "weight": 0.21},
    {"name": "retries", "weight": 0.07},
]
_RISK_EXAMPLE: dict[str, Any] = {
    "upstream": "proxy.golang.org",
    "vantage": "default",
    "time": "2026-11-22T07:50:00Z",
    "state": "ok",
    "risk": _RISK,
    "spread": 0.06,
    "warning": True,
    "warning_since": "2026-11-22T07:44:00Z",
    "signals": _SIGNALS,
    "cause": "http_5xx",
    "history_minutes": 95.0,
    "prior": False,
    "model": "fetchcast-lstm 1",
    "reason": "",
    "advice": "/v1/advice?upstream=proxy.golang.org",
}


def _example(**values: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [values]}, extra="forbid")


class Risk(BaseModel):
    """Probability 0..1 that an outage begins within 5, 15 or 30 minutes; null when it is not known."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")
    m5: float | None = Field(alias="5m", ge=0, le=1)
    m15: float | None = Field(alias="15m", ge=0, le=1)
    m30: float | None = Field(alias="30m", ge=0, le=1)


class Signal(BaseModel):
    """One reason for the risk: how far the 15-minute risk falls when it is taken away."""

    name: str
    weight: float


class RiskAnswer(BaseModel):
    """What is known about one upstream from one vantage."""

    model_config = _example(**_RISK_EXAMPLE)
    upstream: str
    vantage: str
    time: str | None = Field(description="End of the newest bin that was used, RFC 3339 UTC.")
    state: State
    risk: Risk
    spread: float | None = Field(description="Standard deviation of the 15-minute risk over the ensemble.")
    warning: bool
    warning_since: str | None
    signals: list[Signal]
    cause: str
    history_minutes: float
    prior: bool = Field(description="True: too little history, the risk is the base rate.")
    model: str = Field(description="Name and version of the model that said it, empty when none did.")
    reason: str = Field(description="Why a risk is not known, else empty.")
    advice: str = Field(description="Where the advice for this upstream is.")


class UpstreamsAnswer(BaseModel):
    """Every series, the riskiest first."""

    model_config = _example(now="2026-11-22T07:50:02Z", mode="dry-run", upstreams=[_RISK_EXAMPLE])
    now: str
    mode: str = Field(description="What remedies may do: `dry-run` says what it would do, `on` does it.")
    upstreams: list[RiskAnswer]


class IngestAnswer(BaseModel):
    """What was made of one body. When this arrives, its lines survive a crash of the service."""

    model_config = _example(lines=128, events=42, skipped={"no-time": 1}, format="nginx_json", wrapper="")
    lines: int
    events: int
    skipped: dict[str, int] = Field(description="Reason -> lines that looked like fetches and gave no event.")
    format: str = Field(description="The format that was named or detected.")
    wrapper: str = Field(description="CI wrappers that were taken off, outermost first.")


class AdviceAnswer(BaseModel):
    """What a build that starts now should set."""

    model_config = _example(
        upstream="proxy.golang.org",
        goproxy="file:///var/cache/fetchcast/warm,https://proxy.golang.org",
        env={"GOPROXY": "file:///var/cache/fetchcast/warm,https://proxy.golang.org"},
        deadline_s=300.0,
        retries=2,
        why=["an outage of proxy.golang.org is likely soon"],
    )
    upstream: str
    goproxy: str = Field(description="Value of GOPROXY; empty leaves the build's own setting alone.")
    env: dict[str, str]
    deadline_s: float
    retries: int
    why: list[str]


class DecisionEntry(BaseModel):
    """A change of mind about one series."""

    time: str
    vantage: str
    upstream: str
    action: str
    risk: float | None
    cause: str
    signals: list[Signal]
    episode: str


class DecisionsAnswer(BaseModel):
    """The newest decisions, newest first."""

    model_config = _example(
        decisions=[
            {
                "time": "2026-11-22T07:44:00Z",
                "vantage": "default",
                "upstream": "proxy.golang.org",
                "action": "warn",
                "risk": 0.61,
                "cause": "http_5xx",
                "signals": _SIGNALS,
                "episode": "3f9a1c0be2d4",
            }
        ]
    )
    decisions: list[DecisionEntry]


class AuditEntry(BaseModel):
    """One act of a remedy or a notifier, or what it would have done; or the verdict of a human."""

    time: str
    by: str = Field(description="The remedy, notifier or human.")
    what: str
    detail: str
    vantage: str
    upstream: str
    action: str = Field(description="The decision that it answers, or `verdict`.")
    episode: str


class AuditAnswer(BaseModel):
    """The newest entries of the audit journal, newest first."""

    model_config = _example(
        entries=[
            {
                "time": "2026-11-22T07:44:01Z",
                "by": "warm",
                "what": "planned",
                "detail": "fetch 41 modules from proxy.golang.org and check them against go.sum",
                "vantage": "default",
                "upstream": "proxy.golang.org",
                "action": "warn",
                "episode": "3f9a1c0be2d4",
            }
        ]
    )
    entries: list[AuditEntry]


class HistoryPoint(BaseModel):
    """One bin of one series."""

    time: str
    state: str
    risk: Risk
    warning: bool


class HistoryAnswer(BaseModel):
    """The risks of one series over time, oldest first."""

    model_config = _example(
        upstream="proxy.golang.org",
        vantage="default",
        points=[{"time": "2026-11-22T07:50:00Z", "state": "ok", "risk": _RISK, "warning": True}],
    )
    upstream: str
    vantage: str
    points: list[HistoryPoint]


class HealthAnswer(BaseModel):
    """The process answers."""

    model_config = _example(status="ok", version="0.1.0")
    status: str
    version: str


class ReadyAnswer(BaseModel):
    """Each part that a useful answer needs, with its state."""

    model_config = _example(status="ready", checks={"store": "ok", "model": "ok"})
    status: str
    checks: dict[str, str]


def number(value: float | None) -> float | None:
    """A float for JSON: None for what is not finite, six digits else."""
    return None if value is None or not math.isfinite(value) else round(float(value), 6)


def stamp(time: float | None) -> str | None:
    """RFC 3339 UTC, None where there is no time."""
    return rfc3339(time) if time is not None and math.isfinite(time) and time > 0 else None


def risk_of(values: Sequence[float | None] | None) -> Risk:
    """Three risks for JSON; ``None`` stands for none known."""
    m5, m15, m30 = (None, None, None) if values is None else map(number, values)
    return Risk.model_validate({"5m": m5, "15m": m15, "30m": m30})


def signals_of(signals: Sequence[tuple[str, float]]) -> list[Signal]:
    """The three strongest signals."""
    return [Signal(name=name, weight=number(weight) or 0.0) for name, weight in signals[:3]]


def risk_answer(status: Status) -> RiskAnswer:
    """One series as the API says it."""
    unknown = status.state == "unknown"
    return RiskAnswer(
        upstream=status.upstream,
        vantage=status.vantage,
        time=stamp(status.time),
        state=status.state,  # type: ignore[arg-type]
        risk=risk_of(None if unknown else status.risk),
        spread=None if unknown else number(status.spread),
        warning=status.warning,
        warning_since=stamp(status.warning_since) if status.warning else None,
        signals=signals_of(status.signals),
        cause=status.cause,
        history_minutes=number(status.history_minutes) or 0.0,
        prior=status.prior,
        model=status.model,
        reason="no fetches were seen lately" if unknown else "",
        advice=f"/v1/advice?upstream={status.upstream}",
    )


def unknown_answer(upstream: str, vantage: str) -> RiskAnswer:
    """The answer for an upstream of which no log has said anything."""
    return RiskAnswer(
        upstream=upstream,
        vantage=vantage or "default",
        time=None,
        state="unknown",
        risk=risk_of(None),
        spread=None,
        warning=False,
        warning_since=None,
        signals=[],
        cause="none",
        history_minutes=0.0,
        prior=False,
        model="",
        reason="no log has named this upstream yet",
        advice=f"/v1/advice?upstream={upstream}",
    )


def advice_answer(upstream: str, advice: Advice) -> AdviceAnswer:
    """Advice as the API says it."""
    return AdviceAnswer(
        upstream=upstream,
        goproxy=advice.goproxy,
        env=dict(advice.env),
        deadline_s=advice.deadline_s,
        retries=advice.retries,
        why=list(advice.why),
    )


def history_point(row: Mapping[str, Any]) -> HistoryPoint:
    """One bin of the history of a series as the API says it."""
    return HistoryPoint(
        time=rfc3339(row["time"]), state=row["state"], risk=risk_of(row["risk"]), warning=row["warning"]
    )


def decision_entry(decision: Decision) -> DecisionEntry:
    """One decision as the API says it."""
    return DecisionEntry(
        time=rfc3339(decision.time),
        vantage=decision.key[0],
        upstream=decision.key[1],
        action=decision.action,
        risk=number(decision.risk),
        cause=decision.cause,
        signals=signals_of(decision.signals),
        episode=decision.episode,
    )


def audit_entry(entry: Mapping[str, Any]) -> AuditEntry:
    """One entry of the audit journal as the API says it."""
    texts = {name: str(entry.get(name, "")) for name in ("what", "detail", "vantage", "upstream", "action", "episode")}
    by = str(entry.get("remedy") or entry.get("notifier") or entry.get("by") or "")
    return AuditEntry(time=rfc3339(entry["time"]), by=by, **texts)


def ingest_answer(report: Report) -> IngestAnswer:
    """What was made of one body."""
    return IngestAnswer(
        lines=report.lines,
        events=report.events,
        skipped=dict(report.skipped),
        format=report.format,
        wrapper=report.wrapper,
    )
