"""Undoes the wrapping of mails, commit messages and narrow windows, which break lines at spaces.

Text that was wrapped at a width shows it: no line with a space in it is longer, and where the text was broken the
next word would have made the line longer than that. A line that may begin or continue an error by itself stays one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from predictor.causes.message import CONTINUES, MODULE, START, WHOLE
from predictor.causes.text import bare

NARROWEST, WIDEST = 48, 100  # columns at which people and programs wrap
LONGEST = 1 << 16  # characters of a text that somebody may have wrapped
#: The end of a line after which nothing goes on.
CLOSED = re.compile(r"(?:[{}.!?]|^\s*(?:```.*|[-=+*~]{3,}))$")
#: How a line begins that stands by itself: a fence, a prompt, a list, a stamp, a file and line.
ITSELF = re.compile(r"\s*(?:```|[-=+*~]{3,}|[$%>\u2570] |[-*] |\d+[.)] |\[?\d{4}-\d\d-\d\d|\[?\d\d:\d\d:\d\d|at \S+\()")
BULLET = re.compile(r"\s*\u2022")  # taken off with the marks before a message
#: A word of a sentence, which is no mark before a message.
PLAIN_WORD = re.compile(r"(?!package|make|panic|verifying|exit)[a-z]{3,}$")
OPEN_WORD = re.compile(r"(?:\w-|[/?&=])$")


def unwrapped(text: str) -> tuple[str, list[int]] | None:
    """The text with the lines put together that were broken at spaces, and for each line the one it began at.

    None where nothing was wrapped, or where the text is too long to have been.
    """
    if len(text) > LONGEST:
        return None
    lines = text.split("\n")
    plain = [bare(line) for line in lines]
    joined: list[str] = []
    origin: list[int] = []
    width = 0
    for number, line in enumerate(lines):
        empty = not plain[number].strip()
        first = empty or number == 0 or not plain[number - 1].strip()
        width = 0 if empty else width_of(plain, lines, number) if first else width
        if (
            width
            and not first
            and not BULLET.match(line)
            and goes_on(lines[number - 1], plain[number - 1], plain[number], width)
        ):
            word = plain[number].strip()
            joined[-1] += word if OPEN_WORD.search(joined[-1]) else f" {word}"
        else:
            joined.append(line)
            origin.append(number)
    return None if len(joined) == len(lines) else ("\n".join(joined), origin)


def width_of(plain: Sequence[str], lines: Sequence[str], first: int) -> int:
    """The width at which a paragraph may have been wrapped: of its longest line that could break; 0 for none."""
    width = 0
    for number in range(first, len(lines)):
        if not plain[number].strip():
            break
        if " " in plain[number].strip():
            width = max(width, len(lines[number]))
    return width if NARROWEST <= width <= WIDEST else 0


def goes_on(last: str, plain: str, line: str, width: int) -> bool:
    """Whether a line was broken off the one before it: its first word had no room there, and it begins nothing."""
    word, _, rest = line.strip().partition(" ")
    if len(last) + 1 + len(word) <= width or WHOLE.search(plain) or CLOSED.search(plain):
        return False
    if START.match(line) and not (PLAIN_WORD.match(word) and START.match(rest)):
        return False
    return not (CONTINUES.match(line) or MODULE.match(line) or ITSELF.match(line))
