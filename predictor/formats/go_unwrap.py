"""Takes the JSON of ``go build -json``, ``go test -json`` and ``go mod download -json`` off the text in it.

The JSON is a skin around the same text: ``Output`` and ``Error`` hold the lines that the go command would print, and
test events carry ``Time``. The plain parser reads them, so that JSON on stdout and plain text on stderr may mix.
"""

from __future__ import annotations

import re

import msgspec

from predictor.formats.wrappers.stamps import parse_iso

_OBJECT = re.compile(r'\s*\{"(?:Time|ImportPath|Action|Package)"')
_FIELD = re.compile(r'\s*"(?:Error|Err)":\s*("(?:[^"\\]|\\.)*")')
_SNIFF = re.compile(
    rb'^\{"(?:ImportPath|Time|Action|Package)":.*"(?:Action|Output)":|^\t"(?:Path|Version|Error|GoModSum)":', re.M
)


class _Record(msgspec.Struct):
    Output: str = ""
    Time: str = ""


_decode_record = msgspec.json.Decoder(_Record).decode
_decode_text = msgspec.json.Decoder(str).decode


def unwrap(line: str) -> tuple[str, float] | None:
    """Text inside a line of JSON output and its time (UTC seconds, NaN: none said); None when it is no such line."""
    try:
        if _OBJECT.match(line):
            record = _decode_record(line)
            return record.Output, parse_iso(record.Time.encode())
        field = _FIELD.match(line)
        return (_decode_text(field[1]), float("nan")) if field else None
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError):
        return None  # half a line, another tool's JSON, or brackets thousands deep: it is read as plain text
