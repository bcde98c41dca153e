"""nginx's access logs as administrators write them: appended keys, bare columns, JSON; several tries in one field."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.predictor.formats.oracle.asked import Asked, asked, clf, iso, told
from tests.predictor.formats.oracle.written import GARBAGE, Entry, Event, logs

UPSTREAMS = ("10.0.0.1:80", "10.0.0.2:8081", "[2001:db8::1]:443", "unix:/run/athens.sock")
CACHES = {
    "HIT": "hit", "REVALIDATED": "hit", "MISS": "miss", "EXPIRED": "miss", "SCARCE": "miss",
    "STALE": "stale", "UPDATING": "stale", "BYPASS": "bypass", "-": "none",
}  # fmt: skip
#: nginx writes these for connections that brought no request
BROKEN = (
    '10.9.9.9 - - [22/Nov/2026:07:50:02 +0000] "" 400 0 "-" "-"',
    '10.9.9.9 - - [22/Nov/2026:07:50:02 +0000] "\\x16\\x03\\x01" 400 157 "-" "-"',
)
SHOWN = Asked(
    1_800_000_000, 250, "GET", "/a.b/c/@v/v1.0.0.zip", "HTTP/1.1", 200, 512, (("10.0.0.1:80", 200, 240),),
    "10.1.1.1", "goproxy.corp", "Go", 0, 1,
)  # fmt: skip


def tried(r: Asked, joint: str, blank: str = "-") -> tuple[str, str, str]:
    """Addresses, statuses and seconds of all tries as nginx joins them."""
    columns = zip(*((name, str(status), f"{ms / 1000:.3f}") for name, status, ms in r.tries), strict=True)
    addresses, statuses, seconds = (joint.join(column) for column in columns) if r.tries else (blank,) * 3
    return addresses, statuses, seconds


def entry(line: str, r: Asked, **columns: Any) -> Entry:
    """The event of a request that went through the tries."""
    seen, last = (r.tries[-1][0], r.tries[-1][1]) if r.tries else ("", 0)
    cache = CACHES[r.pick(list(CACHES))]
    known: Event = {"tries": max(len(r.tries), 1), "cache": cache} | columns
    return told(line, r, seen=seen, last_try=last, **known)


def combined(r: Asked, agent: str) -> str:
    """The layout that nginx has from its start."""
    return f'{r.client} - - [{clf(r.second, r.zone_min)}] "{r.line}" {r.status:03} {r.size} "-" "{agent}"'


def keyed(r: Asked) -> Entry:
    addresses, statuses, _ = tried(r, ", ")
    tail = f"rt={r.seconds:.3f} ua={addresses} us={statuses} cs={r.pick(list(CACHES))}"
    return entry(combined(r, 'a \\" b') + " " + tail, r)


def quoted(r: Asked) -> Entry:
    addresses, statuses, _ = tried(r, " : ")
    tail = f'"{r.seconds:.3f}" upstream="{addresses}" upstream_status="{statuses}" cache={r.pick(list(CACHES))}'
    return entry(combined(r, r.agent) + " " + tail, r)


def only_upstream_time(r: Asked) -> Entry:
    addresses, statuses, seconds = tried(r, ", ")
    line = combined(r, r.agent) + f' ua="{addresses}" us="{statuses}" urt="{seconds}" cs={r.pick(list(CACHES))}'
    took = sum(ms for _, _, ms in r.tries) if r.tries else 0
    timed = Asked(**{**vars(r), "ms": took})
    return entry(line, timed, **({} if r.tries else {"latency_s": None}))


def plain(r: Asked) -> Entry:
    return told(combined(r, r.agent), r, latency_s=None)


def logfmt(r: Asked) -> Entry:
    addresses, statuses, seconds = tried(r, ",")
    line = (
        f'time={iso(r.second)} client={r.client} method={r.method} uri="{r.path}" status={r.status:03} bytes={r.size} '
        f'rt={r.seconds:.3f} upstream="{addresses}" upstream_status="{statuses}" urt="{seconds}" '
        f"cache={r.pick(list(CACHES))}"
    )
    return entry(line, r)


def record(r: Asked) -> Entry:
    """JSON with a string for every number that may be none."""
    addresses, statuses, _ = tried(r, ", ", blank="")
    cache = r.pick(list(CACHES))
    said = {
        "ts": r.second,
        "client_ip": r.client,
        "request": r.line,
        "method": r.method,
        "status": f"{r.status:03}",
        "body_bytes_sent": r.size,
        "duration_ms": r.ms,
        "upstream_addr": addresses,
        "upstream_status": statuses,
        "upstream_cache_status": "" if cache == "-" else cache,
        "http_user_agent": r.agent,
    }
    return entry(json.dumps(said), r)


def escaped(r: Asked) -> Entry:
    """``log_format escape=json`` with the variables' own names."""
    addresses, statuses, seconds = tried(r, ", ", blank="")
    cache = r.pick(list(CACHES))
    said = (
        f'{{"time_iso8601":"{iso(r.second)[:-1]}+00:00","remote_addr":"{r.client}","request_method":"{r.method}",'
        f'"request_uri":"{r.path}","status":"{r.status:03}","body_bytes_sent":{r.size},"request_time":{r.seconds:.3f},'
        f'"upstream_addr":"{addresses}","upstream_status":"{statuses}","upstream_response_time":"{seconds}",'
        f'"upstream_cache_status":"{"" if cache == "-" else cache}"}}'
    )
    return entry(said, r)


def through(write: Callable[[Asked], Entry]) -> st.SearchStrategy[Any]:
    """Logs in one of the layouts; their first line shows every field."""
    return logs(asked(UPSTREAMS, unanswered=True).map(write), first=write(SHOWN), garbage=(*GARBAGE, *BROKEN))


NGINX = {write.__name__: through(write) for write in (keyed, quoted, only_upstream_time, plain, logfmt)}
NGINX_JSON = {write.__name__: through(write) for write in (record, escaped)}
