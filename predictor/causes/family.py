"""The failure taxonomy as data: families of messages, each a shape with what it means.

The tables are the TOML files in ``families/``; this module only loads them. A family says which cause and
outcome a message has, how to find the host at fault, and what to do; ``rank`` decides when several match
(higher wins, so a proxy's 404 whose body quotes git is read as the proxy's answer and not as git's).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

#: What the vendoring tools before modules (dep, glide, govendor, godep) print around an error of a fetch.
VENDORING = (
    r"(?:failed to list versions for \w+(?:\+\w+)?(?:://|@)\S+: |failed to fetch source for \w+(?:\+\w+)?(?:://|@)\S+: "
    r"|failed to set up (?:sources from|\"\S+://\S+\", error)|no valid source could be created"
    r"|unable to deduce repository and source type for|source does not exist upstream: "
    r"|remote repository at \S+ does not exist, or is inaccessible|\bNo versions of \S+ met constraints:"
    r"|grouped write of manifest, lock and vendor|while writing out vendor tree"
    r"|\bUpdate failed for (?:[\w.~-]+\.\w+/\S+: |\S+: Cannot detect VCS)|\bUnable to checkout [\w.~-]+\.\w+/\S+$"
    r"|(?:Failed|Unable) to set version on [\w.~-]+\.\w+/\S+ to |\bExport failed for [\w.~-]+\.\w+/\S+: "
    r"|\bError looking for [\w.~-]+\.\w+/\S+: |Failed to do initial checkout of config: |Failed to checkout packages: "
    r"|Failed to set references: |Failed to set initial config references: |Failed to retrieve a list of dependencies: "
    r"|Failed to retrieve a list of test dependencies: |\bFailed for \"[\w.~-]+\.\w+/\S+\" \(failed to "
    r"|\berror downloading dep \(|\berror restoring dep \()"
)
#: Shapes that many families share, written ``%NAME%`` in the tables.
MACROS: Mapping[str, str] = {
    # The go command's words for "the answer to this request was", from Go 1.11 to today, and -x traces.
    "READ": r"(?:\breading|\bunexpected status|\# get|\bpackage \S+:) \(?[^\s\"(]\S*(?: [^\s:]\S*){0,2}?\)? ?: ",
    # A request that got no whole answer; old Go wrote the URL without quotes, pastes elide it.
    "GET": r"\b(?:Get|Head|read|Fetching|reading) ?\"?\S+?\"?: ",
    # Words of a proxy's answer that say that something behind the proxy failed (golang/go#57185).
    "UPSTREAM": (
        r"(?:fetch timed out|bad upstream|temporarily unavailable|unable to access|could not resolve host"
        r"|failed to connect|connection (?:refused|reset|timed out)|i/o timeout|returned error: 5\d\d|early EOF"
        r"|RPC failed|no such host|context deadline exceeded|TLS handshake timeout|server misbehaving"
        r"|: 5\d\d (?:Internal Server Error|Bad Gateway|Service Unavailable|Gateway Time-?out)"
        r"|remote end hung up|network is unreachable|unexpected EOF|stream error|Cannot obtain refs"
        r"|429 Too Many|: 5\d\d\b|(?:request|connect(?:ion)?|read|response|gateway) time-?d? ?-?out|service unavailable"
        r"|disconnect/reset before|signal: killed|cannot allocate memory|context cancell?ed|tls: handshake"
        r"|remote error: tls|no space left)"
    ),
    # A host that only its owner's network knows, by its name.
    "INSIDE": (
        r"(?:lookup |Get \"?https?://)\S*?(?:\b(?:internal|intranet|corp|private|ghe|vpn)\b|\.(?:local|lan|home|intra)\b"
        r"|\b(?:git|gitlab|gitea|stash|scm|vcs)\.(?!com\b|org\b))"
    ),
    # A request for the checksum database, asked directly or through a proxy.
    "SUMDB": r"(?:/sumdb/[^\s\"]+|//(?:sum\.|[^\s\"/]*sumdb)[^\s\"/]*/|/(?:lookup/\S|tile/\d))",
    # A git (hg, svn) command that the go command or a vendoring tool ran, as opposed to anybody's git.
    "GIT": (
        r"(?:\bgit (?:-c \S+ )*(?:ls-remote|fetch|clone|init|log|archive|cat-file|tag|show-ref|remote|config)\b"
        rf"|cache/vcs/|\bhg (?:pull|clone|identify)|\bsvn (?:info|export|log)|{VENDORING})"
    ),
    "VENDORING": VENDORING,
    # Packages that came into the standard library after Go 1.12: an older Go takes them for modules.
    "NEWSTD": (
        r"(?:io/fs|embed|slices|maps|cmp|iter|unique|weak|structs|log/slog|net/netip|math/rand/v2|go/build/constraint"
        r"|testing/(?:fstest|slogtest|synctest|cryptotest)|crypto/(?:ecdh|mlkem|hkdf|pbkdf2|sha3|ed25519|fips140)"
        r"|hash/maphash|runtime/(?:cgo|coverage|metrics)|time/tzdata|encoding/json/v2|simd)"
    ),
    # Git's words for wrong or missing credentials, as a proxy's answer quotes them.
    "DENIED": (
        r"(?:terminal prompts disabled|could not read (?:Username|Password)|Authentication failed"
        r"|Permission denied \(publickey|Repository not found|repository '?\S+?'? not found|HTTP Basic: Access denied"
        r"|Host key verification failed|could not be found or you don't have permission)"
    ),
}


@dataclass(frozen=True, slots=True)
class Family:
    """One shape of fetch trouble and what it means. Field names are those of the tables."""

    id: str
    name: str
    match: str  # the shape: a regular expression, case-insensitive, with macros
    cause: str  # a value of the taxonomy
    outcome: str  # "missing" | "user_error" | "failed" | "hung" | "ok"
    klass: str  # "outage" | "throttling" | "auth" | "user" | "config" | "integrity" | "local"
    host: str  # rule that finds the host at fault: see predictor.causes.place
    phase: str  # "auto" or a fixed phase
    remedy: str
    rank: int
    why: str
    example: str
    words: tuple[str, ...] = ()  # a match holds one of these (lower case); they spare most shapes a search
    needs: str = ""  # must be in the message too
    unless: str = ""  # must not be in the message
    sure: bool = False  # the words alone prove that go was fetching; else the message must show it
    outage: bool = False  # whether infrastructure failed
    confidence: float = 0.9
    rows: tuple[int, ...] = field(default=())  # rows of the reference table of families

    def matches(self, flat: str) -> re.Match[str] | None:
        """The last place at which this shape is in a message on one line, None where it is not."""
        found = None
        for found in compiled(self.match).finditer(flat):  # noqa: B007 - the tail of a chain of causes is what counts
            pass
        if found is None or (self.needs and not compiled(self.needs).search(flat)):
            return None
        if self.unless and compiled(self.unless).search(flat):
            return None
        return found


def expanded(shape: str) -> str:
    """A shape of the tables with its macros put in."""
    return re.sub(r"%([A-Z]+)%", lambda macro: MACROS[macro[1]], shape)


@lru_cache(maxsize=1024)
def compiled(shape: str) -> re.Pattern[str]:
    """A shape as a regular expression, made when it is first needed so that commands start fast.

    Word edges are those of ASCII: Chinese and Japanese prose stands glued to the English message that it quotes.
    """
    return re.compile(expanded(shape), re.IGNORECASE | re.ASCII)


def read(table: Mapping[str, Any]) -> Family:
    """One entry of a table as a family; classes outage and throttling are outages unless the entry says otherwise."""
    values = dict(table)
    values["klass"] = values.pop("class")
    values.setdefault("outage", values["klass"] in {"outage", "throttling"})
    for key in ("rows", "words"):
        values[key] = tuple(values.get(key, ()))
    return Family(**values)


@lru_cache(maxsize=1)
def families() -> tuple[Family, ...]:
    """All families, highest rank first, table order within a rank."""
    folder = resources.files("predictor.causes") / "families"
    tables = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    found = [read(entry) for table in tables for entry in tomllib.loads(table.read_text("utf-8"))["family"]]
    return tuple(sorted(found, key=lambda family: -family.rank))


@lru_cache(maxsize=1)
def sure_words() -> tuple[str, ...]:
    """The words of which a message of a sure family holds at least one; those that hold another are left out."""
    words = sorted({word for family in families() if family.sure for word in family.words}, key=len)
    short: list[str] = []
    for word in words:
        if not any(other in word for other in short):
            short.append(word)
    return tuple(short)


@lru_cache(maxsize=1)
def vendoring_words() -> frozenset[str]:
    """The words of which a text that a vendoring tool printed an error to holds at least one."""
    words = {word for family in families() if family.id.startswith("vendoring-") for word in family.words}
    return frozenset(words.intersection(sure_words()))


@lru_cache(maxsize=1)
def ranks() -> Mapping[str, int]:
    """The rank of each family by its id."""
    return {family.id: family.rank for family in families()}


def rank_of(family: str) -> int:
    """The rank of a family by its id; below all others for trouble that no family knows."""
    return ranks().get(family, -1)
