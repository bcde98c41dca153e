"""What a proxy's own error words say about its upstream, as a table: the first row that matches wins.

Words of nginx (error.log), of Go programs such as Athens and goproxy, and of the C library that all of them repeat.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from predictor.events import Cause, Outcome
from predictor.templates import shape


class Symptom(NamedTuple):
    """What one error line says."""

    outcome: Outcome
    cause: Cause
    upstream: str  # host that the words name, "" when none
    template: str = ""  # shape of words that nobody knows


_ROWS: tuple[tuple[str, Outcome, Cause], ...] = (
    # the client left or the module is not there: nobody's outage
    (
        r"context canceled|client (?:prematurely )?closed connection|client .{0,20}disconnected",
        Outcome.USER_ERROR,
        Cause.NONE,
    ),
    (r"no space left on device|disk quota exceeded|read-only file system", Outcome.FAILED, Cause.DISK),
    (
        r"no such host|could not be resolved|host not found|server misbehaving|name resolution"
        r"|while resolving|lookup \S+ .*i/o timeout|dial tcp: lookup ",
        Outcome.FAILED,
        Cause.DNS,
    ),
    (
        r"connection refused|no live upstreams|no route to host|network is unreachable",
        Outcome.FAILED,
        Cause.TCP_REFUSED,
    ),
    (r"x509|certificate|\btls\b|\bssl\b|handshake", Outcome.FAILED, Cause.TLS),
    (
        r"timed? ?out.{0,40}while connecting|dial tcp \S+ (?:connect: )?(?:i/o timeout"
        r"|connection timed out)|\bdial .*i/o timeout",
        Outcome.FAILED,
        Cause.TCP_TIMEOUT,
    ),
    (
        r"fetch timed out|timed out|i/o timeout|deadline exceeded|signal: killed|client\.timeout|: 504\b"
        r"|gateway time-?out",
        Outcome.FAILED,
        Cause.PROXY_HANG,
    ),
    (
        r"prematurely closed connection while reading upstream|unexpected eof|truncated|content-length",
        Outcome.FAILED,
        Cause.TRUNCATED_BODY,
    ),
    (
        r"connection reset|broken pipe|prematurely closed connection|: eof\b|upstream sent no valid",
        Outcome.FAILED,
        Cause.TCP_RESET,
    ),
    (r"stream error|http2:|goaway", Outcome.FAILED, Cause.HTTP2_STREAM),
    (r"security error|checksum mismatch", Outcome.FAILED, Cause.CHECKSUM_MISMATCH),
    (r": 429\b|too many requests|limiting (?:requests|connections)", Outcome.FAILED, Cause.HTTP_429),
    (r": 5\d\d\b|bad upstream|temporarily disabled|bad gateway|service unavailable", Outcome.FAILED, Cause.HTTP_5XX),
    (r": 40[137]\b|forbidden|unauthorized", Outcome.FAILED, Cause.HTTP_403_401_AUTH),
    (r"could not read username|permission denied \(publickey|authentication failed", Outcome.FAILED, Cause.VCS_AUTH),
    (
        r"unknown revision|invalid version|no matching versions|malformed module path",
        Outcome.MISSING,
        Cause.VERSION_UNKNOWN,
    ),
    (r": 4(?:04|10)\b|not found|no such file", Outcome.MISSING, Cause.HTTP_404_410_MISSING),
)
_TABLE = tuple((re.compile(pattern, re.IGNORECASE), outcome, cause) for pattern, outcome, cause in _ROWS)
_HOST = re.compile(r"https?://(?:[^\s/@\"]*@)?([^\s/\"\\?]+)")
#: URLs, modules and quoted paths: a module called tls-utils says nothing about TLS
_NAMES = re.compile(r"https?://[^\s\"\\]*[^\s\"\\:]|[^\s\"]+@v\d[^\s\":]*|\"/[^\"]*\"")
MAX_TEXT = 4096


def symptom(text: str) -> Symptom:
    """What an error line says; words that nobody knows are a failure without a known cause."""
    text = text[:MAX_TEXT]
    host = _HOST.search(text)
    name = host[1].lower() if host else ""
    words = _NAMES.sub("NAME", text)
    for pattern, outcome, cause in _TABLE:
        if pattern.search(words):
            return Symptom(outcome, cause, name)
    return Symptom(Outcome.FAILED, Cause.NONE, name, shape(text))
