"""What a URL that the go command requests asks for: the GOPROXY grammar, and a checksum database asked directly."""

from __future__ import annotations

import re
from urllib.parse import unquote

from predictor.events import Op
from predictor.formats.urls import ModulePath, parse_path, split_url, unescape

#: A checksum database has these paths at its root; through a proxy they stand behind ``/sumdb/<name>``.
_SUMDB = re.compile(r"(?:/[^@]*)?/(?:lookup/(?P<module>.+)@(?P<version>[^@]+)|tile/\d+/(?:data|\d+)/[\dx./p]+|latest)$")


def asked_of(url: str) -> ModulePath | None:
    """What ``url`` asks for, None when it is no fetch."""
    found = parse_path(url)
    if found is not None:
        return found
    path = unquote(split_url(url)[1].partition("?")[0], errors="replace")
    match = _SUMDB.match(path)
    if match is None:
        return None
    return ModulePath(Op.SUMDB, unescape(match["module"] or ""), unescape(match["version"] or ""))
