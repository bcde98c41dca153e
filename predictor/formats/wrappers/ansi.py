"""Colours, cursor movements, carriage returns and Windows line ends: taken off wherever they are, free where not."""

from __future__ import annotations

import re
from collections.abc import Sequence

from predictor.formats.wrappers.layer import Layer, block_of, rows_of
from predictor.protocols import Block

_SEQUENCE = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # CSI: colours, erasing
    rb"|[\]PX^_][^\x07\x1b\n]{0,4096}(?:\x07|\x1b\\)"  # OSC, DCS, SOS, PM, APC: titles, links, marks
    rb"|[ -/][0-~]|[0-Z\\^-~])"
)
_CARET = re.compile(rb"\^\[\[[0-9;]{0,12}[A-Za-z]|\^@")  # as a pager or an editor shows them


class _Ansi:
    name = "ansi"
    order = 55

    def sniff(self, head: Sequence[bytes]) -> bool:
        return any(b"\x1b" in line or _CARET.search(line) for line in head)

    def layer(self, start: float) -> Layer:  # noqa: ARG002 - it has no stamps
        return Clean()


class Clean:
    """The layer; it is on every log, because colours may begin after the head."""

    def feed(self, block: Block) -> Block:
        """The lines without control sequences, each piece between carriage returns a line of its own."""
        text = block.text
        if b"\x1b" in text:
            text = _SEQUENCE.sub(b"", text)
        if b"^" in text and (b"^[[" in text or b"^@" in text):  # one byte is searched for ten times as fast as two
            text = _CARET.sub(b"", text)
        returns = b"\r" in text
        if returns:
            text = text.replace(b"\r\n", b"\n").removesuffix(b"\r")
        block = Block(text, block.first_line, block.times, block.lines)
        return _split(block) if returns and b"\r" in text else block

    def finish(self) -> Block:
        """Nothing: no line is held back."""
        return Block(b"")


def _split(block: Block) -> Block:
    rows = []
    for text, time, number in rows_of(block):
        pieces = [piece for piece in text.split(b"\r") if piece] or [b""]
        rows += [(piece, time, number) for piece in pieces]
    return block_of(rows, block.first_line)


WRAPPER = _Ansi()
