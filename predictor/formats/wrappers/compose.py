"""docker compose and its like: ``service-1  | line`` before every line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from predictor.formats.wrappers.layer import NAN, Layer, share
from predictor.formats.wrappers.stamps import StampLayer

_LINE = re.compile(rb"[A-Za-z0-9][\w.\-/]*[ \t]*\|(?: |$)")


class _Compose:
    name = "compose"
    order = 65

    def sniff(self, head: Sequence[bytes]) -> bool:
        return share(head, _LINE) >= 0.6

    def layer(self, start: float) -> Layer:  # noqa: ARG002 - it has no stamps
        return StampLayer(_LINE, lambda _: NAN)


WRAPPER = _Compose()
