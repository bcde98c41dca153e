"""nginx's error.log: signs of fetches that the access log counts."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from predictor.formats.urls import parse_path
from tests.predictor.formats.oracle.asked import PATHS, asks
from tests.predictor.formats.oracle.troubles import HARMLESS, NGINX
from tests.predictor.formats.oracle.written import Entry, Event, Written, assembled, strewn

#: upstream as a URL begins with it -> its name
UPSTREAMS = {
    "http://10.0.0.9:443": "10.0.0.9:443",
    "https://[2001:db8::1]:443": "[2001:db8::1]:443",
    "http://proxy.golang.org": "proxy.golang.org",
    "http://unix:/run/athens.sock:": "unix:/run/athens.sock",
}
RESOLVER = (
    "2026/11/22 09:42:38 [error] 6380#6380: send() failed (111: Connection refused) while resolving, "
    "resolver: 127.0.0.1:5"
)


@st.composite
def complained(draw: st.DrawFn) -> Entry:
    """One line about a request."""
    words = draw(st.sampled_from([*NGINX, *HARMLESS]))
    outcome, cause, level, passed = NGINX.get(words, ("ok", "none", HARMLESS.get(words, ""), True))
    second, path = draw(st.integers(1_700_000_000, 1_900_000_000)), draw(st.sampled_from(PATHS))
    client, server = (
        draw(st.sampled_from(["10.1.1.1", "2001:db8::7"])),
        draw(st.sampled_from(["", "_", "goproxy.corp"])),
    )
    start = draw(st.sampled_from(list(UPSTREAMS)))
    upstream = f', upstream: "{start}{path}"' if passed else ""
    stamp = datetime.fromtimestamp(second, UTC).strftime("%Y/%m/%d %H:%M:%S")
    line = (
        f"{stamp} [{level}] 6380#6380: *{second % 97} {words}, client: {client}, server: {server}, "
        f'request: "GET {path} HTTP/1.1"{upstream}, host: "127.0.0.1:42959"'
    )
    found = parse_path(path)
    if outcome != "failed" or (found is None and not passed):
        return Entry(line)
    event: Event = asks(found) if found else {}
    event |= {"kind": "sign", "outcome": outcome, "cause": cause, "time": float(second), "client": client}
    named = words.partition(" ")[0] if cause == "dns" else ""
    return Entry(line, event, UPSTREAMS[start] if passed else named)


@st.composite
def error_log(draw: st.DrawFn) -> Written:
    entries = draw(st.lists(complained(), min_size=1, max_size=12))
    return assembled(strewn(draw, entries, (RESOLVER, "", "\x00\xff")))


NGINX_ERROR = {"error": error_log()}
