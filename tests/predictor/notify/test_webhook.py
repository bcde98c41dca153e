"""The signed webhook, checked by an independent verifier."""

from __future__ import annotations

import base64
import json
import time

import pytest
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from predictor.errors import DeliveryError
from predictor.notify.webhook import Webhook, key_of
from predictor.protocols import Decision
from tests.conftest import Listener

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
WARN = Decision(time.time(), ("ci", "proxy.golang.org"), "warn", 0.81, "http_5xx", (("latency", 0.4),), "abc123")


def test_an_independent_verifier_accepts_the_signature_and_refuses_a_changed_body(listener: Listener) -> None:
    """The scheme is the public one."""
    Webhook(f"{listener.url}/hook", SECRET, allow_hosts=["127.0.0.1"]).send(WARN)
    _, headers, body = listener.received[0]

    assert Verifier(SECRET).verify(body, headers)["data"]["upstream"] == "proxy.golang.org"
    with pytest.raises(WebhookVerificationError):
        Verifier(SECRET).verify(body.replace(b"0.81", b"0.11"), headers)


def test_the_message_says_what_people_need(listener: Listener) -> None:
    """Risk, cause and signals are in values and in words."""
    Webhook(listener.url, allow_hosts=["127.0.0.1"]).send(WARN)
    data = json.loads(listener.received[0][2])["data"]

    assert (data["risk_15m"], data["cause"], data["signals"][0]["name"]) == (0.81, "http_5xx", "latency")
    assert "likely within 15 minutes" in data["title"]


@pytest.mark.parametrize(("status", "permanent"), [(500, False), (429, False), (404, True), (401, True)])
def test_an_error_says_whether_a_retry_can_help(listener: Listener, status: int, permanent: bool) -> None:
    """The caller decides by it."""
    listener.statuses = [status]

    with pytest.raises(DeliveryError) as caught:
        Webhook(listener.url, allow_hosts=["127.0.0.1"]).send(WARN)

    assert caught.value.permanent is permanent


def test_a_private_address_is_refused_unless_allowed_by_name(listener: Listener) -> None:
    """A webhook URL must not reach into the network that the service runs in."""
    with pytest.raises(DeliveryError, match="private address"):
        Webhook(listener.url).send(WARN)

    assert listener.received == []


def test_a_secret_that_is_not_base64_is_refused() -> None:
    """At the start, not at the first outage."""
    with pytest.raises(ValueError, match="base64"):
        key_of("whsec_%%%")
