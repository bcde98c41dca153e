"""Azure Pipelines raw logs: the stamps of GitHub Actions, whose runner is a fork, and ``##[section]`` lines."""

from __future__ import annotations

from collections.abc import Sequence

from predictor.formats.wrappers.github_actions import STAMP
from predictor.formats.wrappers.github_actions import WRAPPER as _GITHUB
from predictor.formats.wrappers.layer import Layer
from predictor.formats.wrappers.stamps import StampLayer

_MARKS = (b"Z ##[section]", b"Z ##vso[", b"##[debug]Agent.", b"Agent machine name")


class _AzurePipelines:
    name = "azure-pipelines"
    order = 39

    def sniff(self, head: Sequence[bytes]) -> bool:
        return _GITHUB.sniff(head) and any(mark in line for line in head for mark in _MARKS)

    def layer(self, start: float) -> Layer:  # noqa: ARG002 - stamps are complete
        return StampLayer(STAMP, digits=7)


WRAPPER = _AzurePipelines()
