"""``/v1/verdicts``: humans say whether an incident was one, so that the next model learns from it."""

from __future__ import annotations

from collections import deque
from typing import Annotated, Any, Literal

import anyio.to_thread
from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from predictor.errors import InputError
from predictor.events import rfc3339
from predictor.journals import verdicts
from predictor.journals.verdicts import Span, Verdict
from serve.answers import stamp
from serve.body import read_body
from serve.problems import Refusal
from serve.runtime import Runtime

MAX_BODY = 1 << 14
EARLIEST, LATEST = 946_684_800.0, 4_102_444_800.0  # the years 2000 to 2099: what lies outside is a slip
_EPISODE = {"verdict": "rejected", "who": "ann@corp.example", "note": "load test", "episode": "3f9a1c0be2d4"}
_STRETCH = {
    "verdict": "confirmed",
    "who": "ann@corp.example",
    "upstream": "proxy.golang.org",
    "start": "2026-11-22T07:44:00Z",
    "end": "2026-11-22T08:10:00Z",
}
Name = Annotated[str, Field(max_length=300, pattern=r"^[!-~]*$")]


class VerdictGiven(BaseModel):
    """A verdict on an episode of `/v1/decisions`, or on a stretch of time of an upstream."""

    model_config = ConfigDict(extra="forbid")
    verdict: Literal["confirmed", "rejected"]
    who: str = Field(min_length=1, max_length=200, description="Who says so.")
    note: str = Field(default="", max_length=2000)
    episode: Name = Field(default="", description="Episode of a decision; then the times may be left out.")
    upstream: Name = Field(default="", description="Needed when no episode is named.")
    vantage: Name = Field(default="", description="Empty: every vantage.")
    start: AwareDatetime | None = Field(default=None, description="When the outage really began.")
    end: AwareDatetime | None = Field(default=None, description="When it really ended.")


class VerdictEntry(BaseModel):
    """One verdict as it is kept."""

    time: str | None
    verdict: Literal["confirmed", "rejected"]
    who: str
    note: str
    episode: str
    vantage: str = Field(description="Empty: every vantage.")
    upstream: str
    start: str | None
    end: str | None = Field(description="Null: the episode is not over.")
    exact: bool = Field(description="Whether a human gave the times; else they are those of the episode.")


_KEPT: dict[str, Any] = _STRETCH | {
    "time": "2026-11-22T09:00:00Z",
    **dict.fromkeys(("note", "episode", "vantage"), ""),
    "exact": True,
}


class VerdictsAnswer(BaseModel):
    """The newest verdicts, newest first. As it is, it serves as `incidents.json` of `fetchcast dataset`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"verdicts": [_KEPT]}]}, extra="forbid")
    verdicts: list[VerdictEntry]


REQUEST_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": VerdictGiven.model_json_schema(),
                "examples": {"an episode": {"value": _EPISODE}, "a stretch of time": {"value": _STRETCH}},
            }
        },
    }
}


def router(runtime: Runtime) -> APIRouter:
    """The endpoints for verdicts."""
    routes = APIRouter(tags=["verdicts"])

    @routes.post("/v1/verdicts", openapi_extra=REQUEST_BODY)
    async def give(request: Request) -> VerdictEntry:
        """Confirm or reject an outage.

        A rejected one is none to `fetchcast dataset`; a confirmed one takes `start` and `end` where they are given,
        also where nothing was noticed. The newest verdict on a time counts. The answer comes after it is on disk.
        """
        given = _parsed(await read_body(request, MAX_BODY))
        return await anyio.to_thread.run_sync(lambda: _keep(runtime, given))

    @routes.get("/v1/verdicts")
    def read(limit: Annotated[int, Query(ge=1, le=10_000)] = 1000) -> VerdictsAnswer:
        """What humans said of incidents."""
        known = verdicts.spans(runtime.store.read(verdicts.DECISIONS))
        kept = deque(runtime.store.read(verdicts.KIND), maxlen=limit)
        return VerdictsAnswer(verdicts=[_entry(verdicts.verdict_of(each, known)) for each in reversed(kept)])

    return routes


def _parsed(data: bytes) -> VerdictGiven:
    """The body as a value.

    Raises:
        Refusal: a field is missing or wrong; names each.
    """
    try:
        return VerdictGiven.model_validate_json(data)
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}" for each in error.errors())
        raise Refusal(422, "bad-input", found[:1000]) from error


def _keep(runtime: Runtime, given: VerdictGiven) -> VerdictEntry:
    """Write verdict and audit entry; on disk when this returns.

    Raises:
        InputError: the episode is not known, or times are missing or wrong.
        StoreError: it could not be kept.
    """
    known = verdicts.spans(runtime.store.read(verdicts.DECISIONS)) if given.episode else {}
    span = known.get(given.episode)
    _check(given, span)
    vantage, upstream = span.key if span is not None else (given.vantage, given.upstream)
    value = given.model_dump() | {"vantage": vantage, "upstream": upstream, "time": runtime.now}
    value |= {"start": _seconds(given.start, "start"), "end": _seconds(given.end, "end")}
    verdict = verdicts.verdict_of(value, known)
    runtime.store.append(verdicts.KIND, [verdicts.entry(verdict)])
    act = {"time": verdict.time, "by": verdict.who, "what": verdict.word, "detail": verdict.note, "action": "verdict"}
    place = {"vantage": verdict.vantage, "upstream": verdict.upstream, "episode": verdict.episode}
    runtime.store.append("audit", [act | place])
    return _entry(verdict)


def _check(given: VerdictGiven, span: Span | None) -> None:
    """Whether the verdict says what it is about. Raises InputError."""
    if span is None and given.episode:
        raise InputError("no decision has this episode", field="episode")
    if span is None and not given.upstream:
        raise InputError("name an episode, or an upstream with start and end", field="upstream")
    if (given.start is None) != (given.end is None):
        raise InputError("give both or none of start and end", field="end" if given.end is None else "start")
    if span is not None:
        _check_span(given, span)


def _check_span(given: VerdictGiven, span: Span) -> None:
    """Whether the verdict fits the episode that it names. Raises InputError."""
    if given.upstream not in ("", span.key[1]) or given.vantage not in ("", span.key[0]):
        raise InputError(f"the episode is one of {span.key[1]} as seen from {span.key[0]}", field="upstream")
    if not span.outage and given.verdict == verdicts.CONFIRMED and given.start is None:
        raise InputError("no outage was seen in this episode: say from when to when it was", field="start")


def _seconds(value: AwareDatetime | None, field: str) -> float | None:
    if value is None:
        return None
    seconds = value.timestamp()
    if not EARLIEST <= seconds <= LATEST:
        raise InputError("lies before the year 2000 or after 2099", field=field)
    return seconds


def _entry(verdict: Verdict) -> VerdictEntry:
    return VerdictEntry(
        time=stamp(verdict.time),
        verdict="confirmed" if verdict.confirmed else "rejected",
        who=verdict.who,
        note=verdict.note,
        episode=verdict.episode,
        vantage=verdict.vantage,
        upstream=verdict.upstream,
        start=rfc3339(verdict.start),
        end=stamp(verdict.end),
        exact=verdict.exact,
    )
