"""Access logs in text of the servers whose layout is fixed: Apache, Traefik, HAProxy, Envoy, Squid."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.predictor.formats.oracle.asked import Asked, Verdict, asked, clf, iso, told
from tests.predictor.formats.oracle.written import Entry, logs

CLIENT_LEFT = ("user_error", "none")
HANG = ("failed", "proxy_hang")
#: docs: "Response flags" of Envoy's access log
ENVOY: dict[str, Verdict | None] = {
    "-": None, "UT": HANG, "SI": HANG, "DC": CLIENT_LEFT, "RL": ("failed", "http_429"), "DF": ("failed", "dns"),
    "UF": ("failed", "tcp_refused"), "UF,URX": ("failed", "tcp_refused"), "UC": ("failed", "tcp_reset"),
    "UR": ("failed", "tcp_reset"), "UPE": ("failed", "http2_stream"), "UH": ("failed", "http_5xx"),
    "UO": ("failed", "http_5xx"), "NR": None, "UAEX": None,
}  # fmt: skip
#: docs: "Session state at disconnection" of HAProxy
HAPROXY: dict[str, Verdict | None] = {
    "----": None, "--NI": None, "--VN": None, "PR--": None, "LR--": None, "sC--": ("failed", "tcp_timeout"),
    "SC--": ("failed", "tcp_refused"), "sH--": HANG, "sH-N": HANG, "sQ--": HANG, "sD--": HANG,
    "SH--": ("failed", "tcp_reset"), "SD--": ("failed", "truncated_body"), "CD--": CLIENT_LEFT,
    "CH--": CLIENT_LEFT, "cD--": CLIENT_LEFT, "CR--": CLIENT_LEFT,
}  # fmt: skip
#: docs: "Squid result codes"
SQUID: dict[str, tuple[str, Verdict | None]] = {
    "TCP_MISS": ("miss", None), "TCP_HIT": ("hit", None), "TCP_MEM_HIT": ("hit", None), "TCP_IMS_HIT": ("hit", None),
    "TCP_REFRESH_UNMODIFIED": ("hit", None), "TCP_REFRESH_MODIFIED": ("miss", None), "TCP_TUNNEL": ("bypass", None),
    "TCP_REFRESH_FAIL_OLD": ("stale", None), "TCP_CLIENT_REFRESH_MISS": ("miss", None),
    "TCP_MISS_ABORTED": ("miss", CLIENT_LEFT), "TCP_HIT_ABORTED": ("hit", CLIENT_LEFT),
    "TCP_MISS_TIMEDOUT": ("miss", ("hung", "proxy_hang")), "NONE": ("none", None), "NONE_NONE": ("none", None),
}  # fmt: skip


def plain(r: Asked, head: str = "") -> str:
    size = "-" if not r.size else r.size
    return f'{head}{r.client} - - [{clf(r.second, r.zone_min)}] "{r.line}" {r.status} {size} "-" "{r.agent}"'


def begun(line: str, r: Asked, **columns: Any) -> Entry:
    """The logged time is the request's beginning."""
    return told(line, r, **{"time": r.second + r.seconds, **columns})


def apache_timed(r: Asked) -> Entry:
    return begun(f"{plain(r)} {r.ms * 1000}", r, bytes=r.size)


def apache_host_timed(r: Asked) -> Entry:
    return begun(f"{plain(r, r.host + ' ')} {r.ms * 1000}", r, bytes=r.size, host=r.host)


def apache_host(r: Asked) -> Entry:
    known = {"time": float(r.second), "latency_s": None, "bytes": r.size, "host": r.host}
    return begun(plain(r, r.host + " "), r, **known)


def traefik(r: Asked) -> Entry:
    server = f"http://{r.tries[-1][0]}" if r.tries else "-"
    line = (
        f'{r.client} - {r.pick(["-", "ci"])} [{clf(r.second)}] "{r.line}" {r.status} {r.size} "-" "{r.agent}" '
        f'{r.word} "{r.pick(["go@docker", "-"])}" "{server}" {r.ms}ms'
    )
    return begun(line, r, seen=r.tries[-1][0] if r.tries else "")


