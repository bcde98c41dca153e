"""nginx access logs in JSON, under whatever field names their administrator chose.

The usual spellings are recognised; ``[formats.nginx-json]`` in the configuration maps the others. Any other
server's JSON access log with a path and a status is read too.
"""

from __future__ import annotations

from predictor.formats import records
from predictor.formats.sampling import SAMPLE_LINES, first_lines
from predictor.protocols import Parser, Source


class NginxJson:
    """JSON lines with a path and a status."""

    name = "nginx-json"

    def sniff(self, head: bytes) -> float:
        """0.8 for records with path, status and time, less for each other line and missing role."""
        sample = first_lines(head, SAMPLE_LINES)
        found = records.guess(sample, {})
        if not found:
            return 0.0
        filled = sum(1 for line in sample.splitlines() if line.strip())
        sure = 0.8 if {"time", "method"} <= found.roles.keys() else 0.7
        return sure * len(records.objects(sample)) / max(filled, 1)

    def parser(self, source: Source) -> Parser:
        """A fresh parser for one log."""
        return records.sampled(source)


FORMAT = NginxJson()
