"""What a checksum block and a go.mod error prove about the content that came.

``SECURITY ERROR`` is printed for an attack, for a moved tag and for a body that a sick server cut short. The
hash tells them apart in two cases: a go.mod that came empty has one known hash, and a go.mod that was cut in
its first lines has the hash of a beginning of ``module PATH``, of which there are few enough to try.
Source of the hash: golang.org/x/mod/sumdb/dirhash, Hash1 over the single file ``go.mod``.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

from predictor.causes.diagnosis import Diagnosis

BLOCK = re.compile(
    r"(?:erifying |\s)(?P<module>[^\s@]+)@(?P<version>[^\s:/]+)(?:/go\.mod)?: "
    r".*?downloaded: (?P<hash>h1:[A-Za-z0-9+/]{43}=)"
)
GO_MOD = re.compile(r"verifying (?:go\.mod|\S+/go\.mod)")
DECLARED = re.compile(r"declares its path as: (?P<declared>\S+) but was required as: (?P<required>\S+)")
GO_LINES = range(11, 40)  # minor Go versions that a cut go.mod may name


def hash_of_mod(content: bytes) -> str:
    """The ``h1:`` hash of a go.mod with this content."""
    inner = hashlib.sha256(content).hexdigest()
    return "h1:" + base64.b64encode(hashlib.sha256(f"{inner}  go.mod\n".encode()).digest()).decode()


def cut_after(module: str, digest: str) -> int | None:
    """After how many bytes the go.mod of a module was cut, when that gives this hash; None when none does."""
    for opening in (f"module {module}\n\ngo 1.", f'module "{module}"\n'):
        for size in range(len(opening) + 1):
            if hash_of_mod(opening[:size].encode()) == digest:
                return size
    for minor in GO_LINES:
        text = f"module {module}\n\ngo 1.{minor}\n\nrequire ("
        for size in range(len(f"module {module}\n\ngo 1."), len(text) + 1):
            if hash_of_mod(text[:size].encode()) == digest:
                return size
    return None


def proven(finding: Diagnosis) -> Diagnosis:
    """The finding, turned into an outage where its own text proves that the body was cut or empty."""
    if finding.cause == "checksum_mismatch":
        return proven_by_hash(finding)
    if finding.family == "mod-wrong-path":
        return proven_by_path(finding)
    return finding


def proven_by_hash(finding: Diagnosis) -> Diagnosis:
    """See :func:`proven`, for a checksum block of a go.mod."""
    block = BLOCK.search(finding.text)
    if block is None or not GO_MOD.search(finding.text):
        return finding
    size = cut_after(block["module"], block["hash"])
    if size is None:
        return finding
    state = "empty" if size == 0 else f"cut after {size} bytes"
    return as_cut(
        finding,
        f"The hash of what was downloaded is that of a go.mod {state}: a broken answer of the proxy, no attack.",
    )


def proven_by_path(finding: Diagnosis) -> Diagnosis:
    """See :func:`proven`, for a go.mod whose module line ends in the middle of the path."""
    paths = DECLARED.search(finding.text)
    if paths is None:
        return finding
    rest = paths["required"].removeprefix(paths["declared"])
    if rest in {"", paths["required"]} or rest.startswith("/") or not re.match(r"[\w.~-]", rest):
        return finding
    return as_cut(
        finding,
        "The module line ends in the middle of the module's path: the go.mod was cut on its way, and it is cached now.",
    )


def as_cut(finding: Diagnosis, why: str) -> Diagnosis:
    """The finding as a cut body."""
    return replace(
        finding,
        cause="truncated_body",
        outcome="failed",
        klass="outage",
        outage=True,
        remedy="switch_mirror",
        confidence=0.95,
        why=why,
    )
