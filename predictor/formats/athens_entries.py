"""What Athens's log entries mean, whatever they are written in (text, JSON, logrus or slog).

Athens answers 404 for nearly every upstream failure; the reason stands in an error entry of the same request.
An access entry joins the error entry that came before it. Athens logs no duration and no upstream, so all events
of one log belong to one upstream.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from predictor.events import Cause, Op, Outcome
from predictor.formats import symptoms, urls
from predictor.formats.access import NO_UPSTREAM, of_status
from predictor.formats.lines import LineParser

MAX_OPEN = 10_000
_STATUS_ANSI = "\x1b"


class AthensParser(LineParser):
    """Base of the parsers of Athens's logs; a format cuts lines into entries and gives them to :meth:`entry`."""

    def __init__(self, source: object) -> None:
        super().__init__(source)  # type: ignore[arg-type]
        self._errors: OrderedDict[str, symptoms.Symptom] = OrderedDict()

    def entry(self, message: str, fields: Mapping[str, str], time: float, line: int) -> None:
        """Take one whole entry.

        Args:
            message: the text.
            fields: ``http-path``, ``http-status``, ``request-id``, ``kind``...
            time: UTC seconds, NaN when unknown.
            line: number of its last line.
        """
        request, path = fields.get("request-id", ""), fields.get("http-path", "")
        status = _digits(fields.get("http-status", ""))
        if not status:
            if request and path and ("operation" in fields or "kind" in fields):
                self._errors[request] = symptoms.symptom(message)
                while len(self._errors) > MAX_OPEN:
                    self._errors.popitem(last=False)
            return
        error = self._errors.pop(request, None) if request else None
        found = urls.parse_path(path)
        if not found or fields.get("http-method", "GET") not in ("GET", "HEAD"):
            return
        outcome, cause = of_status(status)
        if (
            error
            and status >= 400
            and error.outcome in (Outcome.FAILED, Outcome.HUNG)
            and error.cause is not Cause.NONE
        ):
            outcome, cause = error.outcome, error.cause
        if status == 504:
            cause = Cause.PROXY_HANG
        self.emit(
            self.source.upstream or NO_UPSTREAM,
            time=time,
            op=Op(found.op),
            module=found.module,
            version=found.version,
            outcome=outcome,
            cause=cause,
            status=status,
            line=line,
            template=error.template if error and status >= 400 else "",
        )


def _digits(text: str) -> int:
    """A status that may be a string inside terminal colours."""
    if _STATUS_ANSI in text:
        text = text.partition("m")[2][:3]
    return int(text) if text.isascii() and text.isdigit() and len(text) == 3 else 0
