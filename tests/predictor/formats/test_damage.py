"""Damage and look-alikes that once misled a reader: each with what it must give."""

from __future__ import annotations

import pytest

from predictor.events import Cause, EventBatch, Outcome
from predictor.formats import tokens
from predictor.formats.symptoms import symptom
from predictor.protocols import Source
from predictor.reading import Reader
from tests.predictor.formats.oracle.stores import CLOUDFRONT_FIELDS
from tests.predictor.formats.oracle.written import Written, read

ASKED = (
    'client: 10.1.1.1, server: , request: "GET /a.b/c/@v/v1.0.0.zip HTTP/1.1", upstream: "http://x.org/a", host: "h"'
)


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ('Get "http://tls.corp/a.b/x509/@v/list": EOF', Cause.TCP_RESET),
        ("a.b/tls@v1.0.0: reading https://p.corp/a.b/tls/@v/v1.0.0.zip: 503 X", Cause.HTTP_5XX),
        ('pwrite() "/cache/tls/1" failed (28: No space left on device)', Cause.DISK),
        ("net/http: TLS handshake timeout", Cause.TLS),
    ],
)
def test_names_of_hosts_modules_and_files_are_no_symptoms(words: str, cause: Cause) -> None:
    assert symptom(words)[:2] == (Outcome.FAILED, cause)


@pytest.mark.parametrize(
    ("level", "words", "count"),
    [
        ("warn", "an upstream response is buffered to a temporary file /t while reading upstream", 0),
        ("warn", "upstream server temporarily disabled while connecting to upstream", 1),
        ("error", "something that nobody knows", 1),
    ],
)
def test_a_warning_about_a_request_that_goes_on_is_no_sign(level: str, words: str, count: int) -> None:
    line = f"2026/11/22 09:42:36 [{level}] 6380#6380: *23 {words}, {ASKED}"

    assert len(read("nginx-error", Written([line], []))) == count


def test_a_header_that_repeats_a_field_is_read_by_its_first() -> None:
    version, fields = CLOUDFRONT_FIELDS
    said = "2026-11-22 07:50:02 F 9 ::1 GET d /a.b/c/@v/list 200 - Go - - Hit i h.corp https 9 0.1 - T 7 Miss"
    line = said.replace(" ", "\t")

    (event,) = read("cloudfront", Written([version, fields + " time x-edge-result-type", line], []))

    assert (event["cache"], event["upstream"], event["latency_s"]) == ("hit", "h.corp", 0.1)


def test_a_log_that_ends_behind_a_stamp_loses_no_line() -> None:
    line = "2026-11-22T07:50:02.1234567Z go: downloading a.b/c v1.0.0"
    reader = Reader(Source())

    events = [reader.feed(f"{line}\n{line[:29]}\x1b[0m\r\n{line[:29]}".encode()), reader.finish()]

    assert EventBatch.concat(events).text("module") == ["a.b/c", ""]


@pytest.mark.parametrize("word", ["GET" + "_O" * 4000 + "?", "A" * 8000 + '"', "x" * 8000 + ":/" * 20 + " "])
def test_a_long_word_is_no_upstream_and_is_seen_at_once(word: str) -> None:
    """Patterns that can split a word in two ways take for ever to say no."""
    line = f'10.0.0.1 - - [15/Jan/2027:08:00:00 +0000] "GET /a.b/c/@v/list HTTP/1.1" 200 5 {word.strip()}\n'

    assert all("upstream" not in str(layout) for layout in tokens.guess(3 * line.encode(), {}))
