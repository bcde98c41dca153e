"""What a client asked of a proxy, drawn at random, and what each answer means: the slow and obvious judge.

The rules are those of the reference: a status says the outcome unless the proxy's own flag, the upstream's status, an
empty body or the time that passed says more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeVar

from hypothesis import strategies as st

from predictor.formats.urls import ModulePath, parse_path
from tests.predictor.formats.oracle.written import Entry, Event

PATHS = (
    "/github.com/%21burnt%21sushi/toml/@v/v0.3.1.zip", "/github.com/!burnt!sushi/toml/@v/v0.3.1.mod",
    "/golang.org/x/text/@v/list", "/golang.org/x/text/@latest", "/a.b/c/@v/v1.2.3.info",
    "/gopkg.in/yaml.v3/@v/v3.0.1.zip",
    "/example.com/tls/x509/v2/@v/v2.0.0-20240102030405-abcdef012345.mod", "/healthz", "/", "/metrics?a=@v",
    "/golang.org/toolchain/@v/v0.0.1-go1.22.0.linux-amd64.zip", "/sumdb/sum.golang.org/lookup/a.b/c@v1.2.3",
    "/sumdb/sum.golang.org/tile/8/0/x001/234", "/sumdb/sum.golang.org/supported", "/acme.org/vanity?go-get=1",
    "/repository/go-proxy/golang.org/x/net/@v/v0.1.0.zip", "/api/go/go-virtual/a.b/c/@v/list",
    "/a.b/c.git/info/refs?service=git-upload-pack", "/a.b/c/@v/v1.0.0+incompatible.zip", "/favicon.ico",
)  # fmt: skip
AGENTS = ("GoCommand/1 (+https://go.dev/cmd/go)", "Go-http-client/2.0", "-", "a;b [c] d=e/1.0", "caf\u00e9/1")
STATUSES = (200, 200, 200, 206, 301, 304, 400, 401, 403, 404, 407, 408, 410, 416, 429, 499, 500, 502, 503, 504, 522)
Verdict = tuple[str, str]
_T = TypeVar("_T")


@dataclass(frozen=True)
class Asked:
    """One request and its answer, whoever logs it."""

    second: int  # UTC, of the end
    ms: int
    method: str
    path: str
    protocol: str
    status: int
    size: int | None
    tries: tuple[tuple[str, int, int], ...]  # upstream, its status, its milliseconds
    client: str
    host: str
    agent: str
    zone_min: int
    word: int  # chooses among words that only one format knows

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ms / 1000

    @property
    def found(self) -> ModulePath | None:
        """What the path asks for."""
        return parse_path(self.path)

    @property
    def line(self) -> str:
        """The request line; HTTP/0.9 says no protocol."""
        return f"{self.method} {self.path} {self.protocol}".rstrip()

    def pick(self, words: Sequence[_T]) -> _T:
        """One of the words that a format knows."""
        return words[self.word % len(words)]


def asked(
    upstreams: Sequence[str] = ("10.0.0.1:80",),
    clients: Sequence[str] = ("10.1.1.1", "::1", "2001:db8::7"),
    *,
    unanswered: bool = False,
) -> st.SearchStrategy[Asked]:
    """Requests through a proxy in front of ``upstreams``; ``unanswered``: status 0 where there was no answer."""
    one = st.tuples(st.sampled_from(upstreams), st.sampled_from([200, 404, 502, 503]), st.integers(0, 3000))
    return st.builds(
        Asked,
        second=st.integers(1_700_000_000, 1_900_000_000),
        ms=st.one_of(st.sampled_from([0, 999, 1000, 4999, 5000, 60_000]), st.integers(0, 90_000)),
        method=st.sampled_from(["GET", "GET", "GET", "HEAD", "POST", "PURGE"]),
        path=st.sampled_from(PATHS),
        protocol=st.sampled_from(["HTTP/1.1", "HTTP/1.1", "HTTP/2.0"]),
        status=st.sampled_from((*STATUSES, 0) if unanswered else STATUSES),
        size=st.sampled_from([0, 0, 1, 512, 9_999_999_999]),
        tries=st.lists(one, max_size=3).map(tuple),
        client=st.sampled_from(clients),
        host=st.sampled_from(["goproxy.corp", "goproxy.corp:8443"]),
        agent=st.sampled_from(AGENTS),
        zone_min=st.sampled_from([0, 0, 330, -240]),
        word=st.integers(0, 999),
    )


def clf(second: float, zone_min: int = 0) -> str:
    """A time as the Common Log Format has it."""
    return datetime.fromtimestamp(second, timezone(timedelta(minutes=zone_min))).strftime("%d/%b/%Y:%H:%M:%S %z")


def iso(second: float, ms: int | None = None) -> str:
    """A time in UTC as ISO 8601 has it, with milliseconds where they are given."""
    whole = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}Z" if ms is None else f"{whole}.{ms:03}Z"


def of_status(status: int) -> Verdict:
    """What a status alone says."""
    if 100 <= status <= 399:
        return "ok", "none"
    if status in (404, 410):
        return "missing", "http_404_410_missing"
    known = {401: "http_403_401_auth", 403: "http_403_401_auth", 407: "http_403_401_auth"}
    known |= {408: "tcp_timeout", 429: "http_429"}
    if status in known:
        return "failed", known[status]
    return ("failed", "http_5xx") if status >= 500 else ("user_error", "none")


def judged(r: Asked, last_try: int = 0, said: Verdict | None = None, size: int | None = None) -> Verdict:
    """Outcome and cause of a request.

    Args:
        r: the request; its time counts.
        last_try: status of the last upstream try, 0 where none is logged.
        said: what the proxy's own words say; they win.
        size: bytes sent as logged.
    """
    if said == ("user_error", "none") and r.seconds >= 5:
        return "hung", "proxy_hang"
    if said:
        return said
    if r.status in (0, 499) and r.seconds >= 5:
        return "hung", "proxy_hang"
    if r.status == 504 and r.seconds >= 1:
        return "failed", "proxy_hang"
    if r.status in (404, 410) and last_try >= 500:
        return "failed", "http_5xx"
    wants_body = r.found is not None and r.found.op.name in ("ZIP", "MOD", "INFO", "TOOLCHAIN") and r.method != "HEAD"
    if r.status == 200 and size == 0 and wants_body:
        return "failed", "truncated_body"
    return of_status(r.status)


def asks(found: ModulePath) -> Event:
    """What the path says, as columns."""
    return {"op": found.op.name.lower(), "module": found.module or None, "version": found.version or None}


def told(
    line: str, r: Asked, *, seen: str = "", last_try: int = 0, said: Verdict | None = None, **columns: Any
) -> Entry:
    """The line of one request with its event; columns that the format does not log are given as ``None``.

    Requests for other things give no event and name no upstream; other methods name one but give no event.
    """
    if r.found is None:
        return Entry(line)
    if r.method not in ("GET", "HEAD", "POST"):
        return Entry(line, None, seen)
    known: Event = {"time": float(r.second), "status": r.status or None, "latency_s": r.seconds, "bytes": r.size}
    known |= {"client": None if r.client == "-" else r.client}
    known |= columns
    timed = r if known["latency_s"] is not None else replace(r, ms=0)
    outcome, cause = judged(timed, last_try, said, known["bytes"])
    return Entry(line, asks(r.found) | known | {"outcome": outcome, "cause": cause}, seen)
