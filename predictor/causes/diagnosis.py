"""The value that the matcher gives for one message."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What one message of fetch trouble means. Texts are ``""`` where the message does not say."""

    family: str  # id of the family, "unknown" for trouble that no family knows
    cause: str  # a value of the taxonomy (names of predictor.events.Cause in lower case)
    outcome: str  # "missing" | "user_error" | "failed" | "hung"
    host: str  # host at fault, with its port where the message has one
    phase: str  # resolve, list, info, mod, zip, sumdb, vcs, toolchain, other
    module: str
    version: str
    klass: str  # outage, throttling, auth, user, config, integrity, local
    remedy: str
    confidence: float  # 0..1
    line: int  # 0-based line of the text at which the message begins
    text: str  # the message on one line
    why: str
    outage: bool = False  # infrastructure failed
    trace: bool = False  # read from a line of go's -x trace, which is no error by itself
