"""GitHub Actions raw logs: ``2026-11-22T07:50:02.3651234Z line`` behind a byte order mark.

Only the first physical line of a message wears the stamp (actions/runner, Logging.cs). Azure Pipelines writes the
same stamps; its own markers are read as lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from predictor.formats.wrappers.layer import Layer, share
from predictor.formats.wrappers.stamps import ISO, StampLayer

#: Stamp and the space behind it.
STAMP = re.compile(rb"(?:\xef\xbb\xbf)?" + ISO + rb"(?: |$)")
_SEVEN = re.compile(rb"(?:\xef\xbb\xbf)?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z")


class _GitHubActions:
    name = "github-actions"
    order = 40

    def sniff(self, head: Sequence[bytes]) -> bool:
        return share(head, _SEVEN) >= 0.3

    def layer(self, start: float) -> Layer:  # noqa: ARG002 - stamps are complete
        return StampLayer(STAMP, digits=7)


WRAPPER = _GitHubActions()
