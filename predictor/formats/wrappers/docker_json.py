"""Docker's json-file driver: ``{"log":"line\\n","stream":"stderr","time":"2026-11-22T07:50:02.365Z"}``.

A ``log`` without a line end is a part of a line of more than 16 KiB.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isnan

import msgspec

from predictor.formats.wrappers.joining import Part, PartLayer
from predictor.formats.wrappers.layer import Layer, Row, share
from predictor.formats.wrappers.records import read_record
from predictor.formats.wrappers.stamps import parse_iso

_LINE = re.compile(rb'\s*\{(?=.*"log" ?:)(?=.*"(?:stream|time)" ?:)')


class _Record(msgspec.Struct):
    log: str
    stream: str = ""
    time: str = ""


_decode = msgspec.json.Decoder(_Record).decode


class _DockerJson:
    name = "docker-json"
    order = 34

    def sniff(self, head: Sequence[bytes]) -> bool:
        return share(head, _LINE) >= 0.5

    def layer(self, start: float) -> Layer:  # noqa: ARG002 - stamps are complete
        return PartLayer(_read)


def _read(row: Row) -> Sequence[Part]:
    record = read_record(_decode, row[0])
    if record is None:
        return [Part(row)]  # not a record of the driver: it stays a line
    time = parse_iso(record.time.encode())
    text = record.log.encode("utf-8", "replace")
    pieces = text.split(b"\n")
    more = bool(pieces[-1])
    if not more:
        pieces.pop()
    stream = record.stream.encode()
    rows = [(piece, row[1] if isnan(time) else time, row[2]) for piece in pieces]
    return [Part(piece, stream, more and place == len(rows) - 1) for place, piece in enumerate(rows)]


WRAPPER = _DockerJson()
