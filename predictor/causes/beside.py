"""Reads git's errors that stand alone beside a go command.

People paste git's own lines and leave out the line of go above them. Git fails for many programs, so such a
line counts only where the excerpt shows a go command that fetches, and no other use of git that could have failed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from predictor.causes.diagnosis import Diagnosis
from predictor.causes.match import diagnose_message
from predictor.causes.message import Message, flatten, redacted

GO_FETCHES = re.compile(
    r"\bgo (?:mod (?:tidy|download|vendor|init|why|graph)|get|install|build|run|test|list|vet)\b", re.ASCII
)
#: The trace of a command that go itself ran.
GO_RAN = re.compile(r"^\s*# cd \S+; (?:git|hg|svn|bzr) ", re.MULTILINE)
OTHER_GIT = re.compile(
    r"\bgit (?:clone|push|pull|checkout|commit|fetch|submodule|remote)\b|actions/checkout|Cloning into|terraform|Checkout stage"
    r"|\bnpm\b|\bpip\b|\bcargo\b|\bcomposer\b"
)
GIT_SAYS = re.compile(r"\s*(?:fatal|remote|error|ERROR|git@\S+?|ssh|Host key|Permission denied|致命错误)\b")
FAMILY = re.compile(r"git-(?!other|ownership|missing)")


def git_alone(found: Sequence[Message], text: str) -> list[Diagnosis]:
    """Diagnoses of git's lines in an excerpt in which nothing else speaks of a fetch; empty where git was not go's.

    Args:
        found: the messages of the excerpt.
        text: the excerpt with wrappers off.
    """
    if not GO_RAN.search(text) and (not GO_FETCHES.search(text) or OTHER_GIT.search(text)):
        return []
    said = []
    for message in found:
        if not GIT_SAYS.match(message.text):
            continue
        one = diagnose_message(f"go: git fetch: {message.text}")
        if one is not None and FAMILY.match(one.family):
            evidence = redacted(flatten(message.text))
            said.append(replace(one, line=message.line, text=evidence, confidence=min(one.confidence, 0.6)))
    return said[:1]
