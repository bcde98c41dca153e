"""Traefik's JSON access log; durations in nanoseconds, times are those of the request's start."""

from __future__ import annotations

from predictor.formats.records import RecordFormat, Shape

_ROLES = {
    "time": "StartUTC",
    "path": "RequestPath",
    "method": "RequestMethod",
    "status": "DownstreamStatus",
    "upstream_status": "OriginStatus",
    "bytes": "DownstreamContentSize",
    "latency_s": "Duration",
    "upstream": "ServiceAddr",
    "client": "ClientHost",
    "host": "RequestHost",
}
FORMAT = RecordFormat(
    "traefik-json",
    Shape(_ROLES, starts=True, scale=1e-9),
    ("StartUTC", "RequestPath", "DownstreamStatus", "Duration"),
)
