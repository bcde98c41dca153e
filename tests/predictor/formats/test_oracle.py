"""The block readers beside an oracle that takes one line at a time and does the obvious thing, slowly."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.events import EventBatch
from predictor.formats import discover
from predictor.formats.access import of_status
from predictor.formats.cutting import MIN_ALIKE
from predictor.formats.urls import parse_path
from predictor.protocols import Block, Source

PATHS = [
    "/github.com/%21org/mod/@v/v1.0.0.zip", "/a.b/c/@v/list", "/a.b/c/@v/v1.2.3.mod", "/healthz", "/sumdb/x.org/latest",
]  # fmt: skip
TRY = st.tuples(st.sampled_from(["10.0.0.1:80", "10.0.0.2:80"]), st.sampled_from([200, 502]))
REQUESTS = st.lists(
    st.fixed_dictionaries(
        {
            "second": st.integers(1_700_000_000, 1_900_000_000),
            "method": st.sampled_from(["GET", "GET", "HEAD", "PURGE"]),
            "path": st.sampled_from(PATHS),
            "status": st.sampled_from([200, 404, 410, 403, 429, 499, 500, 502, 503, 504]),
            "bytes": st.integers(0, 3),
            "ms": st.integers(0, 9000),
            "tries": st.lists(TRY, max_size=3),
            "cache": st.sampled_from(["HIT", "MISS", "STALE", "-"]),
            "client": st.sampled_from(["10.1.1.1", "::1"]),
        }
    ),
    min_size=1,
    max_size=30,
)  # fmt: skip


def clock(second: int) -> str:
    return datetime.fromtimestamp(second, tz=datetime.now().astimezone().tzinfo).strftime("%d/%b/%Y:%H:%M:%S %z")


def combined(r: dict[str, Any], agent: str) -> str:
    request = f"{r['method']} {r['path']} HTTP/1.1"
    return f'{r["client"]} - - [{clock(r["second"])}] "{request}" {r["status"]} {r["bytes"]} "-" "{agent}"'


def tries(r: dict[str, Any], joint: str) -> tuple[str, str]:
    return joint.join(a for a, _ in r["tries"]) or "-", joint.join(str(s) for _, s in r["tries"]) or "-"


def keyed(r: dict[str, Any]) -> str:
    addresses, statuses = tries(r, ", ")
    tail = f"rt={r['ms'] / 1000:.3f} ua={addresses} us={statuses} cs={r['cache']}"
    return combined(r, 'a \\" b') + " " + tail


def quoted(r: dict[str, Any]) -> str:
    addresses, statuses = tries(r, " : ")
    tail = f'"{r["ms"] / 1000:.3f}" upstream="{addresses}" upstream_status="{statuses}" cache={r["cache"]}'
    return combined(r, "Go") + " " + tail


def record(r: dict[str, Any]) -> str:
    return json.dumps(
        {
            "ts": r["second"],
            "client_ip": r["client"],
            "request": f"{r['method']} {r['path']} HTTP/1.1",
            "method": r["method"],
            "status": str(r["status"]),
            "body_bytes_sent": r["bytes"],
            "duration_ms": r["ms"],
            "upstream_addr": tries(r, ", ")[0],
            "upstream_status": tries(r, ", ")[1],
            "upstream_cache_status": r["cache"],
        }
    )


def artifactory(r: dict[str, Any]) -> str:
    stamp = datetime.fromtimestamp(r["second"], tz=UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return f"{stamp}|id|{r['client']}|ci|{r['method']}|{r['path']}|{r['status']}|-1|{r['bytes']}|{r['ms']}|Go"


def nexus(r: dict[str, Any]) -> str:
    request = f"{r['method']} {r['path']} HTTP/1.1"
    head = f'{r["client"]} - ci [{clock(r["second"])}] "{request}" {r["status"]} - {r["bytes"]} {r["ms"]}'
    return head + ' "Go (x)" [qtp1-9]'


def apache(r: dict[str, Any]) -> str:
    return combined(r, "Go (x)") + f" {r['ms'] * 1000}"


def caddy(r: dict[str, Any]) -> str:
    request = {"remote_ip": r["client"], "method": r["method"], "uri": r["path"], "headers": {"User-Agent": ["Go"]}}
    said = {"ts": r["second"] + 0.25, "logger": "http.log.access", "msg": "handled request", "request": request}
    return json.dumps(said | {"duration": r["ms"] / 1000, "size": r["bytes"], "status": r["status"]})


def oracle(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    last, found = "", []
    for line, r in enumerate(requests, 1):
        path = parse_path(r["path"])
        if path is None:
            continue
        seen = r["tries"][-1][0] if r["tries"] else ""
        last = seen or last
        if r["method"] == "PURGE":
            continue
        outcome, cause = (value.name.lower() for value in of_status(r["status"]))
        latency = r["ms"] / 1000
        if r["status"] == 504 and latency >= 1:
            outcome, cause = "failed", "proxy_hang"
        if r["status"] == 499 and latency >= 5:
            outcome, cause = "hung", "proxy_hang"
        if r["status"] in (404, 410) and r["tries"] and r["tries"][-1][1] >= 500:
            outcome, cause = "failed", "http_5xx"
        if r["status"] == 200 and r["bytes"] == 0 and path.op.name in ("ZIP", "MOD") and r["method"] != "HEAD":
            outcome, cause = "failed", "truncated_body"
        cache = {"-": "none"}.get(r["cache"], r["cache"].lower())
        row = {"line": line, "op": path.op.name.lower(), "module": path.module or None, "version": path.version or None}
        row |= {"outcome": outcome, "cause": cause, "status": r["status"], "bytes": r["bytes"], "cache": cache}
        row |= {"upstream": last or "local", "tries": max(len(r["tries"]), 1), "client": r["client"]}
        found.append(row | {"latency_s": latency, "second": r["second"]})
    return found


def read(name: str, text: str) -> list[dict[str, Any]]:
    parser = discover()[name].parser(Source())
    batch = EventBatch.concat([parser.feed(Block(text.encode())), parser.finish(math.nan)])
    rows = list(batch.rows())
    for row, time in zip(rows, batch.time.tolist(), strict=True):
        row["second"] = time
    return rows


def shown(request: dict[str, Any]) -> dict[str, Any]:
    """A sample that shows every field once: a log of nothing but blanks cannot tell what its columns are."""
    said = {"path": PATHS[1], "tries": [("10.0.0.1:80", 200)], "cache": "MISS", "method": "GET", "client": "10.1.1.1"}
    return request | said


def check(name: str, write: Any, requests: list[dict[str, Any]], begins: float = 0.0) -> None:
    """Compare; the time that a log shows is ``begins`` durations before the end of the request."""
    found = read(name, "".join(write(r) + "\n" for r in requests))

    expected = oracle(requests)
    assert len(found) == len(expected)
    for row, wanted in zip(found, expected, strict=True):
        wanted["second"] += begins * wanted["latency_s"]
        assert {key: row[key] for key in wanted} == pytest.approx(wanted)


@pytest.mark.parametrize("times", [1, MIN_ALIKE])
@pytest.mark.parametrize(("name", "write"), [("nginx", keyed), ("nginx", quoted), ("nginx-json", record)])
@settings(max_examples=30, deadline=None)
@given(requests=REQUESTS)
def test_access_logs_are_read_as_the_oracle_reads_them(
    name: str, write: Any, times: int, requests: list[dict[str, Any]]
) -> None:
    check(name, write, [shown(requests[0]), *requests[: 60 // times]] * times)


@pytest.mark.parametrize(
    ("name", "write", "begins"),
    [("artifactory", artifactory, 0), ("nexus", nexus, 0), ("apache", apache, 1)],
)
@settings(max_examples=20, deadline=None)
@given(requests=REQUESTS)
def test_logs_without_upstreams_are_read_as_the_oracle_reads_them(
    name: str, write: Any, begins: float, requests: list[dict[str, Any]]
) -> None:
    check(name, write, [r | {"tries": [], "cache": "-"} for r in requests[:5]] * MIN_ALIKE, begins)


@settings(max_examples=20, deadline=None)
@given(requests=REQUESTS)
def test_nested_records_are_read_as_the_oracle_reads_them(requests: list[dict[str, Any]]) -> None:
    plain = [r | {"tries": [], "cache": "-"} for r in requests[:5]] * MIN_ALIKE
    found = read("caddy", "".join(caddy(r) + "\n" for r in plain))

    for row, wanted in zip(found, oracle(plain), strict=True):
        assert {key: row[key] for key in wanted} == pytest.approx(wanted | {"second": wanted["second"] + 0.25})
