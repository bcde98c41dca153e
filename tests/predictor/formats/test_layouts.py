"""Layouts guessed from samples, given by the administrator, and read line by line where they do not fit."""

from __future__ import annotations

import math
from typing import Any

import pytest

from predictor.events import EventBatch
from predictor.formats import discover
from predictor.formats.nginx import template
from predictor.formats.symptoms import symptom
from predictor.formats.tokens import guess
from predictor.protocols import Block, Source

HEAD = '10.0.0.1 - - [22/Nov/2026:07:50:02 +0000] "GET /a.b/c/@v/list HTTP/1.1" 200 35'
AGENT = '"-" "GoCommand/1 (+https://go.dev/cmd/go)"'
TAILS = {
    "": {"latency_s": None, "upstream": "local"},
    " 0.958": {"latency_s": 0.958},
    " 0.958 0.957 backend_1:8080": {"latency_s": 0.958, "upstream": "backend_1:8080"},
    " 0.957 0.958": {"latency_s": 0.958},
    " 0.958 10.9.0.1:443 200 HIT": {"latency_s": 0.958, "upstream": "10.9.0.1:443", "cache": "hit"},
    " rt=0.958 uct=0.001 uht=0.9 urt=0.957": {"latency_s": 0.958},
    ' rt=0.958 ua="10.9.0.1:443, 10.9.0.2:443" us="502, 200"': {
        "latency_s": 0.958,
        "upstream": "10.9.0.2:443",
        "tries": 2,
    },
    ' request_time=0.958 upstream_addr="unix:/run/x.sock"': {"latency_s": 0.958, "upstream": "unix:/run/x.sock"},
    ' "0.958" "10.9.0.1:443"': {"latency_s": 0.958, "upstream": "10.9.0.1:443"},
    " upstream_response_time=0.5 cs=STALE": {"latency_s": 0.5, "cache": "stale"},
    ' ua="GoCommand/1" rt=0.1': {"latency_s": 0.1, "upstream": "local"},
    " duration_ms=958": {"latency_s": 0.958},
}


def read(name: str, text: str, source: Source | None = None) -> tuple[list[dict[str, Any]], Any]:
    parser = discover()[name].parser(source or Source())
    batch = EventBatch.concat([parser.feed(Block(text.encode())), parser.finish(math.nan)])
    return list(batch.rows()), parser.skipped


@pytest.mark.parametrize("tail", TAILS)
def test_what_follows_combined_is_understood(tail: str) -> None:
    rows, skipped = read("nginx", f"{HEAD} {AGENT}{tail}\n" * 2)

    assert [{key: row[key] for key in TAILS[tail]} for row in rows] == [pytest.approx(TAILS[tail])] * 2
    assert not skipped


def test_a_log_whose_layout_changes_on_the_way_is_read_on() -> None:
    lines = [f"{HEAD} {AGENT}"] * 150 + [f"{HEAD} {AGENT} rt=0.1 new=field"] * 2

    rows, skipped = read("nginx", "\n".join(lines))

    assert (len(rows), [row["line"] for row in rows[-2:]]) == (152, [151, 152])
    assert not skipped


def test_a_damaged_fetch_line_is_counted_and_the_others_are_kept() -> None:
    rows, skipped = read("nginx", f"{HEAD} {AGENT}\n\n10.0.0.1 GET /a.b/c/@v/list half\nnoise\n{HEAD} {AGENT}\n")

    assert [row["line"] for row in rows] == [1, 5]
    assert skipped == {"malformed": 1}


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("apache", f"{HEAD} {AGENT} 900"),
        ("s3", f"79a5 bucket [{HEAD.partition('[')[2].partition(']')[0]}] 10.0.0.1 - 3E REST.GET.OBJECT a "
         f'"GET /a.b/c/@v/list HTTP/1.1" 200 - 35 113 70 6 "-" "Go" - abc SigV4'),
    ],
)  # fmt: skip
def test_a_dash_is_an_empty_body_where_the_server_means_that(name: str, line: str) -> None:
    """mod_log_config: %b; the S3 user guide: Bytes Sent."""
    empty = line.replace("/@v/list", "/@v/v1.0.0.zip").replace(" 200 35", " 200 -").replace("200 - 35", "200 - -")

    rows, _ = read(name, f"{empty}\n{line}\n")

    assert [(row["bytes"], row["cause"]) for row in rows] == [(0, "truncated_body"), (35, "none")]


