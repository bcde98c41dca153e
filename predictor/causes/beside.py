"""Reads errors that stand alone beside what go prints or beside a go command.

People paste git's own lines, or the tail of a network error, and leave out the frame that go puts around them.
Git and the network fail for many programs: git's line counts only where the excerpt shows a go command that fetches
and no other use of git, a network error only on the line after go's ``downloading``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, pairwise

from predictor.causes.diagnosis import Diagnosis
from predictor.causes.match import diagnose_message
from predictor.causes.message import Message, flatten, redacted

GO_FETCHES = re.compile(
    r"\bgo (?:mod (?:tidy|download|vendor|init|why|graph)|get|install|build|run|test|list|vet)\b"
    r"|\bGo (?:invokes|runs|calls) ",
    re.ASCII,
)
#: The trace of a command that go itself ran.
GO_RAN = re.compile(r"^[^\w\n#]{0,8}(?:remote: +)?# cd \S+; (?:git|hg|svn|bzr) ", re.MULTILINE)
#: What old ``go get`` says of a package whose repository could not be had, with the chain of imports that led there.
GO_BROKE = re.compile(
    r"^[^\w\n]{0,8}(?:remote: +)?package (?:\S+\s+imports\s+){0,40}(?P<package>\S+): exit status \d+",
    re.MULTILINE,
)
#: The host that the trace of a clone names.
CLONED = re.compile(r"# cd \S+; git clone (?:-\S+ )*\w+://(?:[^/@\s]+@)?([^/\s]+)/")
OTHER_GIT = re.compile(
    r"\bgit (?:clone|push|pull|checkout|commit|fetch|submodule|remote)\b|actions/checkout|Cloning into"
    r"|terraform|Checkout stage|\bnpm\b|\bpip\b|\bcargo\b|\bcomposer\b"
)
GIT_SAYS = re.compile(r"[\s`'\"]*(?:fatal|remote|error|ERROR|git@\S+?|ssh|Host key|Permission denied|致命错误)\b")
PROGRESS = re.compile(r"\s*go: (?:downloading|finding|extracting) (?P<module>\S+\.\S+) (?P<version>v\S+)$")
NETWORK_SAYS = re.compile(
    r"\s*(?:dial (?:tcp|udp)\b|(?:read|write) tcp\b|lookup \S+ on |unexpected EOF\s*$|EOF\s*$|stream error: |net/http: "
    r"|x509: |tls: |proxyconnect |context deadline exceeded|connect: )"
)
#: What go says of a zip and every other program says too; it is go's beside the files of the module cache.
ZIP_SAYS = re.compile(r"\bzip: (?:not a valid zip file|checksum error)")
CACHE = re.compile(r"/@v/|cache/download|pkg[/\\]mod\b|\"GoMod(?:Sum)?\"|\bgo mod (?:download|tidy|vendor)\b")
NO_PROMPTS = "terminal prompts disabled"  # go forbids git to ask
#: Signs that go fetches or compiles, and how many lines after them a full disk is still its own.
WORKS = re.compile(
    r"\bgo: (?:downloading|finding|extracting) \S|^\s*# [\w.-]+\.[\w-]+/\S+$"
    r"|^[^#]{0,60}[$%>] go (?:build|get|install|mod|run|test|vet)\b"
)
WORKED = 30
FULL = re.compile(
    r"no space left on device|disk quota exceeded|not enough space on the disk|file ?system (?:is )?full", re.IGNORECASE
)
#: A warning of go that breaks no build by itself, and how a build that broke ends.
CACHE_WARNING = re.compile(r"go: writing (?:stat|go\.mod|mod) cache: ")
BROKE = re.compile(
    r"\*\*\* \[.*Error \d|\bexit (?:status|code:?) [1-9]|exited with (?:code )?[1-9]|non-zero code"
    r"|did not complete succ"
)
FAMILY = re.compile(r"git-(?!other|ownership|missing)|unknown-revision|vendoring-revision")
MOST = 200  # messages of git that are read
SAID = 2_000  # characters of what a program said that are read


def git_alone(found: Sequence[Message], text: str) -> list[Diagnosis]:
    """Diagnoses of git's lines in an excerpt in which nothing else speaks of a fetch; empty where git was not go's.

    Args:
        found: the messages of the excerpt.
        text: the excerpt with wrappers off.
    """
    gits = [message for message in found if any(map(GIT_SAYS.match, message.text.split("\n")))]
    if not gits:
        return run_by_old_go(text)
    forbidden = NO_PROMPTS in text and BROKE.search(text)
    if not (ran_by_go(text) or GO_FETCHES.search(text) or forbidden):
        return []
    if OTHER_GIT.search(text) and not ran_by_go(text):
        return []
    said = git_said(gits)
    if not said:
        return run_by_old_go(text)
    first = said[0]
    return [first if first.host or not first.outage else replace(first, host=cloned_from(text, first.line))]


def git_said(found: Sequence[Message]) -> list[Diagnosis]:
    """Diagnosis of a line of git as one of a fetch, of one that names a host if there is any; empty without one."""
    said = []
    gits = (message for message in found if any(map(GIT_SAYS.match, message.text.split("\n"))))
    for message in islice(gits, MOST):
        one = diagnose_message(f"go: git fetch: {message.text}")
        if one is not None and FAMILY.match(one.family):
            evidence = redacted(flatten(message.text))
            said.append(replace(one, line=message.line, text=evidence, confidence=min(one.confidence, 0.6)))
    return [min(said, key=lambda one: not one.host)] if said else []


def cloned_from(text: str, line: int) -> str:
    """The host of the last clone that go traced up to a line; ``""`` where the text shows none."""
    above = "\n".join(islice(text.split("\n"), line + 1))
    hosts = CLONED.findall(above) if "git clone" in above else []
    return hosts[-1] if hosts else ""


def ran_by_go(text: str) -> bool:
    """Whether an excerpt shows by a trace, or by what old ``go get`` says in the end, that go ran git."""
    traced = "# cd " in text and GO_RAN.search(text) is not None
    return traced or ("exit status" in text and GO_BROKE.search(text) is not None)


def run_by_old_go(text: str) -> list[Diagnosis]:
    """Diagnosis of a program for version control that old ``go get`` ran in vain, whatever words it failed with."""
    ran = GO_RAN.search(text) if "# cd " in text else None
    broke = GO_BROKE.search(text, ran.end()) if ran else None
    if ran is None or broke is None:
        return []
    framed = f"go: {broke['package']}: git fetch: exit status 128"
    one = diagnose_message(f"{framed}: {text[ran.end() : broke.start()][-SAID:]}")
    if one is None or not (FAMILY.match(one.family) or one.family == "git-ownership"):
        one = diagnose_message(framed)
    if one is None:
        return []
    line = text.count("\n", 0, broke.start("package"))
    evidence = redacted(flatten(text[broke.start() : broke.end()]))
    return [replace(one, line=line, text=evidence, confidence=min(one.confidence, 0.4))]


def network_alone(found: Sequence[Message]) -> list[Diagnosis]:
    """Diagnoses of bare network errors right below go's ``downloading``."""
    said = []
    for before, message in pairwise(found):
        progress = PROGRESS.match(flatten(before.text))
        if progress is None or message.line != before.line + 1 or not NETWORK_SAYS.match(message.text):
            continue
        one = diagnose_message(f"go: {progress['module']}@{progress['version']}: {message.text}")
        if one is not None:
            evidence = redacted(flatten(message.text))
            said.append(replace(one, line=message.line, text=evidence, confidence=min(one.confidence, 0.6)))
    return said[:1]


