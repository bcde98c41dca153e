"""Channels that tell people and machines about decisions.

One file per kind; the table maps a kind of the configuration to its class, imported on first use. Plug-ins add
kinds by entry points of the group ``fetchcast.notifiers``.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any, cast

from predictor.errors import ConfigError
from predictor.protocols import Notifier

KINDS = {
    "webhook": "predictor.notify.webhook:Webhook",
    "chat": "predictor.notify.chat:Chat",
}
GROUP = "fetchcast.notifiers"


def build(kind: str, options: Mapping[str, Any]) -> Notifier:
    """The notifier of a kind with its options as keyword arguments.

    Raises:
        ConfigError: no such kind, its library is not installed, or an option is unknown or missing.
    """
    targets = {**{point.name: point.value for point in entry_points(group=GROUP)}, **KINDS}
    if kind not in targets:
        raise ConfigError(f"notifiers: unknown kind '{kind}', known are {', '.join(sorted(targets))}")
    module, _, name = targets[kind].partition(":")
    try:
        return cast(Notifier, getattr(importlib.import_module(module), name)(**options))
    except ModuleNotFoundError as error:
        raise ConfigError(f"notifiers: {kind} needs {error.name}: pip install 'fetchcast[serve]'") from error
    except (TypeError, ValueError) as error:
        raise ConfigError(f"notifiers: {kind}: {error}") from error
