"""Remedies: reversible acts, dry-run until their owner turns them on.

One file per kind; the table maps a kind of the configuration to its class, imported on first use. Plug-ins add
kinds by entry points of the group ``fetchcast.remedies``.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any, cast

from predictor.errors import ConfigError
from predictor.protocols import Remedy

KINDS = {
    "warm": "predictor.remedies.warm:WarmRemedy",
    "advice": "predictor.remedies.advice:AdviceRemedy",
    "command": "predictor.remedies.command:CommandRemedy",
}
GROUP = "fetchcast.remedies"


def build(kind: str, options: Mapping[str, Any]) -> Remedy:
    """The remedy of a kind with its options as keyword arguments.

    Raises:
        ConfigError: no such kind, or an option is unknown or missing.
    """
    targets = {**{point.name: point.value for point in entry_points(group=GROUP)}, **KINDS}
    if kind not in targets:
        raise ConfigError(f"remedies: unknown kind '{kind}', known are {', '.join(sorted(targets))}")
    module, _, name = targets[kind].partition(":")
    try:
        return cast(Remedy, getattr(importlib.import_module(module), name)(**options))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"remedies: {kind}: {error}") from error
