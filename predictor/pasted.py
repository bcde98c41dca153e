"""Explains a pasted log: any bytes in, an explanation out.

CI wrappers come off first; then the taxonomy reads the whole text. The numbers of lines are those of the log as it was
given, which the reader sees.
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
from predictor.formats.wrappers.layer import newlines
from predictor.protocols import Block

HEAD_BYTES = 1 << 16
MAX_BYTES = 256 << 20  # more of one log is not read
GZIP = b"\x1f\x8b"


def explain_log(data: bytes) -> Explanation:
    """Explain a log given as any bytes, gzip or plain, wrapped or not. Never raises.

    ``line`` of the findings is 0-based in the log as given (after decompression).
    """
    text, numbers, times = peeled(unpacked(data))
    found = diagnose(text.decode("utf-8", "replace"), times)
    return judged([replace(finding, line=numbers[min(finding.line, len(numbers) - 1)] - 1) for finding in found])


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


def peeled(data: bytes) -> tuple[bytes, Sequence[int], Sequence[float]]:
    """(the log with its CI wrappers off, 1-based number of each of its lines in ``data``, the stamps that it held).

    There are no stamps where no wrapper has any.
    """
    around = peeler(data[:HEAD_BYTES])
    body, rest = around.feed(data, 1), around.finish()
    return body.text + rest.text, _numbers(body) + _numbers(rest), () if body.times is None else body.times.tolist()


def _numbers(block: Block) -> list[int]:
    count = len(newlines(block.text))
    return list(range(block.first_line, block.first_line + count)) if block.lines is None else block.lines.tolist()
