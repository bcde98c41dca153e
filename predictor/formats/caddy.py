"""Caddy's JSON access log; durations in seconds, written at the end of the request."""

from __future__ import annotations

from predictor.formats.records import RecordFormat, Shape

_ROLES = {
    "time": "ts",
    "path": "request.uri",
    "method": "request.method",
    "status": "status",
    "bytes": "size",
    "latency_s": "duration",
    "client": "request.remote_ip",
    "host": "request.host",
}
FORMAT = RecordFormat("caddy", Shape(_ROLES), ("ts", "request.uri", "request.method", "status", "duration"))
