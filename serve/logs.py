"""The service's own log: one JSON object a line on standard error, those of uvicorn among them."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import Processor


def set_up(level: str) -> None:
    """Send structlog and the standard library's loggers to standard error as JSON lines.

    Args:
        level: ``debug``, ``info``, ``warning`` or ``error``.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    finish: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.JSONRenderer(),
    ]
    out = logging.StreamHandler(sys.stderr)
    out.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=finish))
    root = logging.getLogger()
    root.handlers = [out]
    root.setLevel(level.upper())
    logging.getLogger("uvicorn.access").disabled = True  # one line per request is ours, with its id
