"""Bare stamps with a date before every line: Render, Drone, ``docker logs -t``, Jenkins Pipeline, Go's log package."""

from __future__ import annotations

import re
from collections.abc import Sequence

from predictor.formats.wrappers.layer import Layer, share
from predictor.formats.wrappers.stamps import ISO, StampLayer

_BARE = re.compile(rb"(?:\xef\xbb\xbf)?(?P<open>\[)?" + ISO + rb"(?(open)\])(?: {1,2}|\t|$)")


class _Iso:
    name = "iso"
    order = 60

    def sniff(self, head: Sequence[bytes]) -> bool:
        return share(head, _BARE) >= 0.5

    def layer(self, start: float) -> Layer:  # noqa: ARG002 - stamps are complete
        return StampLayer(_BARE)


WRAPPER = _Iso()
