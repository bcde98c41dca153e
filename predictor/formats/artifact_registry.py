"""Google Artifact Registry: Cloud Audit Log entries (JSON lines) of its Go methods. No durations in them.

The method says the operation, the status is a gRPC code, the module stands in the resource name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from predictor.events import Op
from predictor.formats import records, stamps, urls
from predictor.formats.access import of_status
from predictor.formats.lines import Line, LineParser
from predictor.formats.sampling import SAMPLE_LINES, first_lines
from predictor.protocols import Parser, Source

_SERVICE = "artifactregistry.googleapis.com"
_METHODS = {
    "Go-ListVersions": Op.LIST,
    "Go-ViewModInfo": Op.INFO,
    "Go-DownloadModFile": Op.MOD,
    "Go-DownloadZipFile": Op.ZIP,
}
#: gRPC code -> HTTP status (google/rpc/code.proto)
_GRPC = {
    0: 200, 1: 499, 2: 500, 3: 400, 4: 504, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400, 10: 409, 11: 400, 12: 501,
    13: 500, 14: 503, 15: 500, 16: 401,
}  # fmt: skip
_PLACE = re.compile(r"(?:packages|goModules)/(?P<module>.+?)(?:(?:/versions/|[@:])(?P<version>[^/@:]+))?$")
_REPOSITORY = re.compile(r"locations/(?P<location>[^/]+)/")


class AuditParser(LineParser):
    """One entry a line."""

    def line(self, line: Line) -> None:
        """An entry of a Go method gives an event."""
        if _SERVICE not in line.text:
            return
        found = records.objects(line.text.encode())
        if not found:
            self.skipped["malformed"] += 1
            return
        flat = dict(records.flat(found[0], depth=4))
        method = str(flat.get("protoPayload.methodName", "")).rpartition(".")[2]
        if method in _METHODS:
            self._event(flat, _METHODS[method], line.number)

    def _event(self, flat: Mapping[str, Any], op: Op, number: int) -> None:
        code = flat.get("protoPayload.status.code", 0)
        status = _GRPC.get(code if isinstance(code, int) else 13, 500)
        outcome, cause = of_status(status)
        resource = str(flat.get("protoPayload.resourceName", ""))
        place, repository = _PLACE.search(resource), _REPOSITORY.search(resource)
        self.emit(
            f"{repository['location']}-go.pkg.dev" if repository else _SERVICE,
            time=stamps.stamp(str(flat.get("timestamp", ""))),
            op=op,
            module=urls.unescape(unquote(place["module"])) if place else "",
            version=urls.unescape(unquote(place["version"] or "")) if place else "",
            outcome=outcome,
            cause=cause,
            status=status,
            client=str(flat.get("protoPayload.requestMetadata.callerIp", "")),
            line=number,
        )


class ArtifactRegistry:
    """Audit entries of Artifact Registry."""

    name = "artifact-registry"

    def sniff(self, head: bytes) -> float:
        """Share of the lines that are entries of this service."""
        sample = first_lines(head, SAMPLE_LINES).splitlines()
        return (
            0.97 * sum(_SERVICE.encode() in line and b"protoPayload" in line for line in sample) / max(len(sample), 1)
        )

    def parser(self, source: Source) -> Parser:
        """A fresh parser for one log."""
        return AuditParser(source)


FORMAT = ArtifactRegistry()
