"""``gh run view --log``: ``JOB<tab>STEP<tab>2026-11-22T07:50:02.3651234Z line``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from predictor.formats.wrappers.layer import Layer, share
from predictor.formats.wrappers.stamps import ISO, StampLayer

_LINE = re.compile(rb"[^\t]*\t[^\t]*\t(?:\xef\xbb\xbf)?" + ISO + rb"(?: |$)")


class _GitHubCli:
    name = "gh-cli"
    order = 35

    def sniff(self, head: Sequence[bytes]) -> bool:
        return share(head, _LINE) >= 0.5

    def layer(self, start: float) -> Layer:  # noqa: ARG002 - stamps are complete
        return StampLayer(_LINE)


WRAPPER = _GitHubCli()
