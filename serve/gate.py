"""Who may ask: a token when there is one, and otherwise only programs of this machine.

Without a token the service listens on loopback alone, and still a web page in a browser on this machine could
reach it; so the Host header must name loopback (against DNS rebinding) and a browser must not say that another
site sent the request.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
from dataclasses import dataclass

from fastapi import Request
from fastapi.security import HTTPBearer

from serve.problems import Refusal

BEARER = HTTPBearer(auto_error=False, description="The token of the service, when one is configured.")
_SAFE = ("GET", "HEAD")
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="fetchcast", Basic realm="fetchcast"'}


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets a request in or raises :class:`~serve.problems.Refusal`.

    Attributes:
        token: what clients must show; ``""`` lets in what comes from this machine.
    """

    token: str = ""

    def __call__(self, request: Request) -> None:
        """Check one request before its body is read."""
        if self.token:
            self._check_token(request)
        else:
            _check_local(request)

    def _check_token(self, request: Request) -> None:
        kind, _, shown = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic" and request.method in _SAFE:  # browsers ask for it by themselves
            shown = _password(shown)
        elif kind.lower() != "bearer":
            shown = ""
        if not hmac.compare_digest(shown.strip().encode(), self.token.encode()):
            raise Refusal(401, "no-token", "show the service's token: Authorization: Bearer TOKEN", _CHALLENGE)


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _check_local(request: Request) -> None:
    host = request.headers.get("host", "")
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if not is_loopback(name):
        raise Refusal(
            421, "wrong-host", "without a token the service answers to loopback names alone, such as 127.0.0.1"
        )
    site = request.headers.get("sec-fetch-site", "none")
    if request.method not in _SAFE and site not in ("none", "same-origin"):
        raise Refusal(403, "cross-site", "a request that another web site sent is refused")