def zip_alone(found: Sequence[Message], text: str) -> list[Diagnosis]:
    """Diagnosis of a bare word about a broken zip in an excerpt that speaks of the module cache; empty elsewhere."""
    if not CACHE.search(text):
        return []
    for message in found:
        flat = flatten(message.text)
        said = ZIP_SAYS.search(flat)
        one = diagnose_message(f"go: {said[0]}") if said else None
        if one is not None:
            return [replace(one, line=message.line, text=redacted(flat), confidence=min(one.confidence, 0.6))]
    return []


def cache_alone(found: Sequence[Message], text: str) -> list[Diagnosis]:
    """Diagnosis of the warning that the cache cannot be written, in a log of nothing else whose build broke."""
    if not BROKE.search(text):
        return []
    for message in found:
        flat = flatten(message.text)
        one = diagnose_message(CACHE_WARNING.sub("go: ", flat, count=1)) if CACHE_WARNING.match(flat) else None
        if one is not None and one.cause == "disk":
            return [replace(one, line=message.line, text=redacted(flat), confidence=min(one.confidence, 0.6))]
    return []


def disk_alone(lines: Sequence[str]) -> list[Diagnosis]:
    """Diagnosis of words about a full disk shortly after go fetched or compiled, whoever says them."""
    since: int | None = None
    for number, line in enumerate(lines):
        if WORKS.search(line):
            since = number
        if since is None or number - since > WORKED or not FULL.search(line):
            continue
        one = diagnose_message(f"go: write: {line}")
        if one is not None and one.cause == "disk":
            return [replace(one, line=number, text=redacted(flatten(line)), confidence=min(one.confidence, 0.6))]
    return []