def test_windows_line_ends_and_a_half_last_line_are_read() -> None:
    rows, _ = read("nginx", f"{HEAD} {AGENT}\r\n{HEAD} {AGENT}")

    assert [row["status"] for row in rows] == [200, 200]


def test_the_administrators_own_log_format_is_taken() -> None:
    source = Source(
        fields={
            "log_format": "$server_name|$time_iso8601|$status|$request_method|$request_uri|$request_time|$bytes_sent"
        }
    )

    rows, _ = read("nginx", "corp|2026-11-22T07:50:02+00:00|503|GET|/a.b/c/@v/list|1.500|12\n", source)

    assert (rows[0]["status"], rows[0]["latency_s"], rows[0]["upstream"], rows[0]["bytes"]) == (503, 1.5, "corp", 12)


def test_a_log_format_becomes_a_template() -> None:
    assert (
        template('$remote_addr [$time_local] "$request" $status $x')
        == '{client} [{time}] "{method} {path}{proto}" {status} {}'
    )


def test_json_fields_are_mapped_as_the_configuration_says() -> None:
    source = Source(fields={"path": "what", "latency_s": "howlong", "status": "how.it.ended", "upstream": "whence"})
    what = '"what":"/a.b/c/@v/list","how":{"it":{"ended":503}},"howlong":"1.5","whence":"up:1"'
    line = f'{{"time":"2026-11-22T07:50:02Z",{what}}}\n'

    rows, _ = read("nginx-json", line, source)

    assert (rows[0]["status"], rows[0]["latency_s"], rows[0]["upstream"]) == (503, 1.5, "up:1")


@pytest.mark.parametrize(
    "line",
    [
        '{"@timestamp":"2026-11-22T07:50:02Z","url.path":"/a.b/c/@v/list","http.response.status_code":503,"event.duration":1}',
        '{"@timestamp":"2026-11-22T07:50:02Z","url":{"path":"/a.b/c/@v/list"},"http":{"response":{"status_code":503}}}',
        '{"msec":1795333802.0,"uri":"/a.b/c/@v/list","status":503,"ua":"GoCommand/1 (x)"}',
        '{"time_local":"22/Nov/2026:07:50:02 +0000","request":"GET /a.b/c/@v/list HTTP/1.1","status":"503"}',
    ],
)
def test_json_in_the_usual_spellings_is_recognised(line: str) -> None:
    rows, _ = read("nginx-json", line + "\n")

    assert (rows[0]["time"], rows[0]["op"], rows[0]["outcome"]) == ("2026-11-22T07:50:02Z", "list", "failed")


def test_undecodable_bytes_cost_a_character_and_not_the_line() -> None:
    parser = discover()["nginx-json"].parser(Source())
    line = b'{"ts":1795333802,"uri":"/a.b/c/@v/list","status":200,"agent":"\xff\xfe"}\n'

    found = EventBatch.concat([parser.feed(Block(line * 2)), parser.finish(math.nan)])

    assert len(found) == 2


def test_lines_without_request_or_status_have_no_layout() -> None:
    assert guess(b"hello world 200\nkey=value other=1\n", {}) == []


@pytest.mark.parametrize(
    ("text", "outcome", "cause", "upstream"),
    [
        ("dial tcp 1.2.3.4:443: connect: connection refused", "FAILED", "TCP_REFUSED", ""),
        ("dial tcp: lookup proxy.x on 10.0.0.1:53: no such host", "FAILED", "DNS", ""),
        ("dial tcp 1.2.3.4:443: i/o timeout", "FAILED", "TCP_TIMEOUT", ""),
        ('Get "https://P.x/a": context deadline exceeded', "FAILED", "PROXY_HANG", "p.x"),
        ("reading http://u:p@h:1/x.info: 503 X", "FAILED", "HTTP_5XX", "h:1"),
        ("x509: certificate has expired", "FAILED", "TLS", ""),
        ("pwritev() failed (28: No space left on device)", "FAILED", "DISK", ""),
        ("upstream prematurely closed connection while reading upstream", "FAILED", "TRUNCATED_BODY", ""),
        ("context canceled", "USER_ERROR", "NONE", ""),
        ("unknown revision v9", "MISSING", "VERSION_UNKNOWN", ""),
        ("something nobody has seen", "FAILED", "NONE", ""),
    ],
)
def test_a_proxys_words_mean(text: str, outcome: str, cause: str, upstream: str) -> None:
    seen = symptom(text)

    assert (seen.outcome.name, seen.cause.name, seen.upstream) == (outcome, cause, upstream)
