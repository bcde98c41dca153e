"""The GOPROXY URL grammar: what a requested path asks for.

``P/<module>/@v/list``, ``@v/<version>.{info,mod,zip}``, ``@latest``, ``P/sumdb/<db>/...``, ``?go-get=1`` and git's
smart HTTP, behind any mount prefix ``P``. Upper-case letters travel as ``!x`` (or ``%21x`` on the wire).
Grammar: reference/go-fetch-truth.md section 3.1.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from predictor.events import Op


class ModulePath(NamedTuple):
    """What one request asks for; ``module`` and ``version`` are ``""`` where the operation has none."""

    op: Op
    module: str
    version: str


MARKS = (b"/@v/", b"/@latest", b"/sumdb/", b"go-get=1", b"service=git-upload-pack", b"/git-upload-pack")
_FETCH = re.compile(
    r"(?:^|/)sumdb/(?P<db>[^/]+)/(?P<sop>supported|latest|lookup/(?P<sm>.+)@(?P<sv>[^@]+)|tile/\d+/(?:data|\d+)/[\dx./pP]+)$"
    r"|^(?P<m>[^@]+?)/(?:@v/(?:(?P<list>list)|(?P<v>[^/]+)\.(?P<ext>info|mod|zip))|@latest)$"
)
_GIT = re.compile(r"^(?P<repo>.+?)(?:\.git)?/(?:info/refs|git-upload-pack)$")
_MOUNTS = re.compile(
    r"^/?(?:[^/@]+/)*?(?:api/go/[^/]+|repository/[^/]+|api/v4/projects/[^/]+/packages/go|cached-only)/(?=.)"
)
_DOMAIN = re.compile(r"^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*\.[A-Za-z][A-Za-z0-9-]*(?::\d+)?$")
_ESCAPE = re.compile(r"!([a-z])")
_OPS = {"info": Op.INFO, "mod": Op.MOD, "zip": Op.ZIP}
_TOOLCHAIN = "golang.org/toolchain"


def may_be_fetch(line: bytes) -> bool:
    """Whether a raw log line holds any mark of a fetch: cheap, and never False for a line that holds a fetch URL."""
    return any(mark in line for mark in MARKS) or b"%40" in line


def unescape(text: str) -> str:
    """Module path or version with ``!x`` turned back into ``X``; text that is not so escaped comes back as it is."""
    return _ESCAPE.sub(lambda match: match.group(1).upper(), text) if "!" in text else text


def split_url(target: str) -> tuple[str, str]:
    """``(host, path with query)`` of a request target: absolute URLs, ``host:port`` (CONNECT) and plain paths."""
    scheme, found, rest = target.partition("://")
    if found and "/" not in scheme:
        host, slash, path = rest.partition("/")
        return host.rpartition("@")[2].lower(), slash + path
    return "", target


def strip_mount(path: str) -> str:
    """The path behind its mount prefix: known repository mounts, else what stands before the first domain name.

    Module paths begin with a domain name; where no segment looks like one, the whole path is the module
    (private modules without a dot).
    """
    match = _MOUNTS.match(path)
    if match:
        return path[match.end() :]
    segments = path.lstrip("/").split("/")
    for index, segment in enumerate(segments):
        if segment.startswith("@"):
            break
        if _DOMAIN.match(segment):
            return "/".join(segments[index:])
    return "/".join(segments)


@lru_cache(maxsize=1 << 15)
def parse_path(path: str) -> ModulePath | None:
    """What a request target asks for, or None when it is no fetch.

    Args:
        path: as logged: absolute or relative, percent-encoded or decoded, with or without a query.
    """
    _, target = split_url(path)
    bare, _, query = target.partition("?")
    bare = bare.partition("#")[0]
    if "%" in bare:
        bare = unquote(bare, errors="replace")
    match = _FETCH.search(bare)
    if match:
        return _fetch(match)
    if "go-get=1" in query:
        return ModulePath(Op.META, bare.strip("/"), "")
    git = _GIT.match(bare)
    if git and (bare.endswith("/git-upload-pack") or "service=git-upload-pack" in query):
        return ModulePath(Op.VCS, strip_mount(git["repo"]), "")
    return None


def _fetch(match: re.Match[str]) -> ModulePath:
    if match["db"]:
        module, version = (match["sm"], match["sv"]) if match["sm"] else ("", "")
        return ModulePath(Op.SUMDB, unescape(module), unescape(version))
    module = unescape(strip_mount(match["m"]))
    if match["list"]:
        return ModulePath(Op.LIST, module, "")
    if not match["ext"]:
        return ModulePath(Op.LATEST, module, "")
    op = Op.TOOLCHAIN if module == _TOOLCHAIN else _OPS[match["ext"]]
    return ModulePath(op, module, unescape(match["v"]))
