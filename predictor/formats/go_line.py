"""What one line of a go log says by itself, whatever stood before it; the same lines come again and again."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from predictor.formats.go_jobs import End, command_of, end_of_job, failed_inside, goproxy_of, killed_inside
from predictor.formats.go_message import begins, continues
from predictor.formats.go_trace import Trace, parse_trace

LONGEST = 1 << 10  # characters of a line that is remembered
_DOWNLOAD = re.compile(r"(?:^|[\s|>])go: (downloading|finding|extracting) (\S+) (v\d\S*|\(\S+/\S+\))")

Download = tuple[str, str, str]  # verb, module, version


class Said(NamedTuple):
    """What one line says; a line of a trace says nothing else."""

    trace: Trace | None = None
    proxy: str = ""  # the first URL of a GOPROXY that is set
    runs: bool = False  # a go command that may fetch is run
    only_fetches: bool = False  # ... and does nothing else
    download: Download | None = None
    end: End | None = None  # of the build
    begins: bool = False  # an error message may begin here
    failed: bool = False  # a command of the build failed
    killed: bool = False  # ... was stopped by a signal


def said(text: str) -> Said:
    """What a line says by itself."""
    return _remembered(text) if len(text) <= LONGEST else _read(text)


def _read(text: str) -> Said:
    trace = parse_trace(text)
    if trace is not None:
        return Said(trace)
    runs, only_fetches = command_of(text)
    found = _DOWNLOAD.search(text)
    return Said(
        None,
        goproxy_of(text),
        runs,
        only_fetches,
        (found[1], found[2], found[3]) if found else None,
        None if found else end_of_job(text),
        begins(text),
        failed_inside(text),
        killed_inside(text),
    )


def head_of(raw: bytes) -> str:
    """The text of a line that does nothing but begin an error message, ``""`` for all others."""
    return _remembered_head(raw) if len(raw) <= LONGEST else ""


def _head(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace").rstrip("\r")
    return text if '"' not in text and not continues(text) and said(text) == _BEGINS else ""


_BEGINS = Said(begins=True)
_remembered_head = lru_cache(maxsize=1 << 12)(_head)
_remembered = lru_cache(maxsize=1 << 12)(_read)
