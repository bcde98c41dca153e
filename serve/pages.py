"""The pages for people: the dashboard and the API's documentation, self-contained, without other hosts."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from predictor import __version__
from predictor.events import rfc3339
from serve.answers import audit_entry, decision_entry, risk_answer
from serve.loop import Status
from serve.runtime import Runtime
from serve.spark import spark

SHOWN = 60  # series on the page; /v1/upstreams has all
CURVE_MIN = 120
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)


def _code(text: str) -> Markup:
    """Text with `names` in backticks as code."""
    parts = escape(text).split("`")
    return Markup("").join(Markup("<code>{}</code>").format(part) if i % 2 else part for i, part in enumerate(parts))


_TEMPLATES.filters["code"] = _code


def _render(name: str, **values: Any) -> HTMLResponse:
    nonce = secrets.token_urlsafe(16)
    page = _TEMPLATES.get_template(name).render(nonce=nonce, version=__version__, **values)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": policy})


def operations(schema: dict[str, Any], base: str) -> list[dict[str, Any]]:
    """The operations of an OpenAPI document as the docs page shows them: one flat dict each."""
    models = schema.get("components", {}).get("schemas", {})
    rows = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            answer = operation["responses"]["200"]
            rows.append(
                {
                    "method": method.upper(),
                    "path": path,
                    "description": operation.get("description", ""),
                    "parameters": operation.get("parameters", []),
                    "bodies": _bodies(operation),
                    "example": _example(answer, models),
                    "curl": _curl(base, method, path, operation),
                    "statuses": sorted(operation["responses"]),
                }
            )
    return rows


def _curl(base: str, method: str, path: str, operation: dict[str, Any]) -> str:
    needed = [p["name"] for p in operation.get("parameters", []) if p.get("required")]
    query = "?" + "&".join(f"{name}=proxy.golang.org" for name in needed) if needed else ""
    kinds = operation.get("requestBody", {}).get("content", {})
    file = "--json @verdict.json " if "application/json" in kinds else "--data-binary @build.log "
    body = file if method == "post" else ""
    return f"curl {body}'{base}{path}{query}'"


def _bodies(operation: dict[str, Any]) -> dict[str, str]:
    contents = operation.get("requestBody", {}).get("content", {}).values()
    examples = [example for content in contents for example in content.get("examples", {}).items()]
    return {name: _text(example["value"]) for name, example in examples}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, indent=2)


def _example(answer: dict[str, Any], models: dict[str, Any]) -> str:
    for content in answer.get("content", {}).values():
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        examples = models.get(name, {}).get("examples", [])
        if examples:
            return json.dumps(examples[0], indent=2)
    return ""


def board(runtime: Runtime, mode: str) -> dict[str, Any]:
    """What the dashboard shows: totals, one card a series, the last decisions."""
    statuses = runtime.loop.statuses()
    return {
        "now": rfc3339(runtime.now),
        "mode": mode,
        "fault": runtime.failure,
        "total": len(statuses),
        "outages": sum(status.state == "outage" for status in statuses),
        "warnings": sum(status.warning and status.state != "outage" for status in statuses),
        "cards": [card(runtime, status) for status in statuses[:SHOWN]],
        "audit": [audit_entry(entry) for entry in runtime.audit(10)],
        "decisions": [decision_entry(d) for d in runtime.loop.decisions(20)],
    }


def card(runtime: Runtime, status: Status) -> dict[str, Any]:
    """One series as the dashboard shows it."""
    answer = risk_answer(status)
    tone = "warning" if status.warning and status.state == "ok" else status.state
    history = runtime.loop.history(status.upstream, status.vantage, runtime.now - 60.0 * CURVE_MIN)
    return {
        "answer": answer,
        "tone": tone,
        "label": tone,
        "risks": [("5 min", answer.risk.m5), ("15 min", answer.risk.m15), ("30 min", answer.risk.m30)],
        "spark": spark(history, runtime.now, CURVE_MIN),
    }


def dashboard(runtime: Runtime, mode: str) -> APIRouter:
    """``GET /``: what an SRE wants to see first; ``GET /board``: the part of it that changes."""
    routes = APIRouter(tags=["pages"], include_in_schema=False)

    @routes.get("/", response_class=HTMLResponse)
    def page(request: Request) -> HTMLResponse:
        """The dashboard."""
        return _render("dashboard.html", board=board(runtime, mode), base=_base(request))

    @routes.get("/board", response_class=HTMLResponse)
    def part(request: Request) -> HTMLResponse:
        """The changing part, which the page asks for again and again."""
        return _render("board.html", board=board(runtime, mode), base=_base(request))

    return routes


def documentation(app: FastAPI, refusals: Mapping[int, str]) -> APIRouter:
    """``GET /docs``: every endpoint with its parameters and an example."""
    routes = APIRouter(tags=["pages"], include_in_schema=False)

    @routes.get("/docs", response_class=HTMLResponse)
    def page(request: Request) -> HTMLResponse:
        """The documentation."""
        rows = operations(app.openapi(), _base(request))
        return _render("docs.html", operations=rows, refusals=refusals)

    return routes


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")
