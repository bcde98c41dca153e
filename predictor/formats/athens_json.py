"""Athens's JSON log, of today (slog), of the logrus era (lower-case levels, sorted keys) and in its GCP mode."""

from __future__ import annotations

import math

from predictor.formats import records, stamps, urls
from predictor.formats.athens_entries import AthensParser
from predictor.formats.columns import text_of
from predictor.formats.lines import Line
from predictor.formats.sampling import SAMPLE_LINES, first_lines
from predictor.protocols import Parser, Source


class AthensJsonParser(AthensParser):
    """One entry a line."""

    def line(self, line: Line) -> None:
        """Take one entry; what is no JSON object is left out."""
        if not line.text.startswith("{"):
            return
        found = records.objects(line.text.encode())
        if not found:
            self.skipped["malformed"] += urls.may_be_fetch(line.text.encode())
            return
        fields = {name: text_of(value) for name, value in found[0].items()}
        own = stamps.stamp(fields.get("time") or fields.get("timestamp", ""))
        time = line.stamp if math.isnan(own) else own
        self.entry(fields.get("msg") or fields.get("message", ""), fields, time, line.number)


class AthensJson:
    """Athens's JSON log."""

    name = "athens-json"

    def sniff(self, head: bytes) -> float:
        """Share of the records that say level and message, where some say ``http-path``."""
        found = records.objects(first_lines(head, SAMPLE_LINES))
        if not any("http-path" in record or record.get("msg") == "Starting application" for record in found):
            return 0.0
        known = sum(
            ("msg" in record or "message" in record) and ("level" in record or "severity" in record) for record in found
        )
        filled = sum(1 for line in first_lines(head, SAMPLE_LINES).splitlines() if line.strip())
        return 0.95 * known / max(filled, 1)

    def parser(self, source: Source) -> Parser:
        """A fresh parser for one log."""
        return AthensJsonParser(source)


FORMAT = AthensJson()
