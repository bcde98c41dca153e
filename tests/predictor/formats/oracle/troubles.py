"""What Go programs and nginx write when a fetch fails: well-known words and the cause of each."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

HOSTS = ("127.0.0.1:20140", "proxy.golang.org", "tls.example.com", "[::1]:8080")
#: modules whose names hold words of other troubles
MODULES = ("example.test/org10/mod154", "github.com/acme/tls-utils", "example.com/x509/timed.out/v2", "a.b/http2/eof")
VERSIONS = ("v1.2.3", "v2.0.0-20240102030405-abcdef012345", "v1.0.429")

#: words of an error of Go's HTTP client on ``Get "URL": ...`` -> (outcome, cause)
TRANSPORT = {
    "dial tcp 10.0.0.9:443: connect: connection refused": ("failed", "tcp_refused"),
    "dial tcp 10.0.0.9:443: connect: no route to host": ("failed", "tcp_refused"),
    "dial tcp 10.0.0.9:443: i/o timeout": ("failed", "tcp_timeout"),
    "dial tcp: lookup nosuch.invalid on 10.0.0.53:53: no such host": ("failed", "dns"),
    "dial tcp: lookup nosuch.invalid on 10.0.0.53:53: server misbehaving": ("failed", "dns"),
    "dial tcp: lookup x.invalid on 10.0.0.53:53: read udp 10.0.0.1:5->10.0.0.53:53: i/o timeout": ("failed", "dns"),
    "read tcp 10.0.0.1:51000->10.0.0.9:443: read: connection reset by peer": ("failed", "tcp_reset"),
    "EOF": ("failed", "tcp_reset"),
    "unexpected EOF": ("failed", "truncated_body"),
    "net/http: TLS handshake timeout": ("failed", "tls"),
    "x509: certificate signed by unknown authority": ("failed", "tls"),
    "stream error: stream ID 5; INTERNAL_ERROR; received from peer": ("failed", "http2_stream"),
    "http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=NO_ERROR": ("failed", "http2_stream"),
    "context deadline exceeded": ("failed", "proxy_hang"),
    "context canceled": ("user_error", "none"),
}  # fmt: skip
#: an answer of the upstream -> (outcome, cause)
ANSWERS = {
    "500 Internal Server Error": ("failed", "http_5xx"),
    "503 X": ("failed", "http_5xx"),
    "504 Gateway Timeout": ("failed", "proxy_hang"),
    "429 Too Many Requests": ("failed", "http_429"),
    "403 Forbidden": ("failed", "http_403_401_auth"),
    "401 Unauthorized": ("failed", "http_403_401_auth"),
    "404 Not Found": ("missing", "http_404_410_missing"),
    "410 Gone": ("missing", "http_404_410_missing"),
}
TRIED, TIMED_OUT = "while reading response header from upstream", "upstream timed out (110: Connection timed out)"
#: nginx's words in error.log -> (outcome, cause, level, whether the line names the upstream)
NGINX = {
    "connect() failed (111: Connection refused) while connecting to upstream": ("failed", "tcp_refused", "error", True),
    "connect() failed (113: No route to host) while connecting to upstream": ("failed", "tcp_refused", "error", True),
    "no live upstreams while connecting to upstream": ("failed", "tcp_refused", "error", True),
    f"{TIMED_OUT} while connecting to upstream": ("failed", "tcp_timeout", "error", True),
    f"{TIMED_OUT} {TRIED}": ("failed", "proxy_hang", "error", True),
    f"{TIMED_OUT} while reading upstream": ("failed", "proxy_hang", "error", True),
    f"recv() failed (104: Connection reset by peer) {TRIED}": ("failed", "tcp_reset", "error", True),
    f"upstream prematurely closed connection {TRIED}": ("failed", "tcp_reset", "error", True),
    "upstream prematurely closed connection while reading upstream": ("failed", "truncated_body", "error", True),
    "SSL_do_handshake() failed (SSL: error:0A000086:SSL routines::certificate verify failed) while SSL handshaking to "
    "upstream": ("failed", "tls", "error", True),
    "nosuch.invalid could not be resolved (3: Host not found)": ("failed", "dns", "error", False),
    'pwrite() "/var/cache/nginx/tls/05" failed (28: No space left on device) while reading upstream': (
        "failed", "disk", "crit", True,
    ),
    'limiting requests, excess: 5.720 by zone "go"': ("failed", "http_429", "error", False),
    f"upstream server temporarily disabled {TRIED}": ("failed", "http_5xx", "warn", True),
}  # fmt: skip
#: nginx's words about requests that go on all the same, or whose end is nobody's outage
HARMLESS = {
    "an upstream response is buffered to a temporary file /var/cache/nginx/1/05 while reading upstream": "warn",
    "delaying request, excess: 0.320, by zone \"go\"": "warn",
    "client prematurely closed connection while sending to client": "info",
    "epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too (32: Broken "
    "pipe) while reading upstream": "info",
    'open() "/srv/go/a.b/c/@v/v9.zip" failed (2: No such file or directory)': "error",
    "upstream sent HTTP/1.1 response \"200\"": "debug",
}  # fmt: skip


@dataclass(frozen=True)
class Trouble:
    """One failed fetch in the words of a Go program."""

    text: str
    outcome: str
    cause: str
    host: str  # named by the words, "" for none


@st.composite
def troubles(draw: st.DrawFn, module: str, version: str, *, verb: str = "reading") -> Trouble:
    """Errors about one version of a module.

    Args:
        draw: given by Hypothesis.
        module: its path.
        version: its version.
        verb: what stands before a URL that was answered: ``reading`` in cmd/go, ``GET`` in goproxy.
    """
    host = draw(st.sampled_from(HOSTS))
    url = f"http://{host}/{module}/@v/{version}.info"
    if draw(st.booleans()):
        words = draw(st.sampled_from(list(TRANSPORT)))
        return Trouble(f'Get "{url}": {words}', *TRANSPORT[words], host)
    words = draw(st.sampled_from(list(ANSWERS)))
    body = f"\n\tserver response: upstream says {words[:3]}" if verb == "reading" else ": upstream says so\n"
    return Trouble(f"{verb} {url}: {words}{body}", *ANSWERS[words], host)
