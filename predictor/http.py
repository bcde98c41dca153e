"""The only place from which bytes leave for another host.

Every call has a total timeout, bounded redirects (none) and a bounded answer. Hosts that resolve to private
addresses are refused unless the owner allowed them by name, and the check is made on the resolved address that
is then dialled, so that a name cannot change its mind in between.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2

from predictor.errors import OutboundError

MAX_ANSWER = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Outbound:
    """A guarded HTTP client; safe to share between threads.

    Args:
        timeout_s: bound on connecting and on every read, seconds.
        allow_hosts: host names whose addresses may be private or loopback (an internal proxy).
        allow_private: allow every private address: for a tool run by hand on the operator's own network.
    """

    def __init__(
        self, timeout_s: float = 10.0, *, allow_hosts: Collection[str] = (), allow_private: bool = False
    ) -> None:
        self._allow_hosts, self._allow_private = frozenset(allow_hosts), allow_private
        limits = httpx2.Limits(max_connections=32, max_keepalive_connections=16)
        self._client = httpx2.Client(timeout=timeout_s, follow_redirects=False, limits=limits, trust_env=False)

    def get(self, url: str, *, headers: Mapping[str, str] | None = None, max_bytes: int = MAX_ANSWER) -> Answer:
        """Fetch ``url``. A status is an answer, not an error.

        Raises:
            OutboundError: refused by the guard, no connection, timeout, or a body over ``max_bytes``.
        """
        return self._send("GET", url, headers=headers, body=None, max_bytes=max_bytes)

    def post(self, url: str, body: bytes, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Send ``body`` to ``url``. Raises OutboundError as ``get`` does."""
        return self._send("POST", url, headers=headers, body=body, max_bytes=MAX_ANSWER)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _send(
        self, method: str, url: str, *, headers: Mapping[str, str] | None, body: bytes | None, max_bytes: int
    ) -> Answer:
        with _mapped(url):
            target = httpx2.URL(url)
            pinned, extra, extensions = self._pin(target)
            fields = {**(headers or {}), **extra}
            with self._client.stream(method, pinned, headers=fields, content=body, extensions=extensions) as response:
                chunks, size = [], 0
                for chunk in response.iter_bytes():
                    size += len(chunk)
                    if size > max_bytes:
                        raise OutboundError(f"{target.host}: the answer is larger than {max_bytes} bytes")
                    chunks.append(chunk)
                return Answer(response.status_code, dict(response.headers), b"".join(chunks))

    def _pin(self, url: httpx2.URL) -> tuple[httpx2.URL, dict[str, str], dict[str, str]]:
        """The URL to dial: of a checked host it names the checked address, with Host and SNI as asked."""
        if url.scheme not in {"http", "https"} or not url.host:
            raise OutboundError(f"{url.scheme or 'no scheme'}: only http and https addresses are called")
        if self._allow_private or url.host in self._allow_hosts:
            return url, {}, {}
        address = _public_address(url.host, url.port or (443 if url.scheme == "https" else 80))
        return url.copy_with(host=address), {"Host": url.netloc.decode()}, {"sni_hostname": url.host}


def _public_address(host: str, port: int) -> str:
    """An address of a host of which none is private. Raises OutboundError."""
    found = addresses(host, port)
    if not found or any(not ipaddress.ip_address(address).is_global for address in found):
        raise OutboundError(f"{host} is a private address: allow it by name in the configuration")
    return found[0]


def addresses(host: str, port: int) -> list[str]:
    """The IP addresses of a host.

    Raises:
        OutboundError: the name does not resolve.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise OutboundError(f"{host}: {error}") from error
    return sorted({str(entry[4][0]).partition("%")[0] for entry in found})


@contextmanager
def _mapped(url: str) -> Iterator[None]:
    try:
        yield
    except httpx2.InvalidURL as error:
        raise OutboundError(f"not an address: {error}") from error
    except httpx2.TimeoutException as error:
        raise OutboundError(f"{httpx2.URL(url).host}: no answer in time ({type(error).__name__})") from error
    except httpx2.HTTPError as error:
        raise OutboundError(f"{httpx2.URL(url).host}: {error}") from error
