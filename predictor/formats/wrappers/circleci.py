"""CircleCI step output as its API gives it: one JSON array of ``{"message": "...", "time": "...", "type": "out"}``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isnan

import msgspec

from predictor.formats.wrappers.joining import Part, PartLayer
from predictor.formats.wrappers.layer import Layer, Row
from predictor.formats.wrappers.records import read_record
from predictor.formats.wrappers.stamps import parse_iso

_LINE = re.compile(rb'\s*\[?\s*\{(?=.*"message" ?:)(?=.*"(?:truncated|type)" ?:)')


class _Message(msgspec.Struct):
    message: str
    time: str = ""
    type: str = ""


_decode = msgspec.json.Decoder(list[_Message]).decode


class _CircleCi:
    name = "circleci"
    order = 30

    def sniff(self, head: Sequence[bytes]) -> bool:
        first = next((line for line in head if line.strip()), b"")
        return _LINE.match(first) is not None

    def layer(self, start: float) -> Layer:  # noqa: ARG002 - stamps are complete
        return PartLayer(_read)


def _read(row: Row) -> Sequence[Part]:
    text = row[0].strip().rstrip(b",")
    records = read_record(_decode, text if text.startswith(b"[") else b"[" + text + b"]")
    if records is None:
        return [Part(row)]  # cut off, or a line of another kind
    parts = []
    for record in records:
        time = parse_iso(record.time.encode())
        pieces = record.message.encode("utf-8", "replace").split(b"\n")
        more = bool(pieces[-1])
        if not more:
            pieces.pop()
        for place, piece in enumerate(pieces):
            last = more and place == len(pieces) - 1
            parts.append(Part((piece, row[1] if isnan(time) else time, row[2]), record.type.encode(), last))
    return parts


WRAPPER = _CircleCi()
