"""Tells the records of a module server about parent paths from failures.

For ``a.example/b/c`` a go command, or a server for it, asks for ``a.example/b`` and ``a.example`` too, as any of
them may be the module. That they are none is the normal answer, and a server's log is full of it.
"""

from __future__ import annotations

import re

from predictor.causes.diagnosis import Diagnosis

#: How servers of modules record what they asked for: for a go command's own list, a request, a field of a record.
RECORD = re.compile(
    r"""(?:
      \bmod[ ](?:list|query|latest)[ ] | \b(?:http-path|path|uri|url|target)"?[=:][ ]?"?/?
    | "(?:GET|HEAD)[ ]/(?!/) | \b(?:GET|HEAD)[ ]/(?!/)
    | \boperation"?[=:][ ]?"?(?:list|latest)\b.{0,80}?\bmodule"?[=:][ ]?"?
    | \bmodule"?[=:][ ]?"?(?=[^\s"]+"?[, ].{0,80}?\boperation"?[=:][ ]?"?(?:list|latest)\b)
    )(?P<path>[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[^\s/@",]+)?)(?=@latest|/@latest|/@v/list|[",\s]|$)""",
    re.VERBOSE,
)
#: Where a module has two elements after the host, so that one is a parent too.
TWO_DEEP = re.compile(r"(?:github\.com|gitlab\.com|bitbucket\.org|gitee\.com|codeberg\.org)/|golang\.org/x$")
NORMAL = frozenset({"missing", "user_error"})


def parent_probe(finding: Diagnosis) -> bool:
    """Whether a finding is a server's record that a parent path, which no module can be, is no module."""
    if finding.outage or finding.outcome not in NORMAL:
        return False
    record = RECORD.search(finding.text)
    return record is not None and ("/" not in record["path"] or TWO_DEEP.match(record["path"]) is not None)
