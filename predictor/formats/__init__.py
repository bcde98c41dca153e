"""One file per log format, found by discovery: a new format is one new file with a module-level ``FORMAT``.

Installed packages add formats by entry points of the group ``fetchcast.formats``. Modules here without a
``FORMAT`` are the shared stages: ``layout`` and ``records`` cut lines into columns (``template``, ``record_cutter``,
``cutting``, ``spans``, ``distinct``), ``access`` says what columns mean; ``urls``, ``stamps``, ``symptoms``.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points

from predictor.errors import UnknownFormatError
from predictor.protocols import Format

GROUP = "fetchcast.formats"
MIN_CONFIDENCE = 0.3


@cache
def discover() -> dict[str, Format]:
    """Every format by name, those of this folder first; a plug-in of the same name replaces one."""
    found: dict[str, Format] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        if info.ispkg:
            continue
        module = importlib.import_module(f"{__name__}.{info.name}")
        declared: Format | None = getattr(module, "FORMAT", None)
        if declared is not None:
            found[declared.name] = declared
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        plugged: Format = point.load()
        found[plugged.name] = plugged
    return found


def by_name(name: str) -> Format:
    """The format called ``name``.

    Raises:
        UnknownFormatError: there is none; the message lists those that there are.
    """
    formats = discover()
    if name not in formats:
        raise UnknownFormatError(f"no log format is called '{name}'; there are: {', '.join(sorted(formats))}")
    return formats[name]


def recognise(head: bytes) -> tuple[Format | None, float]:
    """The format that recognises whole lines ``head`` best and its confidence; (None, 0.0) when none does."""
    best: Format | None = None
    best_score = 0.0
    for candidate in discover().values():
        score = candidate.sniff(head)
        if score > best_score:
            best, best_score = candidate, score
    return best, best_score


def detect(head: bytes) -> Format:
    """The format that recognises whole lines ``head`` (wrappers off) best.

    Raises:
        UnknownFormatError: no format is at least 30 % sure.
    """
    best, score = recognise(head)
    if best is None or score < MIN_CONFIDENCE:
        raise UnknownFormatError("no format recognises this log; name one with --log-format")
    return best
