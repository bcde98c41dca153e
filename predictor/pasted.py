"""Explains a pasted log: any bytes in, an explanation out.

CI wrappers come off first; then the taxonomy reads the whole text; then the evidence is found again in the log
as it was given, so that its line number is the one the reader sees.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Sequence
from dataclasses import replace

from predictor.causes.excerpt import diagnose
from predictor.causes.explain import Explanation, judged
from predictor.formats.wrappers import peeler

HEAD_BYTES = 1 << 16
MAX_BYTES = 256 << 20  # more of one log is not read
GZIP = b"\x1f\x8b"
ANCHOR = 48  # characters of a message's first line that find it in the log again


def explain_log(data: bytes) -> Explanation:
    """Explain a log given as any bytes, gzip or plain, wrapped or not. Never raises.

    ``line`` of the findings is 0-based in the log as given (after decompression).
    """
    data = unpacked(data)
    peels, times = peeled(data)
    text = peels.decode("utf-8", "replace")
    raw = data.decode("utf-8", "replace").split("\n")
    peeled_lines = text.split("\n")
    findings = []
    at = 0
    for finding in diagnose(text, times):
        line = located(raw, peeled_lines[finding.line], at)
        at = at if line is None else line
        findings.append(replace(finding, line=min(finding.line, len(raw) - 1) if line is None else line))
    return judged(findings)


def unpacked(data: bytes) -> bytes:
    """The content of gzip data as far as it can be read; other data as it is. At most ``MAX_BYTES``."""
    if not data.startswith(GZIP):
        return data[:MAX_BYTES]
    try:
        with gzip.open(io.BytesIO(data)) as stream:
            return stream.read(MAX_BYTES)
    except (OSError, EOFError, zlib.error):
        return readable_part(data)


def readable_part(data: bytes) -> bytes:
    """What a cut or damaged gzip stream gives before its end."""
    unpacker = zlib.decompressobj(wbits=31)
    parts = []
    try:
        for start in range(0, len(data), HEAD_BYTES):
            parts += [unpacker.decompress(data[start : start + HEAD_BYTES], HEAD_BYTES * 64)]
    except zlib.error:
        return b"".join(parts) or data
    return b"".join(parts)


def peeled(data: bytes) -> tuple[bytes, Sequence[float]]:
    """The log with its CI wrappers off, and the stamps of the lines that they held; empty when they held none."""
    around = peeler(data[:HEAD_BYTES])
    body, rest = around.feed(data, 1), around.finish()
    return body.text + rest.text, () if body.times is None else body.times.tolist()


def located(raw: Sequence[str], line: str, start: int) -> int | None:
    """0-based number of the line of the log that holds the peeled line, from ``start`` on; None when none does."""
    anchor = line.strip()[:ANCHOR]
    if not anchor:
        return None
    return next((number for number in range(start, len(raw)) if anchor in raw[number]), None)
