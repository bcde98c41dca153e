"""Takes off the line numbers that come along when a log is copied from a web page.

A page shows them in a column of their own: copied, they stand in front of every line (``12: ``, ``12 | ``, ``12`` and
a tab, or glued to the text), or on lines of their own between the lines of the log. Only numbers that count up by one,
line for line, are taken: what a log says in numbers does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

#: A line that holds nothing but a number, and the digits that a line begins with.
ALONE = re.compile(r"[ \t]*(?P<number>\d{1,6})[ \t]*\r?")
DIGITS = re.compile(r"[ \t]*(?P<digits>\d{1,6})")
#: What stands between a number and the line, and what a number is glued to that counts something else.
BETWEEN = re.compile(r"[ \t]*[:|\u2502](?!\d\d?\b)|[ \t]|\r?$")
COUNTS = re.compile(r"[.,:)%/-]")
#: Whether a text can have such numbers at all.
SIGN = re.compile(r"^[ \t]*\d{1,6}(?:[^.,)%/\d-]|$)", re.MULTILINE)
LONGEST = 1 << 18  # characters of a text that somebody may have copied from a page
SHORTEST = 3  # numbers that count up and are a column; of those glued to the text ...
SHORTEST_GLUED = 5  # ... more, as a line may begin with a quantity


def without_numbers(text: str) -> tuple[str, list[int]] | None:
    """The text without the numbers of its lines, and for each line the one it was; None where there are none."""
    if len(text) > LONGEST or SIGN.search(text) is None:
        return None
    lines = text.split("\n")
    kept = dict(enumerate(lines))
    for first, last in alone(lines):
        unpaged(lines, range(first, last + 1), kept)
    if len(kept) == len(lines):
        for first, rests in in_front(lines):
            kept.update(enumerate(rests, first))
    return None if list(kept.values()) == lines else ("\n".join(kept.values()), list(kept))


def alone(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """First and last lines of numbers on lines of their own, with at most one line of the log between two of them."""
    first = last = expected = between = count = 0
    for number, line in enumerate((*lines, "0")):
        found = ALONE.fullmatch(line)
        if found is None:
            between += bool(line.strip())
            continue
        if int(found["number"]) != expected or between > 1:
            if count >= SHORTEST and last - first > count:
                yield first, last
            count = 0
        first = first if count else number
        last, expected, between, count = number, int(found["number"]) + 1, 0, count + 1


def unpaged(lines: Sequence[str], column: Iterable[int], kept: dict[int, str]) -> None:
    """Drop the numbers of a column and the empty lines beside them; a number with no line stands for an empty one."""
    said = True
    for number in column:
        if ALONE.fullmatch(lines[number]):
            if said:
                kept.pop(number)
            else:
                kept[number] = ""
            said = False
        elif lines[number].strip():
            said = True
        else:
            kept.pop(number)


def in_front(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """First line of each column of numbers in front of lines, one line below the other, and the lines without them."""
    number = 0
    while number < len(lines):
        found = DIGITS.match(lines[number])
        digits = found["digits"] if found else ""
        starts = (int(digits[:size]) for size in range(len(digits), 0, -1))
        rests = next(filter(None, (counted(lines, number, start) for start in starts)), None)
        if rests:
            yield number, rests
        number += len(rests or "1")


def counted(lines: Sequence[str], first: int, start: int) -> list[str]:
    """The lines of a column that begins with the number ``start``, without their numbers; empty where none does."""
    rests: list[tuple[str, int]] = []  # what stands behind a number, and how much of that parts the two
    glued = False
    for number, line in enumerate(islice(lines, first, None), start):
        bare = line.lstrip(" \t")
        if not bare.startswith(str(number)):
            break
        rest = bare.removeprefix(str(number))
        between = BETWEEN.match(rest)
        if between is None and COUNTS.match(rest):
            break
        glued = glued or between is None
        rests.append((rest, between.end() if between else 0))
    said = [rest if glued else rest[parted:] for rest, parted in rests]
    if not glued and all(line[:1] in " \r" for line in said):
        said = [line.removeprefix(" ") for line in said]
    return said if len(said) >= (SHORTEST_GLUED if glued else SHORTEST) and any(map(str.strip, said)) else []
