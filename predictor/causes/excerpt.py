"""Reads a whole excerpt: what stands beside a message can change its meaning.

Traces of ``-x`` are no errors: 404s of parent paths are how go looks for a module, and an error that the next
proxy healed broke nothing. A checksum error beside a portal's page is an outage and no attack. A git error
below a proxy's failure hides that failure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from predictor.causes.beside import FULL, cache_alone, disk_alone, git_alone, network_alone, zip_alone
from predictor.causes.core import core_alone
from predictor.causes.diagnosis import Diagnosis
from predictor.causes.family import rank_of
from predictor.causes.hang import hung
from predictor.causes.listed import listed
from predictor.causes.match import diagnose_message
from predictor.causes.message import Message, flatten, messages
from predictor.causes.numbered import without_numbers
from predictor.causes.probe import parent_probe
from predictor.causes.proof import proven
from predictor.causes.quoted import quoted
from predictor.causes.relevance import Scope, scope
from predictor.causes.silent import silent
from predictor.causes.vendored import settled
from predictor.causes.wrapped import unwrapped

OPEN_FETCH = "hang-killed"
FINDINGS = 500  # what comes after so many distinct ones is not read
DIRECT = re.compile(r"^(?:git-|vanity-|meta-)")
PORTAL = re.compile(
    r"<!doctype html|<html[\s>]|captive portal|invalid character '<'|zip: not a valid zip file"
    r"|Unsolicited response received on idle HTTP channel",
    re.IGNORECASE,
)
HIDES = " With ',direct' in GOPROXY (the default) such an error hides what the proxy answered before; '-x' shows it."
BESIDE = (
    " Beside it the same log shows a broken answer (a page or a cut body): most likely the proxy sends wrong content,"
    " and this is no attack."
)
HIDDEN = " The build's own last error, from a direct fetch, hides this answer of the proxy."


def diagnose(text: str, times: Sequence[float] = ()) -> list[Diagnosis]:
    """All fetch trouble in an excerpt with wrappers off, in order of appearance. Never raises on any text.

    Line numbers of a page that it was copied from come off first. Of a text that was wrapped at spaces, it as it is and
    put together again, the reading that says more is taken.

    Args:
        text: the excerpt.
        times: stamps of its lines that a wrapper held, in seconds, NaN where there was none; or empty.
    """
    plain = without_numbers(text)
    if plain is None:
        return diagnosed(text, times)
    kept = [times[number] for number in plain[1]] if times else ()
    return [replace(one, line=plain[1][one.line]) for one in diagnosed(plain[0], kept)]


def diagnosed(text: str, times: Sequence[float]) -> list[Diagnosis]:
    """See :func:`diagnose`, of a text without line numbers."""
    found = findings(text, times)
    whole = unwrapped(text)
    if whole is None:
        return found
    again = findings(whole[0], ())
    if any(one.family == OPEN_FETCH for one in (*again, *found)) or not says_more(again, found):
        return found
    return [replace(one, line=whole[1][one.line]) for one in again]


def says_more(again: Sequence[Diagnosis], found: Sequence[Diagnosis]) -> bool:
    """Whether a second reading found a more specific family, or longer messages that hold all that were found."""
    if not again or not found:
        return bool(again)
    if max(rank_of(one.family) for one in again) > max(rank_of(one.family) for one in found):
        return True
    longer = sum(len(one.text) for one in again) > sum(len(one.text) for one in found)
    return longer and all(any(one.text in other.text for other in again) for one in found)


def findings(text: str, times: Sequence[float]) -> list[Diagnosis]:
    """See :func:`diagnose`, of a text as it is."""
    found: list[Diagnosis] = []
    seen: set[tuple[str, str, str, str]] = set()
    joined = messages(text)
    lines = text.split("\n")
    known = scope([flatten(text) for message in joined for text in (message.text, message.spaced)])
    said: set[str] = set()
    for message in joined:
        if len(found) >= FINDINGS:
            break
        if message.text in said:
            continue
        one = likelier(message, known)
        key = (one.family, one.module, one.version, one.host or one.text) if one else None
        if one is None or key is None or key in seen or parent_probe(one):
            said.add(message.text)
            continue
        if quoted(lines, message.line, message.end) or listed(lines, message.line, message.text):
            continue
        seen.add(key)
        found.append(proven(replace(one, line=message.line)))
    found = settled(traces_judged(found), joined)
    if not found:
        open_fetch = hung(lines, times) or silent(lines, times)
        if open_fetch:
            return [open_fetch]
        alone = (
            network_alone(joined)
            or zip_alone(joined, text)
            or git_alone(joined, text)
            or cache_alone(joined, text)
            or (disk_alone(lines) if FULL.search(text) else [])
            or core_alone(text)
        )
        return [one for one in alone if not (quoted(lines, one.line, one.line) or listed(lines, one.line, one.text))]
    return beside_portal(found, text)


def likelier(message: Message, known: Scope) -> Diagnosis | None:
    """The diagnosis of a message; of one that a terminal broke, that of the reading whose family is more specific."""
    glued = diagnose_message(message.text, known)
    spaced = diagnose_message(message.spaced, known) if message.spaced else None
    if spaced is None or (glued is not None and rank_of(glued.family) >= rank_of(spaced.family)):
        return glued
    return spaced


def traces_judged(found: list[Diagnosis]) -> list[Diagnosis]:
    """Drop what ``-x`` traces say by the way; keep a proxy's failure that a direct fetch's error hides."""
    errors = [one for one in found if not one.trace]
    told = {(one.cause, one.host) for one in errors}
    direct = bool(errors) and all(DIRECT.match(one.family) for one in errors)
    kept: list[Diagnosis] = []
    for one in found:
        if not one.trace:
            kept.append(replace(one, why=one.why + HIDES) if DIRECT.match(one.family) else one)
        elif one.outcome == "missing" or (one.cause, one.host) in told or (errors and not direct):
            continue
        else:
            kept.append(replace(one, why=one.why + HIDDEN) if direct else one)
    return kept


def beside_portal(found: list[Diagnosis], text: str) -> list[Diagnosis]:
    """Checksum errors beside broken content from a server are outages; alone they stay integrity findings."""
    if not any(one.cause == "checksum_mismatch" and one.klass == "integrity" for one in found):
        return found
    broken = any(one.cause == "truncated_body" and one.outage for one in found) or PORTAL.search(text)
    if not broken:
        return found
    return [
        replace(one, outage=True, klass="outage", remedy="switch_mirror", why=one.why + BESIDE)
        if one.cause == "checksum_mismatch" and one.klass == "integrity"
        else one
        for one in found
    ]
