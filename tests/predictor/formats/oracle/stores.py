"""Access logs in text of repository managers, object stores and delivery networks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from tests.predictor.formats.oracle.asked import Asked, asked, clf, iso, told
from tests.predictor.formats.oracle.servers import begun
from tests.predictor.formats.oracle.written import Entry, logs

REMOTE = "proxy.golang.org"
CLOUDFRONT_FIELDS = (
    "#Version: 1.0",
    "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) "
    "cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes "
    "time-taken x-forwarded-for ssl-protocol",
)
CLOUDFRONT = {
    "Hit": "hit", "RefreshHit": "hit", "OriginShieldHit": "hit", "Miss": "miss", "Error": "none",
    "LimitExceeded": "none", "Redirect": "none",
}  # fmt: skip


def artifactory(r: Asked) -> Entry:
    size = r.pick([r.size, -1])
    line = (
        f"{iso(r.second, 111)}|d5d75b3c41242768|{r.client}|{r.pick(['ci', 'anonymous'])}|{r.method}|{r.path}|"
        f"{r.status}|-1|{size}|{r.ms}|{r.agent}"
    )
    return told(line, r, time=r.second + 0.111, bytes=None if size == -1 else size)


def artifactory_out(r: Asked) -> Entry:
    line = (
        f"{iso(r.second, 686)}|40ea218a769325db|go-remote|ci|{r.method}|https://{REMOTE}{r.path}|{r.status}|"
        f"{r.size}|0|{r.ms}"
    )
    return told(line, r, seen=REMOTE, time=r.second + 0.686, bytes=None, client=None)


def nexus(r: Asked) -> Entry:
    line = (
        f'{r.client} - {r.pick(["-", "ci"])} [{clf(r.second, r.zone_min)}] "{r.line}" {r.status} {r.pick(["-", 12])} '
        f'{r.size or "-"} {r.ms} "{r.agent}" [qtp1085283394-{r.word}]'
    )
    return told(line, r, bytes=r.size or None)


def nexus_out(r: Asked) -> Entry:
    request = r.line.replace(r.path, f"https://{REMOTE}{r.path}", 1)
    line = (
        f'[{clf(r.second, r.zone_min)}] {r.pick(["-", "ci"])} "{request}" {r.status} {r.size} {r.ms} '
        f'"Nexus/3.63.0-01 (x)" [qtp1085283394-{r.word}]'
    )
    return told(line, r, seen=REMOTE, client=None)


def s3(r: Asked) -> Entry:
    """``-`` stands for no bytes and for no time."""
    size, took = r.size or "-", r.pick([r.ms, r.ms, "-"])
    error = r.pick(["-", "SlowDown", "NoSuchKey"])
    line = (
        f'79a5 my-bucket [{clf(r.second)}] {r.client} - 3E57 REST.GET.OBJECT {r.path[1:] or "-"} "{r.line}" {r.status} '
        f'{error} {size} {r.pick(["-", 113])} {took} {r.pick(["-", 6])} "-" "{r.agent}" - abc SigV4'
    )
    timed = {"latency_s": None, "time": float(r.second)} if took == "-" else {}
    return begun(line, r, bytes=r.size, host="my-bucket", **timed)


def cloudfront(r: Asked) -> Entry:
    day = datetime.fromtimestamp(r.second, UTC).strftime("%Y-%m-%d\t%H:%M:%S")
    result = r.pick(list(CLOUDFRONT))
    r = replace(r, path=r.path.partition("?")[0])
    line = (
        f"{day}\tFRA2\t{r.size}\t{r.client}\t{r.method}\td1.cloudfront.net\t{r.path}\t{r.status:03}\t-\tGo\t"
        f"-\t-\t{result}\tid==\t{r.host}\thttps\t99\t{r.seconds:.3f}\t-\tTLSv1.3"
    )
    return told(line, r, cache=CLOUDFRONT[result], host=r.host)


def gcs(r: Asked) -> Entry:
    r = replace(r, path=f"/bucket{r.path}")
    said = (
        f"{r.second}123456", r.client, "1", "", r.method, r.path, r.status, 0, r.size, r.ms * 1000,
        "storage.googleapis.com", "", r.agent, "id", "GET_Object", "bucket", r.path[8:],
    )  # fmt: skip
    line = ",".join(f'"{value}"' for value in said)
    return told(line, r, time=r.second + 0.123456, host="storage.googleapis.com")


GCS_HEAD = ('"time_micros","c_ip","c_ip_type","c_ip_region","cs_method","cs_uri","sc_status","cs_bytes","sc_bytes"',)
ARTIFACTORY = {"request": logs(asked().map(artifactory))}
ARTIFACTORY_OUT = {"request-out": logs(asked().map(artifactory_out))}
NEXUS = {"request": logs(asked().map(nexus))}
NEXUS_OUT = {"outbound": logs(asked().map(nexus_out))}
S3 = {"bucket": logs(asked(clients=["192.0.2.3", "-"]).map(s3))}
CLOUDFRONT_LOGS = {"standard": logs(asked(unanswered=True).map(cloudfront), head=CLOUDFRONT_FIELDS)}
GCS = {"usage": logs(asked().map(gcs), head=GCS_HEAD)}
