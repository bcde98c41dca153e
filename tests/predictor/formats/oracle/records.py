"""Logs of one JSON object a line: Caddy, Traefik, Artifact Registry's audit entries."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from tests.predictor.formats.oracle.asked import Asked, asked, iso, of_status, told
from tests.predictor.formats.oracle.servers import begun
from tests.predictor.formats.oracle.written import Entry, logs

#: google/rpc/code.proto: code -> HTTP status
GRPC = {
    0: 200, 1: 499, 2: 500, 3: 400, 4: 504, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400, 10: 409, 11: 400, 12: 501,
    13: 500, 14: 503, 15: 500, 16: 401,
}  # fmt: skip
METHODS = {
    "Go-ListVersions": "list",
    "Go-ViewModInfo": "info",
    "Go-DownloadModFile": "mod",
    "Go-DownloadZipFile": "zip",
}
AUDIT = "type.googleapis.com/google.cloud.audit.AuditLog"


def caddy(r: Asked) -> Entry:
    request: dict[str, Any] = {
        "remote_ip": r.client,
        "remote_port": "1",
        "proto": r.protocol,
        "method": r.method,
        "host": r.host,
    }
    request |= {"uri": r.path, "headers": {"User-Agent": [r.agent]}}
    said: dict[str, Any] = {
        "level": "info",
        "ts": r.second + 0.25,
        "logger": "http.log.access.log0",
        "msg": "handled request",
    }
    said |= {"request": request, "user_id": "", "duration": r.seconds, "size": r.size, "status": r.status}
    return told(json.dumps(said | {"resp_headers": {}}), r, time=r.second + 0.25, host=r.host)


def traefik(r: Asked) -> Entry:
    server, status = (r.tries[-1][0], r.tries[-1][1]) if r.tries else ("", 0)
    said: dict[str, Any] = {
        "ClientHost": r.client,
        "DownstreamContentSize": r.size,
        "DownstreamStatus": r.status,
        "Duration": r.ms * 1_000_000,
        "OriginStatus": status,
        "RequestHost": r.host,
        "RequestMethod": r.method,
        "RequestPath": r.path,
        "StartUTC": f"{iso(r.second)[:-1]}.123456789Z",
        "time": iso(r.second + r.ms // 1000),
    }
    said |= {"ServiceAddr": server, "ServiceURL": f"http://{server}"} if server else {}
    time = r.second + 0.123456789 + r.seconds
    return begun(json.dumps(said), r, seen=server, last_try=status, host=r.host, time=time)


@st.composite
def audited(draw: st.DrawFn) -> Entry:
    """An entry of Cloud Audit Logs; only the Go methods are fetches."""
    method = draw(
        st.sampled_from([*METHODS, "google.devtools.v1.ArtifactRegistry.Go-ListVersions", "CreateRepository"])
    )
    code = draw(st.sampled_from([None, *GRPC]))
    module = draw(st.sampled_from(["github.com/pkg/errors", "golang.org/x/text", "github.com/Burnt/toml/v2"]))
    version = draw(st.sampled_from(["", "v0.9.1", "v2.0.0-20240102030405-abcdef012345"]))
    second, place = draw(st.integers(1_700_000_000, 1_900_000_000)), draw(st.sampled_from(["us", "europe-west1"]))
    resource = f"projects/p/locations/{place}/repositories/r/packages/{quote(module, safe='')}"
    payload = {
        "@type": AUDIT,
        "serviceName": "artifactregistry.googleapis.com",
        "methodName": method,
        "status": {} if code is None else {"code": code, "message": "said by nobody"},
        "resourceName": resource + (f"/versions/{version}" if version else ""),
        "requestMetadata": {"callerIp": "1.2.3.4"},
    }
    line = json.dumps({"protoPayload": payload, "timestamp": f"{iso(second)[:-1]}.125Z", "severity": "INFO"})
    op = METHODS.get(method.rpartition(".")[2])
    if op is None:
        return Entry(line)
    status, upstream = GRPC[code or 0], f"{place}-go.pkg.dev"
    outcome, cause = of_status(status)
    event = {"op": op, "module": module, "version": version or None, "outcome": outcome, "cause": cause}
    return Entry(line, event | {"status": status, "time": second + 0.125, "client": "1.2.3.4"}, upstream)


CADDY = {"access": logs(asked(unanswered=True).map(caddy))}
TRAEFIK_JSON = {"access": logs(asked().map(traefik))}
ARTIFACT_REGISTRY = {"audit": logs(audited())}
