"""Tells a log from prose that lists what errors there are: bullets, each a sentence around the words of an error.

A log that somebody quotes in bullets begins with the message, or names what it is about: a module with its version,
an address, a path of the proxy protocol. A list of typical errors does neither, and all its points are sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

#: A point of a list. Numbered ones are often the steps that led to an error, and are left out.
POINT = re.compile(r"[ \t]*(?:[-*+\u2023\u2013\u2014][ \t]+|[\u2022\u00b7\u25cf\u25e6\u25aa][ \t]*)(?P<said>\S.*)")
#: A sentence: it begins with three words of letters only, or with letters of a script that has no spaces.
SENTENCE = re.compile(
    r"[\"'*_(]{0,3}(?:(?:[^\W\d_]+(?:['\u2019-][^\W\d_]+)?,?[ ]){3}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{4})"
)
#: What only a real message names.
CONCRETE = re.compile(
    r"@v\d|/@v/[^.\u2026]|/@latest|\.\w+/\S+@[\w.]|\d+\.\d+\.\d+\.\d+[:\s]|\bgo: \S|exit status \d|\.go:\d|h1:"
)
FEWEST = 3  # sentences that make a list of cases
FAR = 30  # lines before and behind that are looked at


def listed(lines: Sequence[str], number: int, said: str) -> bool:
    """Whether the words of an error stand in a list of cases that names no real one.

    Args:
        lines: the text with wrappers off.
        number: the 0-based line on which the words stand.
        said: the words, on one line.
    """
    if not told(lines[number]) or CONCRETE.search(said):
        return False
    before = points(lines[at] for at in range(number - 1, max(-1, number - FAR), -1))
    after = points(islice(lines, number + 1, number + FAR))
    return 1 + sum(map(told, before)) + sum(map(told, after)) >= FEWEST


def told(line: str) -> bool:
    """Whether a line is a point of a list and a sentence."""
    point = POINT.match(line)
    return point is not None and SENTENCE.match(point["said"]) is not None


def points(lines: Iterable[str]) -> Iterator[str]:
    """The points of a list up to the first line that belongs to no list; what is set in below a point does."""
    for line in lines:
        if POINT.match(line):
            yield line
        elif line.strip() and line[:1] not in " \t":
            return
