"""Settles what the vendoring tools before modules (dep, glide, govendor, godep) mean by a bare ``exit status 128``.

They print one failure several times: a warning, an error, a summary; and often git's own words on lines far from
those. What says more than a tool's bare word takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence

from predictor.causes.beside import git_said
from predictor.causes.diagnosis import Diagnosis
from predictor.causes.message import Message

BARE = "vendoring-bare"
AFTER = "module_graph"  # packages that could not be fetched are not found afterwards


def settled(found: list[Diagnosis], joined: Sequence[Message]) -> list[Diagnosis]:
    """The findings without bare ones where others, or lines of git in the same text, say more.

    Args:
        found: the findings of a text in order of appearance.
        joined: its messages.
    """
    if not any(one.family == BARE for one in found):
        return found
    others = [one for one in found if one.family != BARE]
    if any(one.cause != AFTER for one in others):
        return others
    said = git_said(joined)
    return sorted([*said, *others], key=lambda one: one.line) if said else found
