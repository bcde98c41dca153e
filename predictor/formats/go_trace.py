"""What ``go -x`` says: one line when a request starts, one when its answer's headers are there.

::

    # get URL                                   start
    # get URL: 200 OK (0.123s)                  end: status, seconds to the response headers
    # get URL: Get "URL": dial tcp ...          end on a transport error, no duration
    cd DIR; git ls-remote ... URL               start of a version control command
    0.439s # cd DIR; git ls-remote ... URL      its end
    mkdir -p DIR # git3 URL                     which repository DIR is a clone of
    Fetching URL?go-get=1                       start, Go 1.13 and older with -v
    Parsing meta tags from URL (status code 200)  its end

Sources: cmd/go/internal/web/http.go and modfetch/codehost/codehost.go of Go 1.27.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_META = re.compile(r"(?:Fetching (https?://\S+)|Parsing meta tags from (https?://\S+) \(status code (\d+)\))$")
_SECONDS = re.compile(r"\d+\.\d+$")
_COMMAND_END = re.compile(r"(\d+\.\d{3})s # (?=cd )(.+)$")
_COMMAND = re.compile(
    r"cd (\S.*?); (?:git|hg|svn|fossil|bzr)(?: -\S+(?: \S+=\S+)?)* "
    r"(ls-remote|fetch|clone|pull|identify|checkout|co|info)\b"
)
_CLONE = re.compile(r"mkdir -p (\S+) # \w+ (\S+://\S+)")
_URL = re.compile(r"(?:https?|ssh|git|git\+ssh)://[^\s'\"]+")


class Trace(NamedTuple):
    """One line of a trace.

    ``key`` joins start and end; ``seconds`` and ``status`` are NaN and 0 where not said; ``error`` is ``""`` but
    for a transport error.
    """

    kind: str  # "get" | "vcs" | "clone"
    key: str
    url: str
    end: bool = False
    status: int = 0
    seconds: float = float("nan")
    error: str = ""


def parse_trace(line: str) -> Trace | None:
    """What a line of ``-x`` output says, None when it is no such line."""
    if line.startswith("# get "):
        return _request(line[6:].rstrip())
    if line.startswith("cd "):
        return _command(line.rstrip(), end=False)
    if line.startswith("mkdir -p "):
        clone = _CLONE.match(line)
        return Trace("clone", clone[1], clone[2]) if clone else None
    if line.startswith(("Fetching ", "Parsing ")):
        meta = _META.match(line)
        return meta and _meta(meta)
    ended = _COMMAND_END.match(line)
    return _command(ended[2].rstrip(), end=True, seconds=float(ended[1])) if ended else None


def _meta(match: re.Match[str]) -> Trace:
    if match[1]:
        return Trace("get", match[1], match[1])
    return Trace("get", match[2], match[2], end=True, status=int(match[3]))


def _request(rest: str) -> Trace | None:
    url, _, said = rest.partition(" ")
    if "://" not in url:
        return None
    if not said:
        return Trace("get", url, url)
    url = url.removesuffix(":")
    status = said[:3]
    if status.isdecimal() and said.endswith("s)"):
        seconds = said[said.rfind("(") + 1 : -2]
        taken = float(seconds) if _SECONDS.match(seconds) else float("nan")
        return Trace("get", url, url, end=True, status=int(status), seconds=taken)
    return Trace("get", url, url, end=True, error=said)


def _command(text: str, *, end: bool, seconds: float = float("nan")) -> Trace | None:
    command = _COMMAND.match(text)
    if not command:
        return None
    url = _URL.search(text, command.end())
    return Trace("vcs", text, url[0] if url else command[1], end=end, seconds=seconds)
