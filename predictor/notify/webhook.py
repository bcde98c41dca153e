"""A signed webhook by the Standard Webhooks scheme (standardwebhooks.com, symmetric ``v1`` signatures)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Sequence

from predictor.clock import Clock, SystemClock
from predictor.errors import DeliveryError, OutboundError
from predictor.http import Outbound
from predictor.notify.message import TOLD, identity, payload
from predictor.protocols import Decision

PREFIX = "whsec_"
GONE = {400, 401, 403, 404, 405, 410, 422}


class Webhook:
    """Posts decisions as signed JSON.

    Args:
        url: where to.
        secret: ``whsec_<base64>`` or plain text; ``""`` sends unsigned.
        actions: which decisions are sent.
        allow_hosts: hosts that may resolve to private addresses.
        clock: gives the time that is signed.
    """

    name = "webhook"

    def __init__(
        self,
        url: str,
        secret: str = "",
        actions: Sequence[str] = TOLD,
        allow_hosts: Sequence[str] = (),
        timeout_s: float = 10.0,
        clock: Clock | None = None,
    ) -> None:
        self._url, self._key, self._actions = url, key_of(secret), frozenset(actions)
        self._client = Outbound(timeout_s=timeout_s, allow_hosts=allow_hosts)
        self._clock = clock or SystemClock()

    def wants(self, decision: Decision) -> bool:
        """Whether this kind of decision is sent."""
        return decision.action in self._actions

    def send(self, decision: Decision) -> None:
        """Post it. Raises DeliveryError; permanent on statuses that a retry cannot change."""
        body = json.dumps(payload(decision), separators=(",", ":")).encode()
        # The same decision keeps its id over retries, so that the receiver can drop a copy.
        headers = {"content-type": "application/json", "webhook-id": "_".join(("msg", *identity(decision)))}
        headers["webhook-timestamp"] = f"{self._clock.now():.0f}"
        if self._key:
            headers["webhook-signature"] = sign(self._key, headers["webhook-id"], headers["webhook-timestamp"], body)
        try:
            answer = self._client.post(self._url, body, headers=headers)
        except OutboundError as error:
            raise DeliveryError(f"webhook: {error}") from error
        if not 200 <= answer.status < 300:
            raise DeliveryError(f"webhook: HTTP {answer.status}", permanent=answer.status in GONE)


def key_of(secret: str) -> bytes:
    """The key bytes of a secret.

    Raises:
        ValueError: it starts with ``whsec_`` and the rest is not base64.
    """
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a secret after 'whsec_' must be base64") from error


def sign(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """``v1,<base64 HMAC-SHA256>`` over ``id.timestamp.body``."""
    content = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
