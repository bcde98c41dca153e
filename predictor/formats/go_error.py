"""One error message of the go command as the fetch that failed and why: a diagnosis with its places filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from predictor.causes import Diagnosis, diagnose_message
from predictor.events import Cause, Op, Outcome
from predictor.formats.go_book import Answer, Fetch
from predictor.formats.go_trace import Trace
from predictor.formats.go_urls import asked_of
from predictor.formats.urls import ModulePath, split_url
from predictor.templates import shape

_URL = re.compile(r"(?:https?|ssh|git)://[^\s\"'<>\\]+")
#: Families whose words nobody knows: what no family fits, and requests and tunnels that failed in any words.
UNKNOWN = frozenset({"unknown", "request-other", "connect-other-by-proxy"})
_PHASES = {
    "resolve": Op.NONE,
    "list": Op.LIST,
    "latest": Op.LATEST,
    "info": Op.INFO,
    "mod": Op.MOD,
    "zip": Op.ZIP,
    "sumdb": Op.SUMDB,
    "vcs": Op.VCS,
    "meta": Op.META,
    "toolchain": Op.TOOLCHAIN,
}


LONGEST = 1 << 12  # characters of a message that is remembered; builds print the same ones again and again


class GoError(NamedTuple):
    """A failed fetch as an error message tells it; ``url`` is ``""`` where it names none."""

    fetch: Fetch
    outcome: Outcome
    cause: Cause
    url: str
    template: str = ""  # shape of a message that no family knows


def diagnosed(text: str) -> Diagnosis | None:
    """The diagnosis of a message."""
    return _remembered_diagnosis(text) if len(text) <= LONGEST else diagnose_message(text)


def read_error(text: str, proxy: str, aliases: Mapping[str, str]) -> GoError | None:
    """What an error message says, None when it speaks of no fetch or of no failure.

    Args:
        text: the lines of one message.
        proxy: the upstream that is meant where the message names none.
        aliases: host as logged -> upstream name.
    """
    error = _remembered(text) if len(text) <= LONGEST else _read(text)
    if error is None:
        return None
    host, op, module, version = error.fetch
    upstream = aliases.get(host, host) or proxy
    return error if upstream == host else error._replace(fetch=Fetch(upstream, op, module, version))


def _read(text: str) -> GoError | None:
    """The error with the host as it is logged, ``""`` where the message names none."""
    found = diagnosed(text)
    if found is None or found.outcome == "ok":
        return None
    url, asked = _url(text, found.host or "")
    host = _with_port(found.host or "", text) or split_url(url)[0]
    op = asked.op if asked else _PHASES.get(found.phase or "", Op.NONE)
    module = found.module or (asked.module if asked else "")
    version = found.version or (asked.version if asked else "")
    fetch = Fetch(host, op, module, version)
    return GoError(fetch, Outcome[found.outcome.upper()], cause_of(found), url, template_of(found, text))


_remembered = lru_cache(maxsize=1 << 13)(_read)
_remembered_diagnosis = lru_cache(maxsize=1 << 10)(diagnose_message)


@lru_cache(maxsize=512)
def of_status(status: int) -> tuple[Outcome, Cause]:
    """Outcome and cause of an HTTP status that the go command got, as the taxonomy has it: only 200 is good."""
    if status == 200:
        return Outcome.OK, Cause.NONE
    found = diagnose_message(f"go: example.com/m@v1.0.0: reading https://example.com/m/@v/v1.0.0.zip: {status} ")
    return (Outcome[found.outcome.upper()] if found else Outcome.FAILED), cause_of(found)


def answer_of(trace: Trace, age_s: float) -> Answer:
    """How a traced request ended that began ``age_s`` ago."""
    if trace.status:
        return Answer(trace.status, trace.seconds, *of_status(trace.status))
    if trace.error:
        text = f"go: {trace.error}"
        found = diagnosed(text)
        return Answer(0, age_s, Outcome.FAILED, cause_of(found), template_of(found, text))
    return Answer(0, trace.seconds, Outcome.OK, Cause.NONE)


def cause_of(found: Diagnosis | None) -> Cause:
    """The cause of a diagnosis as a column value; no diagnosis is no known cause."""
    return Cause[found.cause.upper()] if found else Cause.NONE


def template_of(found: Diagnosis | None, text: str) -> str:
    """The shape of a message of trouble, ``""`` where a family knows it."""
    return "" if found and found.family not in UNKNOWN else shape(text)


def _url(text: str, host: str) -> tuple[str, ModulePath | None]:
    """The URL that the message is about: the last that is a fetch, else the last on the host at fault."""
    best: tuple[str, ModulePath | None] = ("", None)
    for match in _URL.finditer(text):
        url = match[0].rstrip(":,.;)")
        asked = asked_of(url)
        if asked is not None or (best[1] is None and host and host in url):
            best = (url, asked)
    return best


def _with_port(host: str, text: str) -> str:
    """The host with the port that the message gives it in a URL."""
    if not host or ":" in host:
        return host.lower()
    port = re.search(rf"://(?:[^/@\s\"]*@)?{re.escape(host)}(:\d+)(?=[/\"\s]|$)", text)
    return (host + (port[1] if port else "")).lower()