def haproxy(r: Asked, syslog: bool) -> Entry:
    state = r.pick(list(HAPROXY))
    stamp = datetime.fromtimestamp(r.second, UTC).strftime("%d/%b/%Y:%H:%M:%S.125")
    server, back = (r.tries[-1][0], "origin") if r.tries else ("<NOSRV>", "goproxy")
    captured = r.pick(["", "{goproxy.corp} {} ", "{goproxy.corp|Go} "])
    line = (
        f"{r.client}:37858 [{stamp}] goproxy~ {back}/{server} 0/0/{r.pick([0, -1])}/-1/{r.pick(['', '+'])}{r.ms} "
        f'{r.status or -1} {r.size} - - {state} 1/1/0/0/{r.pick(["0", "+1"])} 0/0 {captured}"{r.line}"'
    )
    head = "Nov 22 09:42:34 lb1 haproxy[6380]: " if syslog else ""
    seen = f"{back}/{server}" if r.tries else ""
    return begun(head + line, r, seen=seen, said=HAPROXY[state], time=r.second + 0.125 + r.seconds)


def envoy(r: Asked, istio: bool) -> Entry:
    flag = r.pick(list(ENVOY))
    upstream = r.tries[-1][0] if r.tries else "-"
    more = f'{r.pick(["via_upstream", "-", "upstream_reset{connection_termination}"])} - "-" ' if istio else ""
    end = " outbound|8081||athens.corp 10.0.0.2:4 10.0.0.9:80 10.0.3.7:5 - default" if istio else ""
    line = (
        f'[{iso(r.second, 365)}] "{r.line}" {r.status} {flag} {more}0 {r.size} {r.ms} {r.pick(["-", r.ms])} '
        f'"{r.client}" "{r.agent}" "req-{r.word}" "{r.host}" "{upstream}"{end}'
    )
    seen = upstream.strip("-")
    return begun(line, r, seen=seen, said=ENVOY[flag], host=r.host, time=r.second + 0.365 + r.seconds)


def squid(r: Asked) -> Entry:
    code = r.pick(list(SQUID))
    cache, said = SQUID[code]
    peer = r.pick(["HIER_DIRECT/142.250.1.1", "HIER_NONE/-", "FIRSTUP_PARENT/10.0.0.1"])
    line = (
        f"{r.second}.387 {r.ms:6} {r.client} {code}/{r.status:03} {r.size} {r.method} http://{r.host}{r.path} "
        f"{r.pick(['-', 'ci'])} {peer} {r.pick(['-', 'application/zip'])}"
    )
    return told(line, r, seen=r.host, said=said, cache=cache, time=r.second + 0.387)


REFUSED = (
    '127.0.0.1:37858 [22/Nov/2026:09:42:34.812] web web/<NOSRV> -1/-1/-1/-1/0 400 0 - - PR-- 1/1/0/0/0 0/0 "<BADREQ>"',
)  # fmt: skip
ENVOY_CLIENTS = ("10.0.3.7", "-", "::1")
APACHE = {write.__name__: logs(asked().map(write)) for write in (apache_timed, apache_host_timed, apache_host)}
TRAEFIK = {"clf": logs(asked().map(traefik))}
HAPROXY_LOGS = {
    "plain": logs(asked(["o1", "o2"], unanswered=True).map(lambda r: haproxy(r, syslog=False)), garbage=REFUSED),
    "syslog": logs(asked(["o1", "o2"], unanswered=True).map(lambda r: haproxy(r, syslog=True)), garbage=REFUSED),
}
ENVOY_LOGS = {
    "default": logs(asked(clients=ENVOY_CLIENTS, unanswered=True).map(lambda r: envoy(r, istio=False))),
    "istio": logs(asked(clients=ENVOY_CLIENTS, unanswered=True).map(lambda r: envoy(r, istio=True))),
}
SQUID_LOGS = {"native": logs(asked(unanswered=True).map(squid))}
