"""Quoted-printable mail: ``=3D`` for a byte, ``=`` at the end of a line for a line that was cut."""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections.abc import Sequence

from predictor.formats.wrappers.joining import Part, PartLayer
from predictor.formats.wrappers.layer import Layer, Row

_CODE = re.compile(rb"=(?:3D|20|09|2E|C2|E2)")


class _QuotedPrintable:
    name = "quoted-printable"
    order = 20

    def sniff(self, head: Sequence[bytes]) -> bool:
        if any(line.lower().startswith(b"content-transfer-encoding: quoted-printable") for line in head):
            return True
        soft = sum(line.rstrip(b"\r").endswith(b"=") and len(line) <= 77 for line in head)
        coded = sum(len(_CODE.findall(line)) for line in head)
        long = any(len(line) > 78 for line in head)
        return not long and soft >= 1 and coded >= 1

    def layer(self, start: float) -> Layer:  # noqa: ARG002 - it has no stamps
        return PartLayer(_read)


def _read(row: Row) -> Sequence[Part]:
    text, time, number = row
    text = text.removesuffix(b"\r")
    soft = text.endswith(b"=")
    whole = a2b_qp(text.removesuffix(b"=") if soft else text)
    pieces = [whole] if soft else whole.split(b"\n")
    return [Part((piece, time, number), b"", soft) for piece in pieces]


WRAPPER = _QuotedPrintable()
