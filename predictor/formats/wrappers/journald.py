"""The systemd journal: ``journalctl -o short-iso``, ``-o json`` and ``-o export``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isnan

import msgspec

from predictor.formats.wrappers.layer import NAN, Layer, Row, RowLayer, share
from predictor.formats.wrappers.records import read_record
from predictor.formats.wrappers.stamps import ISO, iso_seconds

_SHORT = re.compile(ISO + rb"(?:(?<=[+-]\d{4})|(?<=[+-]\d\d:\d\d)) [\w.-]+ [^\s:\[]+(?:\[\d+\])?: ?")
_JSON = re.compile(rb'\{(?=.*"__REALTIME_TIMESTAMP" ?:)')
_EXPORT = re.compile(rb"__(?:CURSOR|REALTIME_TIMESTAMP|MONOTONIC_TIMESTAMP)=")


class _Record(msgspec.Struct):
    message: str | list[int] | None = msgspec.field(name="MESSAGE", default=None)
    stamp: str = msgspec.field(name="__REALTIME_TIMESTAMP", default="")


_decode = msgspec.json.Decoder(_Record).decode


class _Journald:
    name = "journald"
    order = 37

    def sniff(self, head: Sequence[bytes]) -> bool:
        return _is_export(head) or share(head, _JSON) >= 0.5 or share(head, _SHORT) >= 0.5

    def layer(self, start: float) -> Layer:  # noqa: ARG002 - stamps are complete
        return RowLayer(_Journal())


def _is_export(head: Sequence[bytes]) -> bool:
    return sum(_EXPORT.match(line) is not None for line in head[:200]) >= 2


class _Journal:
    """Tells the three forms apart line by line; an export record is told at the blank line that ends it."""

    def __init__(self) -> None:
        self._export = False
        self._message: bytes | None = None
        self._time = NAN
        self._binary: bytearray | None = None  # a field with a length before it, being collected

    def __call__(self, row: Row) -> Sequence[Row]:
        """The lines of the journal entries that this raw line completes."""
        text, time, number = row
        if self._binary is not None:
            return self._collect(text)
        if _JSON.match(text):
            return _from_json(row)
        if _EXPORT.match(text):
            self._export = True
        if self._export:
            return self._field(text, time, number)
        return self._plain(row)

    def _plain(self, row: Row) -> Sequence[Row]:
        match = _SHORT.match(row[0])
        if not match:
            return [row]
        return [(row[0][match.end() :], iso_seconds(match), row[2])]

    def _field(self, text: bytes, time: float, number: int) -> Sequence[Row]:
        if not text:
            message, self._message = self._message, None
            said = time if isnan(self._time) else self._time
            return [(part, said, number) for part in message.split(b"\n")] if message is not None else []
        name, equals, value = text.partition(b"=")
        if not equals and name == b"MESSAGE":
            self._binary = bytearray()
        elif name == b"MESSAGE":
            self._message = value
        elif name == b"__REALTIME_TIMESTAMP" and value.isdigit():
            self._time = int(value) / 1e6
        return []

    def _collect(self, text: bytes) -> Sequence[Row]:
        """Gather a field of the form: 64-bit little-endian length, data, line end."""
        data = self._binary if self._binary is not None else bytearray()
        data += text + b"\n"
        if len(data) > 8:
            length = int.from_bytes(data[:8], "little")
            if len(data) >= 8 + length + 1 or length > 1 << 24:
                self._message = bytes(data[8 : 8 + length]).rstrip(b"\n")
                self._binary = None
        return []


def _from_json(row: Row) -> Sequence[Row]:
    record = read_record(_decode, row[0])
    if record is None:
        return [row]  # not an entry of the journal: it stays a line
    message = record.message
    if isinstance(message, list):
        text = bytes(value & 255 for value in message)
    else:
        text = (message or "").encode("utf-8", "replace")
    time = int(record.stamp) / 1e6 if record.stamp.isdigit() else row[1]
    return [(part, time, row[2]) for part in text.split(b"\n")]


WRAPPER = _Journald()
