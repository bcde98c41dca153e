"""Leading ``> `` of quoted mail and Markdown, any depth."""

from __future__ import annotations

import re
from collections.abc import Sequence

from predictor.formats.wrappers.layer import NAN, Layer, share
from predictor.formats.wrappers.stamps import StampLayer

_LINE = re.compile(rb"(?:> ?)+(?! *=>)")


class _Quote:
    name = "quote"
    order = 70

    def sniff(self, head: Sequence[bytes]) -> bool:
        return share(head, _LINE) >= 0.8

    def layer(self, start: float) -> Layer:  # noqa: ARG002 - it has no stamps
        return StampLayer(_LINE, lambda _: NAN)


WRAPPER = _Quote()
