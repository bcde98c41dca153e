"""What a CI job asks a service: the risk of an upstream, and advice. An unreachable service is 'unknown'."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from predictor.errors import OutboundError
from predictor.http import Outbound

DEFAULT_SERVER = "http://127.0.0.1:8787"


class ServiceClient:
    """Asks a Fetchcast service.

    Args:
        server: base URL.
        token: bearer token, ``""`` for none.
        timeout_s: bound on connecting and on every read: a CI job must not hang on its own safety net.
    """

    def __init__(self, server: str = DEFAULT_SERVER, token: str = "", timeout_s: float = 5.0) -> None:
        self._server, self._token = server.rstrip("/"), token
        # The operator named this server by hand, so a private address is what is wanted.
        self._http = Outbound(timeout_s=timeout_s, allow_private=True)

    def risk(self, upstream: str, vantage: str) -> dict[str, Any]:
        """The answer of ``GET /v1/risk``. Raises OutboundError."""
        return self._get("/v1/risk", {"upstream": upstream, "vantage": vantage})

    def advice(self, upstream: str, vantage: str) -> dict[str, Any]:
        """The answer of ``GET /v1/advice``. Raises OutboundError."""
        return self._get("/v1/advice", {"upstream": upstream, "vantage": vantage})

    def _get(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self._token}"} if self._token else {}
        kept = {name: value for name, value in query.items() if value}
        answer = self._http.get(f"{self._server}{path}?{urlencode(kept)}", headers=headers, max_bytes=1 << 20)
        try:
            body = json.loads(answer.body)
        except ValueError as error:
            raise OutboundError(f"{self._server}{path}: HTTP {answer.status}, and the answer is not JSON") from error
        if answer.status != 200 or not isinstance(body, dict):
            detail = body.get("detail") or body.get("title") if isinstance(body, dict) else ""
            raise OutboundError(f"{self._server}{path}: HTTP {answer.status} {detail or ''}".rstrip())
        return body
