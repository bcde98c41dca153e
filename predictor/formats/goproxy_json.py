"""goproxy/goproxy in slog's JSON (``--log-format json``)."""

from __future__ import annotations

from predictor.formats import records, urls
from predictor.formats.columns import text_of
from predictor.formats.goproxy_entries import GoproxyParser
from predictor.formats.lines import Line
from predictor.formats.sampling import SAMPLE_LINES, first_lines
from predictor.protocols import Parser, Source


class GoproxyJsonParser(GoproxyParser):
    """One entry a line."""

    def line(self, line: Line) -> None:
        """Take one entry; what is no JSON object is left out."""
        if not line.text.startswith("{"):
            return
        found = records.objects(line.text.encode())
        if found:
            self.entry({name: text_of(value) for name, value in found[0].items()}, line)
        else:
            self.skipped["malformed"] += urls.may_be_fetch(line.text.encode())


class GoproxyJson:
    """goproxy's JSON log."""

    name = "goproxy-json"

    def sniff(self, head: bytes) -> float:
        """Share of the records that have goproxy's fields, where some name a target."""
        sample = first_lines(head, SAMPLE_LINES)
        found = records.objects(sample)
        if not any({"target", "error", "msg"} <= record.keys() for record in found):
            return 0.0
        known = sum({"msg", "level"} <= record.keys() for record in found)
        return 0.95 * known / max(sum(1 for line in sample.splitlines() if line.strip()), 1)

    def parser(self, source: Source) -> Parser:
        """A fresh parser for one log."""
        return GoproxyJsonParser(source)


FORMAT = GoproxyJson()
