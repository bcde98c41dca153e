"""Container logs of Kubernetes (CRI): ``2026-11-22T07:50:02.365123456Z stderr F line``; ``P``: a part of one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from predictor.formats.wrappers.joining import Part, PartLayer
from predictor.formats.wrappers.layer import Layer, Row, share
from predictor.formats.wrappers.stamps import ISO, iso_seconds

_LINE = re.compile(ISO + rb" (?P<stream>stdout|stderr) (?P<tag>[FP])\S* ?")


class _Kubernetes:
    name = "kubernetes"
    order = 36

    def sniff(self, head: Sequence[bytes]) -> bool:
        return share(head, _LINE) >= 0.5

    def layer(self, start: float) -> Layer:  # noqa: ARG002 - stamps are complete
        return PartLayer(_read)


def _read(row: Row) -> Sequence[Part]:
    text, _, number = row
    match = _LINE.match(text)
    if not match:
        return [Part(row)]
    whole = (text[match.end() :], iso_seconds(match), number)
    return [Part(whole, match["stream"], match["tag"] == b"P")]


WRAPPER = _Kubernetes()
