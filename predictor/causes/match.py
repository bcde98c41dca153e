"""Matches one message against the families: the highest rank that fits wins.

A family fits only where the message shows that go was fetching modules (``is_fetch``): programs written in Go
print the same network errors about their own affairs, and those are no business of ours.
"""

from __future__ import annotations

import re

from predictor.causes.diagnosis import Diagnosis
from predictor.causes.family import VENDORING, Family, compiled
from predictor.causes.message import flatten, redacted
from predictor.causes.place import host_at_fault, host_of_path, module_version, phase_of, request_url, url_parts
from predictor.causes.relevance import FETCH_WORDS, Scope, everything

PUBLIC = (
    r"proxy\.golang\.(?:org|com\.cn)|sum\.golang\.(?:org|google\.cn)|goproxy\.(?:cn|io|dev|uk)|goproxies\.|gocenter\.io"
    r"|mirrors\.aliyun\.com/goproxy|athens\.azurefd\.net|repo\.huaweicloud\.com/repository/goproxy"
)
#: The end of a whole network error.
TAIL = re.compile(
    r": (?:no such host|server misbehaving|i/o timeout|(?:connect: )?connection (?:refused|reset by peer)"
    r"|network is unreachable|TLS handshake timeout|unexpected EOF|EOF\b|x509: )"
)
#: An error of a connection, with the addresses that it had.
ADDRESSED = re.compile(
    r"\b(?:dial|read|write) (?:tcp|udp) (?:\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]+\]):\d+.*"
    r": (?:i/o timeout|no such host|server misbehaving|(?:connect|read|write): \w)"
)
#: What only go's module fetching says.
FETCH = re.compile(
    r"""/@v/ | /@latest\b | \?go-get=1 | /sumdb/
    | (?:^|[\s>`'"=:(\]|])go:[ ](?!build[ ]failed)[^\s\d"']
    | \bgo[ ](?:get|install|list|mod[ ]\w+|run|build|work[ ]\w+):[ ]
    | (?<![\w.-])[\w-]+(?:\.[\w~-]+)+(?:/[\w.~+<>-]+)*@(?:v\d|latest|upgrade|patch|none|master|main)[^\s:]*:[ ]
    | \bmodule[ ][\w.-]+\.[\w~-]+/\S+:[ ] | fetch_repo:[ ] | erifying[ ](?:go\.mod|module)
    | unrecognized[ ]import[ ]path[ ]["“] | \bhttps[ ]fetch:[ ]Get[ ]
    | \bsumdb\.Client\b | \bunexpected[ ]status[ ]\(https?: | golang\.org/toolchain | cache/(?:vcs|download)/
    | \bsum\.golang\.\S+/lookup/ | \bpackage[ ][\w.-]+\.[\w~-]+/\S+:[ ](?:https?://|Get[ ])""",
    re.VERBOSE | re.ASCII,
)
#: Parts of the above that need no search.
SURE_FETCH = ("/@v/", "?go-get=1", "/sumdb/", "golang.org/toolchain", "cache/vcs/", "cache/download/")
#: A public server of modules is named, which prose does too, ...
NAMED = re.compile(rf"\b(?:{PUBLIC})\b", re.ASCII)
#: ... and a request to it or a connection stands beside it, which prose does not write.
REQUEST = re.compile(
    r"\b(?:dial|read|write) (?:tcp|udp)\b|\b(?:Get|read|reading|Head) ?\"?https?://"
    r"|lookup \S+(?: on \S+|: [a-z])|# get ",
    re.ASCII,
)
#: A message and not a sentence about messages: it names a path, a version, a file, a hash or the program.
CONCRETE = re.compile(
    r"\S\.\w+[/\\]\w|@v\d|https?://|(?:^|[\s`'\"])go(?: \w+){0,2}: |\.go:\d|h1:|/go\.mod|>= ?\d|\d+\.\d+|\$WORK"
    r"|'go help|\"[^\"]+\"|=\.\.\.|(?<!\w)/[\w.-]+/\w|\bGO[A-Z]{3,}\b",
    re.ASCII,
)
#: Source code: a string handed to a function, or nothing but strings; ...
SOURCE = re.compile(r"\w\(\s*[bfru]?[\"'`]|^[\"'`][^\"'`]*[\"'`],? ?(?:[\"'`]|$)|\breturn [\"'`]")
#: ... in which a message counts only where it names a module, a version, a server, a file or a hash.
NAMES = re.compile(
    r"\S\.\w+[/\\]\w|@v\d|https?://|\.go:\d|h1:|>= ?\d|go1?\.?\d|\$WORK|(?<!\w)/[\w.-]+/\w|\bv\d+\.\d"
    r"|=(?:off|vendor|readonly)",
    re.ASCII,
)
#: A sentence that speaks of a case and reports none.
PROSE = re.compile(
    r"\bif (?:you|it|the|your|this)\b|\bwhen you\b|\byou (?:may|might|can|will) (?:see|get)\b|如果|遇到", re.IGNORECASE
)
#: A whole message that a sentence quotes as it was printed.
QUOTED = re.compile(r"`(?P<said>[^`]{40,})`")
TRACE = re.compile(r"^# get ")
#: Lines of go that report no trouble, or none that stops a build.
QUIET = re.compile(
    r"^go: (?:downloading|finding|found|extracting|added|upgraded|downgraded|removed|creating new|copying|converting"
    r"|to add|to switch|module \S+ is deprecated|warning:|writing (?:stat|go\.mod) cache|no module dependencies"
    r"|updating go\.\w+$|trying|considering|using|build failed)|^go get: installing executables"
    r"|requires go >= [^\s;]+;(?: switching\b|$)"
)
#: What a test logs, which is what the test is about.
OF_A_TEST = re.compile(r"^\S+_test\.go:\d+: (?!\d)")
#: What a program looks for: an alternation, an escaped dot, a wildcard; and what it prints into: a verb of a format.
OF_A_PROGRAM = re.compile(
    r"\w\\\.(?:sum|mod|org)\b|\.\*[A-Za-z(]|\(\?[:iP!=]|\\[sSbwd][+*(]|\w(?:\|\w[^|@/]{0,60}){4}"
    r"|\w+f\(\s*\S{0,3}[\"'`].*%[+#]?[svqw]\b"
)
#: The beginning of a real message; what follows may be any page that a server answered.
REPORT = re.compile(r"(?:go(?: \w+){0,2}|\S+\.go:\d+:\d+): [\w.-]+\.\w")
PATTERN_MARKS = "\\%|*?"  # without one of these a line is neither
#: Other programs' messages in the same words.
FOREIGN = re.compile(
    r"^(?:npm|yarn|pnpm) (?:ERR!|error|warn)|\.cue:\d|\.cue\b.*import failed|import failed: cannot find package"
)
#: ... unless the log was pasted as one line and an error follows.
HARD = re.compile(
    r": [45]\d\d [A-Z]|\bdial tcp|\bGet \"?https?:|\breading https?:|verifying|cannot find module|unrecognized import"
    r"|x509|does not contain package|unknown revision|exit status|checksum mismatch"
)
#: Words that say that something failed, for messages that no family knows.
FAILURE = re.compile(
    r"^(?:go(?: (?:get|install|list|mod \w+|run|build|work \w+))?: )?(?:\S+\.go:\d+:\d+: )?(?:"
    r"(?:module )?[\w.-]+\.[\w~-]+(?:/[\w.~+-]+)*(?:@[\w.+-]+)?: \S"
    r"|(?:error|failed|cannot|could not|unable|download(?:ing)? \S+: |verifying|loading|reading|initializing)\b)"
    r"|fetch_repo: \S+@\S+: "
)


