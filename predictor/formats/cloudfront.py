"""CloudFront's standard logs: tab-separated, the ``#Fields:`` line names the columns.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
"""

from __future__ import annotations

from predictor.formats.layout import Layout, LayoutParser
from predictor.formats.sampling import SampledParser
from predictor.protocols import Parser, Source

_FIELDS = "#Fields:"
_USUAL = (
    "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) "
    "cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken"
)
_ROLES = {
    "time": "clock",
    "sc-bytes": "bytes",
    "c-ip": "client",
    "cs-method": "method",
    "x-host-header": "host",
    "cs-uri-stem": "path",
    "sc-status": "status",
    "x-edge-result-type": "cache",
    "time-taken": "latency_s",
}


def layout(fields: str) -> Layout:
    """The layout of lines with these fields; later fields that are not named are allowed."""
    names = fields.split()
    first = [name not in names[:place] for place, name in enumerate(names)]  # a damaged header may repeat itself
    slots = [
        f"{{{_ROLES.get(name, '') if new else ''}}}"
        for name, new in zip(names, first, strict=True)
        if not (name == "date" and new)
    ]
    return Layout("\t".join(slots).replace("{clock}", "{daytime}") + "{rest}")


def _choose(source: Source, sample: bytes) -> LayoutParser:
    lines = sample.decode("utf-8", "replace").splitlines()
    named = next((line[len(_FIELDS) :] for line in lines if line.startswith(_FIELDS)), _USUAL)
    return LayoutParser(source, [layout(named if {"cs-uri-stem", "date", "time"} <= set(named.split()) else _USUAL)])


class CloudFront:
    """CloudFront's standard logs."""

    name = "cloudfront"

    def sniff(self, head: bytes) -> float:
        """Sure by the header, else by the share of lines in the usual layout."""
        if head.startswith(b"#Version:") and b"cs-uri-stem" in head and b"x-edge-" in head:
            return 0.95
        return 0.9 * layout(_USUAL).share(head)

    def parser(self, source: Source) -> Parser:
        """A fresh parser for one log."""
        return SampledParser(lambda sample: _choose(source, sample))


FORMAT = CloudFront()
