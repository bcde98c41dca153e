"""The FastAPI app: puts gate, routes, errors and measurements together around one runtime."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from predictor import __version__
from serve import ask, ingest, pages, problems, verdicts
from serve.answers import HealthAnswer, ReadyAnswer
from serve.gate import BEARER, Gate
from serve.metrics import Metrics
from serve.observe import Observed
from serve.problems import MEDIA_TYPE, Refusal
from serve.ready import OK, checks
from serve.runtime import Runtime

DESCRIPTION = "Forecasts outages of the servers that Go builds fetch modules from, says why, and what to do."
REFUSALS = {
    400: "The body is damaged or broken off.",
    401: "The token is missing or wrong.",
    403: "Another web site sent the request.",
    405: "The path does not know this method.",
    408: "The body came too slowly.",
    413: "The body is too large.",
    415: "The format or the encoding is not known.",
    421: "Without a token only loopback names are answered.",
    422: "A parameter is wrong, or the lines cannot be read.",
    503: "The store or the model cannot work now; the reason is in `detail`.",
}


class Problem(BaseModel):
    """RFC 9457: what went wrong."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the app needs to know beside its runtime.

    Attributes:
        token: what clients must show, ``""`` when only this machine may ask.
        max_body: limit of one body in bytes, unpacked.
        mode: what remedies may do, ``dry-run`` or ``on``.
    """

    token: str = ""
    max_body: int = 64 << 20
    mode: str = "dry-run"


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {s: {"description": REFUSALS[s], "content": {MEDIA_TYPE: {"schema": schema}}} for s in statuses}


def create_app(runtime: Runtime, settings: Settings | None = None) -> FastAPI:
    """The app around a runtime that its caller starts and stops."""
    settings = settings or Settings()
    app = FastAPI(title="Fetchcast", version=__version__, description=DESCRIPTION, docs_url=None, redoc_url=None)
    metrics = Metrics(runtime)
    problems.install(app)
    guarded = [Depends(BEARER), Depends(Gate(settings.token))]
    common = _refusals(401, 421, 422, 503)
    into = common | _refusals(400, 403, 408, 413, 415)
    app.include_router(ingest.router(runtime, metrics, settings.max_body), dependencies=guarded, responses=into)
    app.include_router(ask.router(runtime, settings.mode), dependencies=guarded, responses=common)
    app.include_router(verdicts.router(runtime), dependencies=guarded, responses=into)
    app.include_router(_measures(metrics), dependencies=guarded, responses=_refusals(401, 421))
    app.include_router(pages.dashboard(runtime, settings.mode), dependencies=guarded)
    app.include_router(pages.documentation(app, REFUSALS))
    app.include_router(_health(runtime), responses=_refusals(503))
    _describe_problems(app)
    app.add_middleware(Observed, metrics=metrics)
    return app


def _measures(metrics: Metrics) -> APIRouter:
    routes = APIRouter(tags=["operate"])

    @routes.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    def read() -> Response:
        """Metrics in the Prometheus exposition format."""
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return routes


def _health(runtime: Runtime) -> APIRouter:
    """Probes are answered without a token: they say nothing that is secret."""
    routes = APIRouter(tags=["operate"])
    parts = checks(runtime)

    @routes.get("/healthz")
    async def healthz() -> HealthAnswer:
        """Whether the process answers."""
        return HealthAnswer(status="ok", version=__version__)

    @routes.get("/readyz")
    async def readyz() -> ReadyAnswer:
        """Whether store and model can work, each looked at for at most 2 seconds."""
        results = await asyncio.gather(*(check.run() for check in parts.values()))
        found = dict(zip(parts, results, strict=True))
        bad = [f"{name}: {result}" for name, result in found.items() if result != OK]
        if bad:
            raise Refusal(503, "not-ready", "; ".join(bad), {"Retry-After": "5"})
        return ReadyAnswer(status="ready", checks=found)

    return routes


def _describe_problems(app: FastAPI) -> None:
    """Put the Problem model into the OpenAPI document, and take FastAPI's own error model out."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = plain()
            models = schema.setdefault("components", {}).setdefault("schemas", {})
            models["Problem"] = Problem.model_json_schema()
            for unused in ("HTTPValidationError", "ValidationError"):
                models.pop(unused, None)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