def is_fetch(flat: str) -> bool:
    """Whether a message shows by itself that go was fetching modules."""
    if any(map(flat.__contains__, SURE_FETCH)):
        return True
    if not any(map(flat.lower().__contains__, FETCH_WORDS)):
        return False
    if FETCH.search(flat):
        return True
    if not NAMED.search(flat) or not REQUEST.search(flat):
        return False
    return not PROSE.search(flat) or TAIL.search(flat) is not None


def only_told(flat: str) -> bool:
    """Whether a sentence speaks of a case and quotes no whole message of it."""
    if not PROSE.search(flat):
        return False
    quoted = QUOTED.search(flat)
    return quoted is None or not NAMES.search(quoted["said"])


def real(flat: str) -> bool:
    """Whether a message holds a network error of a request to a public server of modules, which no test makes up."""
    quote = flat.find('"')  # a test prints the text that it is about in quotes
    if quote >= 0 and not flat.startswith("http", quote + 1):
        return False
    return NAMED.search(flat) is not None and ADDRESSED.search(flat) is not None


def of_a_program(flat: str) -> bool:
    """Whether a line is source code that looks for such messages or makes them, and no message itself."""
    if REPORT.match(flat) or not any(mark in flat for mark in PATTERN_MARKS):
        return False
    return OF_A_PROGRAM.search(flat) is not None


