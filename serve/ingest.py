"""``POST /v1/logs``: raw log lines in, counts out."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Query, Request

from predictor.protocols import Source
from serve.answers import IngestAnswer, ingest_answer
from serve.body import read_body
from serve.metrics import Metrics
from serve.problems import Refusal
from serve.runtime import Runtime

AT_ONCE = 4  # bodies in memory at the same time
WAIT_S = 10.0  # for a free place
NAME = r"^[!-~]*$"  # printable ASCII without blanks, as hosts, formats and job ids are

_NGINX = (
    '{"time":"2026-11-22T07:50:02+00:00","uri":"/github.com/pkg/errors/@v/v0.9.1.zip","status":200,'
    '"request_time":0.031,"upstream_addr":"proxy.golang.org:443"}\n'
)
_GO = (
    "go: downloading github.com/pkg/errors v0.9.1\n"
    "go: github.com/pkg/errors@v0.9.1: reading https://proxy.golang.org/github.com/pkg/errors/@v/v0.9.1.zip:"
    " 502 Bad Gateway\n"
)
REQUEST_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "Raw lines, as they are in the file. `Content-Encoding: gzip` is understood.",
        "content": {
            "text/plain": {
                "schema": {"type": "string"},
                "examples": {
                    "nginx JSON access log": {"value": _NGINX},
                    "output of the go command": {"value": _GO},
                },
            },
        },
    }
}

Text = Annotated[str, Query(max_length=300, pattern=NAME)]


def router(runtime: Runtime, metrics: Metrics, max_body: int) -> APIRouter:
    """The ingest endpoint; ``max_body`` is the limit of one body in bytes, unpacked."""
    routes = APIRouter(tags=["ingest"])
    places = asyncio.Semaphore(AT_ONCE)

    @routes.post("/v1/logs", openapi_extra=REQUEST_BODY)
    async def logs(
        request: Request,
        format: Annotated[  # noqa: A002 - the name of the query parameter
            str, Query(max_length=64, pattern=NAME, description="Name of the format; `auto` detects it.")
        ] = "auto",
        vantage: Annotated[Text, Query(description="Where these fetches were seen from.")] = "default",
        upstream: Annotated[Text, Query(description="The upstream of lines that name none.")] = "",
        source: Annotated[str, Query(max_length=300, description="Name of the log: file or stream.")] = "",
        job: Annotated[Text, Query(description="Id of the CI job whose output this is.")] = "",
        final: Annotated[
            bool, Query(description="Whether the log ends here. Pieces of one log: same `source`, `final=false`.")
        ] = True,
    ) -> IngestAnswer:
        """Take in raw lines of one log.

        The format is named or detected. A long log may come in pieces of whole or half lines: give every piece the
        same `source`, and `final=false` to all but the last. The answer comes after the bytes are on disk.
        """
        if not final and not source:
            raise Refusal(422, "bad-parameter", "final=false needs a source, so that the pieces of one log are joined")
        try:
            await asyncio.wait_for(places.acquire(), WAIT_S)
        except TimeoutError as error:
            raise Refusal(503, "busy", "too many bodies at once; try again", {"Retry-After": "2"}) from error
        try:
            data = await read_body(request, max_body)
            if not data and not source:
                raise Refusal(422, "bad-input", "the body is empty: send the lines of a log")
            where = Source(name=source or "-", vantage=vantage, upstream=upstream, job=job)
            report = await anyio.to_thread.run_sync(lambda: runtime.take(data, where, format, final=final))
        finally:
            places.release()
        metrics.took_in(report)
        return ingest_answer(report)

    return routes
