"""Finds the core of a network error that stands alone in notes: ``i/o timeout``, ``x509: ...``, a status.

Programs of every kind print these words. They are read as go's only where the same section of the text speaks of
fetching modules, and where nothing on the line or beside it is another program's: a URL, an address, a test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from predictor.causes.diagnosis import Diagnosis
from predictor.causes.match import NAMED, of_a_program, only_told
from predictor.causes.match import diagnose_message as read
from predictor.causes.message import flatten, redacted
from predictor.causes.relevance import present
from predictor.causes.text import bare

#: What a failed connection or a failed answer is called.
CORE = re.compile(
    r"""(?P<core>
      \bdial[ ]tcp(?:[ ]\S+)?:[ ](?:
          lookup[ ]\S+.{0,80}?(?:no[ ]such[ ]host|misbehaving|timeout|refused|unreachable)
        | i/o[ ]timeout | connect(?:ex)?:[ ][^`'")]{4,60} | operation[ ]timed[ ]out)
    | \blookup[ ][\w.-]+\.\w+(?:[ ]on[ ]\S+)?:[ ](?:no[ ]such[ ]host|i/o[ ]timeout|server[ ]misbehaving)
    | \b(?:net/http:[ ])?TLS[ ]handshake[ ]timeout
    | \bx509:[ ]certificate[ ][a-z][^`'"]{4,60}
    | \bstream[ ]error:[ ]stream[ ]ID\b.{0,60} | \bstream[ ]error[:;].{0,30}?\b[A-Z]{4,}_[A-Z]{4,}\b
    | \bHTTP/2\b.{0,30}\b(?:INTERNAL|PROTOCOL|REFUSED)_\w+
    | \bi/o[ ]timeout | \bunexpected[ ]EOF
    | \bconnection[ ](?:reset[ ]by[ ]peer|refused|timed[ ]out) | \bnetwork[ ]is[ ]unreachable
    | \bno[ ]route[ ]to[ ]host | \bcontext[ ]deadline[ ]exceeded
    | (?<![\d.])(?P<status>403[ ]Forbidden|429[ ]Too[ ]Many[ ]Requests
        |50[0234][ ](?:Internal|Bad|Service|Gateway)[ ][A-Z][\w-]+)
    )""",
    re.VERBOSE | re.ASCII,
)
#: Words of which every such error holds one; they spare most lines a search.
WORDS = (
    "dial tcp", "lookup ", "TLS handshake", "x509: ", "stream error", "HTTP/2", "i/o timeout", "unexpected EOF",
    "connection ", "network is", "no route", "context deadline", " Forbidden", "Too Many", "Server Error",
    "Bad Gateway",
    "Service ", "Gateway T",
)  # fmt: skip
#: Words that say that a text is about fetching modules.
FETCHING = re.compile(
    r"\bgo (?:mod (?:download|tidy|vendor)|get|install \S+@)|\bGOPROXY\b"
    r"|\b[Gg]o [Mm]od(?:ules?)?\b|\bmodule (?:proxy|fetch(?:es)?|download)\b",
    re.ASCII,
)
#: Of which each such text holds one.
ABOUT = (
    "go mod",
    "go get",
    "go install",
    "GOPROXY",
    "Go mod",
    "Go Mod",
    "go Mod",
    "module ",
    "golang",
    "goprox",
    "gocenter",
    "athens",
    "aliyun",
    "huawei",
)
#: Words on the line of an error, or beside it, that make it another program's.
FOREIGN = re.compile(
    r"""docker(?:\.io|hub|[ ]pull|[ ]push|[ ]login) | ghcr\.io|gcr\.io|registry | \bhelm\b|kubectl|\bkube
    | \bnpm\b|\byarn\b | \bpip3?\b|\bcargo\b|\bcrates?\b|\bapt(?:-get)?\b|\bapk\b|\bbrew[ ](?:update|fetch)
    | \bcurl\b|\bwget\b | terraform | \blevel=(?:info|debug)|"level":
    | graphql|\bapi\b|\bgrpc\b|rpc[ ]error | postgres|\bpsql\b|redis|mysql|mongo|kafka|rabbit|nats://|etcd|consul|vault
    | webhook|websocket|electron|\.svc\b | \bPost[ ]" | === | ---[ ](?:FAIL|PASS) | _test\.go|panic: | \bssh\b
    | localhost|127\.0\.0\.1|0\.0\.0\.0|::1\]?:(?!53) | \bgit[ ](?:clone|push|pull|fetch)\b
    | \bllm\b|openai|anthropic""",
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
#: Code that looks for such errors.
CODE = re.compile(
    r"\b(?:[Cc]ontains|includes|HasPrefix|HasSuffix|match(?:es)?|Errorf?|New|expect|assert\w*|grep|test)\("
    r"|\bgrep -|\bcase \"|\bif \("
)
PORT = re.compile(r"dial tcp (?:\[[^\]]+\]|[\w.-]+):(\d+)")
PORTS = {"443", "80", "53"}
URL = re.compile(r"https?://([^\s\"'`)<>]*)")
HEADING = re.compile(r"\s{0,3}#{2,6} \S")  # with one mark it may be a comment of a script
NEAR = 6  # lines
#: Words that say enough by themselves: other programs seldom print them.
STRONG = re.compile(r"dial tcp|lookup |TLS handshake|x509|stream error|HTTP/2")
CLOSE = 2  # lines, for what stands beside
MOST = 200  # errors that are looked at


def core_alone(text: str) -> list[Diagnosis]:
    """The first bare error of a text that its section makes one of a module fetch; empty where there is none.

    Args:
        text: an excerpt with wrappers off in which no whole message was found.
    """
    words = present(text, WORDS)
    if not words or not (present(text, ABOUT) and (FETCHING.search(text) or NAMED.search(text))):
        return []
    lines = text.split("\n")
    for number, core, status in islice(cores(lines, words), MOST):
        host = host_of_section(lines, number, CLOSE if status else NEAR)
        if host is None or not (host or STRONG.match(core)) or foreign(lines, number):
            continue
        one = read(f'go: Get "https://{host}/": {core}' if host and not status else f"go: fetching modules: {core}")
        if one is not None:
            evidence = redacted(flatten(bare(lines[number])))
            return [replace(one, line=number, text=evidence, host=one.host or host, confidence=0.4)]
    return []


def cores(lines: Sequence[str], words: Sequence[str]) -> Iterator[tuple[int, str, bool]]:
    """Line number, words, and whether it is a status, of every bare error."""
    for number, line in enumerate(lines):
        if not any(map(line.__contains__, words)):
            continue
        for found in CORE.finditer(line):
            yield number, found["core"], found["status"] is not None


def host_of_section(lines: Sequence[str], number: int, near: int) -> str | None:
    """The public server that the section around a line names, ``""`` where it only speaks of modules, else None."""
    first = number
    while first > max(0, number - near) and not HEADING.match(lines[first]):
        first -= 1
    last = number + 1
    while last < min(len(lines), number + near + 1) and not HEADING.match(lines[last]):
        last += 1
    section = "\n".join([lines[number], *lines[first:last]])
    named = NAMED.search(section)
    if named:
        return named[0].removesuffix(".")
    return "" if FETCHING.search(section) else None


def foreign(lines: Sequence[str], number: int) -> bool:
    """Whether the line of an error, or a line beside it, shows another program, a test or code."""
    line = lines[number]
    port = PORT.search(line)
    if (port and port[1] not in PORTS) or CODE.search(line) or of_a_program(line) or only_told(line):
        return True
    if any(not NAMED.search(url) for url in URL.findall(line)):
        return True
    beside = "\n".join(lines[max(0, number - CLOSE) : number + CLOSE + 1])
    return FOREIGN.search(beside) is not None
