"""What the log of goproxy/goproxy (the engine of goproxy.cn) means: it logs failed fetches only.

A 5xx of its upstream becomes ``bad upstream``, a time-out ``fetch timed out``; the client gets both as 404, and
500 for everything else (reference/peers.md section 2).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from predictor.events import Outcome
from predictor.formats import stamps, symptoms, urls
from predictor.formats.lines import Line, LineParser

_AS_404 = ("bad upstream", "fetch timed out", "not found")


class GoproxyParser(LineParser):
    """Base of the parsers of goproxy's two spellings."""

    def entry(self, fields: Mapping[str, str], line: Line) -> None:
        """Take one entry: ``time``, ``msg``, ``error``, ``target``."""
        target, error = fields.get("target", ""), fields.get("error", "")
        found = urls.parse_path("/" + target) if target and error else None
        if not found:
            return
        own = stamps.stamp(fields.get("time", ""))
        seen = symptoms.symptom(error)
        status = 404 if any(words in error for words in _AS_404) else 500
        self.emit(
            seen.upstream,
            time=line.stamp if math.isnan(own) else own,
            op=found.op,
            module=found.module,
            version=found.version,
            outcome=seen.outcome,
            cause=seen.cause,
            status=0 if seen.outcome is Outcome.USER_ERROR else status,
            line=line.number,
            template=seen.template,
        )