def diagnose_message(message: str, scope: Scope | None = None) -> Diagnosis | None:
    """What one message means, None when it is no fetch trouble. Never raises on any text.

    The message is one logical message already joined (see ``messages``); the diagnosis has line 0. ``scope`` spares
    the families that fit no message of a text.
    """
    flat = flatten(message)
    if not flat or (QUIET.search(flat) and not HARD.search(flat)):
        return None
    if (OF_A_TEST.search(flat) and not real(flat)) or FOREIGN.search(flat) or of_a_program(flat):
        return None
    fetch = is_fetch(flat)
    best = best_family(flat, fetch, scope or everything())
    if best is not None:
        return diagnosis(best, flat)
    return unknown(flat) if fetch and FAILURE.search(flat) and not TRACE.match(flat) else None


def best_family(flat: str, fetch: bool, scope: Scope) -> Family | None:
    """The family of highest rank whose shape is in the message; among equals the one furthest to its end."""
    lowered = flat.lower()
    if not fetch and not any(map(lowered.__contains__, scope.sure)):
        return None
    fetch = fetch or compiled(VENDORING).search(flat) is not None
    if not fetch and (only_told(flat) or not (NAMES if SOURCE.search(flat) else CONCRETE).search(flat)):
        return None
    rank = end = -1
    found: Family | None = None
    for family in scope.families:
        if family.rank < rank:
            break
        if not (fetch or family.sure) or not any(map(lowered.__contains__, family.words)):
            continue
        match = family.matches(flat)
        if match is not None and match.end() > end:
            rank, end, found = family.rank, match.end(), family
    return found


def diagnosis(family: Family, flat: str) -> Diagnosis:
    """The diagnosis that a family gives for a message."""
    url = request_url(flat)
    url_phase, url_module, url_version = url_parts(url)
    module, version = module_version(flat)
    if module and url_module.endswith(f"/{module}"):
        url_module = module  # the proxy has a path of its own before the module's
    return Diagnosis(
        family=family.id,
        cause=family.cause,
        outcome=family.outcome,
        host=host_at_fault(family.host, flat, url) or host_of_path(family.host, url_module or module),
        phase=phase_of(flat, url_phase) if family.phase == "auto" else family.phase,
        module=url_module or module,
        version=url_version or version,
        klass=family.klass,
        remedy=family.remedy,
        confidence=family.confidence,
        line=0,
        text=redacted(flat),
        why=family.why,
        outage=family.outage,
        trace=TRACE.match(flat) is not None,
    )


def unknown(flat: str) -> Diagnosis:
    """Fetch trouble that no family knows: cause ``none``, outcome ``failed``; its shape becomes a template."""
    url = request_url(flat)
    url_phase, url_module, url_version = url_parts(url)
    module, version = module_version(flat)
    return Diagnosis(
        family="unknown",
        cause="none",
        outcome="failed",
        host=host_at_fault("url", flat, url),
        phase=phase_of(flat, url_phase),
        module=url_module or module,
        version=url_version or version,
        klass="outage",
        remedy="none",
        confidence=0.3,
        line=0,
        text=redacted(flat),
        why="The go command reports trouble with a fetch in words that no family of the taxonomy knows.",
    )
