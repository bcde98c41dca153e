"""Chat channels through the apprise library: one URL scheme per service (``slack://``, ``feishu://``, ...)."""

from __future__ import annotations

from collections.abc import Sequence

import apprise

from predictor.errors import DeliveryError
from predictor.notify.message import TOLD, body, title
from predictor.protocols import Decision

KIND_OF = {
    "warn": "warning",
    "renew": "warning",
    "outage": "failure",
    "recovered": "success",
    "clear": "info",
    "stuck": "failure",
}


class Chat:
    """Posts decisions to one apprise URL.

    Args:
        url: an apprise URL; it carries the secret, so it is never logged or shown.
        actions: which decisions are sent.
    """

    name = "chat"

    def __init__(self, url: str, actions: Sequence[str] = TOLD) -> None:
        # Without an asset of our own some services are sent an avatar from the library's site.
        asset = apprise.AppriseAsset(app_id="Fetchcast", app_desc="Outage forecasts", image_url_mask="", app_url="")
        self._apprise = apprise.Apprise(asset=asset)
        if not self._apprise.add(url):
            raise ValueError("not a chat URL that apprise knows")
        self._actions = frozenset(actions)

    def wants(self, decision: Decision) -> bool:
        """Whether this kind of decision is sent."""
        return decision.action in self._actions

    def send(self, decision: Decision) -> None:
        """Post it. Raises DeliveryError."""
        done = self._apprise.notify(
            title=title(decision), body=body(decision), notify_type=KIND_OF[decision.action], body_format="text"
        )
        if not bool(done):
            raise DeliveryError("chat: the service did not take the message")
