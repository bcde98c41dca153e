"""Derives from a shape the words of which every match holds at least one: the oracle of the column ``words``.

Run it to write the column anew after a shape was changed: ``python tests/predictor/causes/derive.py``.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from predictor.causes.family import expanded

TABLES = Path(__file__).resolve().parents[3] / "predictor" / "causes" / "families"
SHORTEST = 3  # characters of a word that is worth looking for


def words_of(shape: str) -> list[str]:
    """Lower-case words of which each match of the shape holds at least one; ``[]`` where there are none."""
    return sorted(alternatives(parser.parse(expanded(shape), re.IGNORECASE)) or ())


def alternatives(items: Any) -> set[str] | None:
    """The best set of words for a sequence: the one whose shortest word is longest."""
    sets: list[set[str]] = []
    run = ""
    for op, value in [*items, (None, None)]:
        if op is sre.LITERAL:
            run += chr(value).lower()
            continue
        if len(run) >= SHORTEST:
            sets.append({run})
        run = ""
        found = inner(op, value)
        if found:
            sets.append(found)
    return max(sets, key=lambda words: (min(map(len, words)), -len(words)), default=None)


def inner(op: Any, value: Any) -> set[str] | None:
    """The words of one item of a sequence that is no plain character."""
    if op is sre.SUBPATTERN:
        return alternatives(value[-1])
    if op in (sre.MAX_REPEAT, sre.MIN_REPEAT) and value[0] > 0:
        return alternatives(value[2])
    if op is sre.BRANCH:
        found = [alternatives(branch) for branch in value[1]]
        return None if any(words is None for words in found) else {word for words in found for word in words or ()}
    return None


def write(table: Path) -> None:
    """Write the column of one table anew."""
    lines = []
    for line in table.read_text("utf-8").splitlines():
        if line.startswith("words = "):
            continue
        lines.append(line)
        if line.startswith("match = "):
            words = words_of(tomllib.loads(line)["match"])
            lines += [f"words = {words_line(words)}"] if words else []
    table.write_text("\n".join(lines) + "\n", "utf-8")


def words_line(words: list[str]) -> str:
    """The words as a TOML array."""
    return "[" + ", ".join('"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in words) + "]"


if __name__ == "__main__":
    for path in sorted(TABLES.glob("*.toml")):
        write(path)
