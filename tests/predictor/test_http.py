"""The only place from which bytes leave."""

from __future__ import annotations

import pytest

from predictor import http
from predictor.errors import OutboundError
from predictor.http import Outbound
from tests.conftest import Listener


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/x",
        "http://localhost:1/x",
        "http://[::1]:1/x",
        "http://10.0.0.7/x",
        "http://169.254.169.254/latest/meta-data",
        "http://0.0.0.0/x",
        "http://[::ffff:127.0.0.1]/x",
    ],
)
def test_private_addresses_are_refused(url: str) -> None:
    """However they are spelt."""
    with pytest.raises(OutboundError, match=r"private address|not known|support"):
        Outbound(timeout_s=1).get(url)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.test/x", "nonsense", "http://"])
def test_other_schemes_are_refused(url: str) -> None:
    """Only http and https are called."""
    with pytest.raises(OutboundError):
        Outbound(timeout_s=1, allow_private=True).get(url)


def test_a_redirect_is_an_answer_and_not_followed(listener: Listener) -> None:
    """So that a guarded call cannot be sent elsewhere."""
    listener.statuses = [302]

    assert Outbound(timeout_s=5, allow_private=True).get(f"{listener.url}/a").status == 302
    assert len(listener.received) == 1


def test_an_answer_over_the_bound_is_refused(listener: Listener) -> None:
    """Memory is bounded."""
    listener.files["/big"] = b"x" * 100_000

    with pytest.raises(OutboundError, match="larger than 1000"):
        Outbound(timeout_s=5, allow_private=True).get(f"{listener.url}/big", max_bytes=1000)


def test_a_silent_server_ends_in_a_clear_error() -> None:
    """Not in a hang."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(OutboundError, match="no answer in time"):
            Outbound(timeout_s=0.3, allow_private=True).get(url)


def test_the_checked_address_is_the_one_that_is_dialled(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that changes its mind between check and call gains nothing; Host stays as asked."""
    port = listener.url.rsplit(":", 1)[1]
    monkeypatch.setattr(http.ipaddress, "ip_address", lambda text: http.ipaddress.IPv4Address("8.8.8.8"))

    Outbound(timeout_s=5).get(f"http://localhost:{port}/x")

    assert listener.received[0][1]["host"] == f"localhost:{port}"
