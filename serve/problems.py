"""Errors as RFC 9457 ``application/problem+json``: one table maps an exception to what a client is told.

A client learns what is wrong and what to do, never a traceback. Bad input is 4xx; what the service cannot do
right now is 503 with the reason.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from predictor.errors import (
    ArtifactError,
    ConfigError,
    FetchcastError,
    InputError,
    OutboundError,
    StoreError,
    UnknownFormatError,
)

MEDIA_TYPE = "application/problem+json"

#: error -> (status, slug of the problem type), the most special first
STATUSES: tuple[tuple[type[FetchcastError], int, str], ...] = (
    (UnknownFormatError, 415, "unknown-format"),
    (InputError, 422, "bad-input"),
    (ArtifactError, 503, "model-failed"),
    (StoreError, 503, "store-failed"),
    (ConfigError, 503, "misconfigured"),
    (OutboundError, 502, "outbound-failed"),
    (FetchcastError, 503, "unavailable"),
)

_LOG = structlog.get_logger("fetchcast.problems")


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault
    """A request that the service refuses for a reason of HTTP: size, encoding, credentials, load.

    Args:
        status: HTTP status.
        slug: last part of the problem type.
        detail: what is wrong and what to do; sent to the client, so free of secrets.
        headers: further response headers.
    """

    def __init__(self, status: int, slug: str, detail: str, headers: dict[str, str] | None = None) -> None:
        self.status, self.slug, self.detail, self.headers = status, slug, detail, headers or {}
        super().__init__(detail)


def problem(status: int, slug: str, detail: str, **extra: Any) -> dict[str, Any]:
    """The members of a problem document; ``type`` is a relative reference into the docs page."""
    title = HTTPStatus(status).phrase
    return {"type": f"/docs#problem-{slug}", "title": title, "status": status, "detail": detail, **extra}


def refusal_of(error: FetchcastError) -> Refusal:
    """What a client is told about an error that was raised on purpose."""
    for kind, status, slug in STATUSES:
        if isinstance(error, kind):
            headers = {"Retry-After": "5"} if status == 503 else {}
            return Refusal(status, slug, str(error), headers)
    raise AssertionError("the table ends with the base of all errors")


def respond(request: Request, refusal: Refusal, **extra: Any) -> JSONResponse:
    """The response for a refusal, with the request's id so that the log line can be found."""
    extra["request_id"] = getattr(request.state, "request_id", "")
    body = problem(refusal.status, refusal.slug, refusal.detail, **extra)
    return JSONResponse(body, refusal.status, headers=refusal.headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make every error of ``app`` leave as a problem document."""

    def on_refusal(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Refusal)  # noqa: S101 - registered for this class alone
        return respond(request, error)

    def on_fetchcast(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, FetchcastError)  # noqa: S101 - registered for this class alone
        return respond(request, refusal_of(error))

    def on_validation(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class alone
        found = [{"where": list(e["loc"]), "reason": e["msg"]} for e in error.errors()]
        names = ", ".join(sorted({str(e["loc"][-1]) for e in error.errors()}))
        refusal = Refusal(422, "bad-parameter", f"wrong or missing: {names}")
        return respond(request, refusal, errors=jsonable_encoder(found))

    def on_http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
        refusal = Refusal(error.status_code, "http", str(error.detail), dict(error.headers or {}))
        return respond(request, refusal)

    def on_bug(request: Request, error: Exception) -> JSONResponse:
        _LOG.error("unexpected error", error=type(error).__name__, exc_info=error)
        return respond(request, Refusal(500, "internal", "the service has a fault; its log has the details"))

    for kind, handle in (
        (Refusal, on_refusal),
        (FetchcastError, on_fetchcast),
        (RequestValidationError, on_validation),
        (HTTPException, on_http),
        (Exception, on_bug),
    ):
        app.add_exception_handler(kind, handle)
