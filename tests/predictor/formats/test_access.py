"""What status, size, duration, cache and upstream of a request mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from predictor.events import EventBatch
from predictor.formats.access import AccessColumns
from predictor.protocols import Source

ZIP, LIST = "/a.b/c/@v/v1.0.0.zip", "/a.b/c/@v/list"


def events(source: Source | None = None, **columns: list[Any]) -> list[dict[str, Any]]:
    length = len(next(iter(columns.values())))
    columns.setdefault("path", [ZIP] * length)
    batch = AccessColumns(source or Source()).events(columns, np.arange(1, length + 1))
    return list(batch.rows())


@pytest.mark.parametrize(
    ("request_", "outcome", "cause"),
    [
        ({"status": "200", "bytes": "9"}, "ok", "none"),
        ({"status": "206", "bytes": "9"}, "ok", "none"),
        ({"status": "304", "bytes": "0"}, "ok", "none"),
        ({"status": "302", "bytes": "0"}, "ok", "none"),
        ({"status": "404"}, "missing", "http_404_410_missing"),
        ({"status": "410"}, "missing", "http_404_410_missing"),
        ({"status": "404", "upstream_status": "502, 503"}, "failed", "http_5xx"),
        ({"status": "404", "upstream_status": "503, 404"}, "missing", "http_404_410_missing"),
        ({"status": "503"}, "failed", "http_5xx"),
        ({"status": "520"}, "failed", "http_5xx"),
        ({"status": "502", "upstream_status": "-"}, "failed", "http_5xx"),
        ({"status": "504", "latency_s": "5.001"}, "failed", "proxy_hang"),
        ({"status": "504", "latency_s": "0.010"}, "failed", "http_5xx"),
        ({"status": "429"}, "failed", "http_429"),
        ({"status": "401"}, "failed", "http_403_401_auth"),
        ({"status": "403"}, "failed", "http_403_401_auth"),
        ({"status": "407"}, "failed", "http_403_401_auth"),
        ({"status": "499", "latency_s": "0.2"}, "user_error", "none"),
        ({"status": "499", "latency_s": "30.0"}, "hung", "proxy_hang"),
        ({"status": "0", "latency_s": "30.0"}, "hung", "proxy_hang"),
        ({"status": "400"}, "user_error", "none"),
        ({"status": "200", "bytes": "0"}, "failed", "truncated_body"),
        ({"status": "200", "bytes": "0", "method": "HEAD"}, "ok", "none"),
        ({"status": "200", "bytes": "0", "path": LIST}, "ok", "none"),
        ({"status": "200", "bytes": "-"}, "ok", "none"),
    ],
)
def test_a_request_means(request_: dict[str, str], outcome: str, cause: str) -> None:
    (event,) = events(**{role: [value] for role, value in request_.items()})

    assert (event["outcome"], event["cause"]) == (outcome, cause)


def test_several_tries_count_and_the_last_upstream_is_named() -> None:
    (event,) = events(status=[200], upstream=["10.0.0.1:80, 10.0.0.2:80"], upstream_status=["502, 200"])

    assert (event["tries"], event["upstream"], event["status"]) == (2, "10.0.0.2:80", 200)


def test_a_hit_belongs_to_the_upstream_seen_last() -> None:
    found = events(status=[200] * 4, upstream=["-", "a:1", "-", "b:1"], cache=["HIT", "MISS", "HIT", "MISS"])

    assert [event["upstream"] for event in found] == ["local", "a:1", "a:1", "b:1"]


@pytest.mark.parametrize(
    ("source", "columns", "upstream"),
    [
        (Source(), {}, "local"),
        (Source(), {"host": ["goproxy.corp"]}, "goproxy.corp"),
        (Source(upstream="proxy.golang.org"), {"host": ["goproxy.corp"]}, "proxy.golang.org"),
        (Source(upstream="proxy.golang.org"), {"upstream": ["10.0.0.1:443"]}, "10.0.0.1:443"),
        (Source(aliases={"10.0.0.1:443": "origin"}), {"upstream": ["https://10.0.0.1:443"]}, "origin"),
        (Source(upstream="given"), {"path": [f"https://proxy.golang.org{ZIP}"]}, "proxy.golang.org"),
    ],
)
def test_the_upstream_is_named_by(source: Source, columns: dict[str, list[str]], upstream: str) -> None:
    (event,) = events(source, status=[200], **columns)

    assert event["upstream"] == upstream


@pytest.mark.parametrize(
    ("word", "cache"),
    [("HIT", "hit"), ("TCP_MEM_HIT", "hit"), ("RefreshHit", "hit"), ("EXPIRED", "miss"),
     ("TCP_REFRESH_MODIFIED", "miss"),
     ("UPDATING", "stale"), ("TCP_REFRESH_FAIL_OLD", "stale"), ("BYPASS", "bypass"), ("-", "none"), ("Error", "none")],
)  # fmt: skip
def test_a_cache_word_means(word: str, cache: str) -> None:
    (event,) = events(status=[200], cache=[word])

    assert event["cache"] == cache


def test_requests_that_fetch_nothing_are_no_events() -> None:
    found = events(path=["/healthz", ZIP, ZIP], status=[200, 200, 200], method=["GET", "PURGE", "GET"])

    assert [event["line"] for event in found] == [3]


def test_a_wrapper_stamp_is_used_where_the_line_has_no_time() -> None:
    columns = AccessColumns(Source())
    raw = {"path": [ZIP, ZIP], "status": ["200", "200"], "time": ["junk", "2026-11-22T00:00:01Z"]}

    batch: EventBatch = columns.events(raw, np.array([1, 2]), np.array([5.0, 6.0]))

    assert batch.time.tolist() == [5.0, 1795305601.0]


def test_codes_are_forgotten_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("predictor.formats.access.MAX_CODES", 3)
    columns = AccessColumns(Source())
    paths = [f"/a.b/c{i}/@v/list" for i in range(20)]

    modules = [columns.events({"path": [path], "status": ["200"]}, np.array([1])).text("module")[0] for path in paths]

    assert modules == [f"a.b/c{i}" for i in range(20)]
    assert len(columns.texts) < 10
