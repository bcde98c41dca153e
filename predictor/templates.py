"""Mines the shapes of messages that no family knows, so that the catalogue can grow.

A small relative of Drain (He et al. 2017): messages are masked (URLs, versions, hashes, numbers become
``<*>``), put in groups by number of tokens and first token, and joined to the most similar template of the group;
tokens that differ become ``<*>``. The table is bounded: the template seen least, and longest ago, goes first. How new
a template is, is a feature of the model (``Miner.rated``), so a table must be fitted on the past only.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from predictor.errors import InputError
from predictor.events import EventBatch
from predictor.files import write_whole
from predictor.protocols import Store

WILD = "<*>"
SIMILAR = 0.6  # share of equal tokens at which a message belongs to a template (Drain's usual range is 0.4-0.7)
TOKENS = 60  # of one message
EXAMPLE = 400  # characters kept of one
LENGTH = 1000  # characters of a message that are read: bounds the time that the masks take
FORGET_SHARE = 20  # one in so many templates goes when the table is full, so that a flood of new ones stays cheap
FORMAT = 1
KIND = "templates"  # documents of a store
COPY_EVERY_S = 1800.0
COPIES = 8  # together they reach further back than the logs that a service reads again after a restart
MASKS = (
    (re.compile(r"\b(?:https?|file|ssh|git)://[^\s\"'`)>]+"), "<url>"),
    (re.compile(r"\b[\w.-]+\.[\w-]+(?:/[\w.~+!-]+)*@[\w.+-]+"), "<module>"),
    (re.compile(r"\bh1:[\w+/]+=*|\b[0-9a-f]{12,}\b"), "<hash>"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\[[0-9a-f:]{4,}\](?::\d+)?"), "<address>"),
    (re.compile(r"(?<![\w.])(?:[A-Za-z]:)?(?:[\\/][\w.@+~!-]+){2,}"), "<path>"),
    (re.compile(r"\b[\w-]+(?:\.[\w-]+)+(?:/[\w.~+-]+)+"), "<module>"),
    (re.compile(r"\bv?\d[\w.+-]*"), "<n>"),
    (re.compile(r"\"[^\"]*\"|'[^']*'"), "<text>"),
)
#: How go begins a message, and what it speaks of: a trace and an error in the same words are of one shape.
LEAD = re.compile(r"^(?:(?:go(?: [a-z]+)*|<module>|\S+\.go:\S+): )+")


@dataclass(slots=True)
class Template:
    """One shape: its tokens, how often it was seen, when (UTC seconds, NaN unknown), and one message of it."""

    id: int
    tokens: list[str]
    count: int
    first: float
    last: float
    example: str

    @property
    def shape(self) -> str:
        """The template as text."""
        return " ".join(self.tokens)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What adding one message gave: the template's number, and how often it was seen before."""

    id: int
    before: int

    @property
    def new(self) -> bool:
        """Whether it was never seen."""
        return self.before == 0


def masked(text: str) -> list[str]:
    """The tokens of a message with what varies taken out."""
    for shape, name in MASKS:
        text = shape.sub(name, text)
    return text.split()[:TOKENS] or ["<empty>"]


def shape(text: str) -> str:
    """A message as events carry it: what varies is taken out, and so is the module that it is about.

    It never is the empty string, which stands for a message that is known.
    """
    return _shape(text[:LENGTH])


@lru_cache(maxsize=1 << 10)
def _shape(text: str) -> str:
    words = " ".join(masked(text))
    return LEAD.sub("", words) or words


class Miner:
    """A bounded table of templates. ``limit`` is the greatest number that is kept."""

    def __init__(self, limit: int = 1000) -> None:
        self._limit = max(1, limit)
        self._templates: dict[int, Template] = {}
        self._groups: dict[tuple[int, str], list[int]] = {}
        self._next = 1

    def __len__(self) -> int:
        return len(self._templates)

    def add(self, text: str, time: float = math.nan) -> Sighting:
        """Count one message; ``time`` is UTC seconds, NaN when it is not known."""
        tokens = masked(text)
        group = (len(tokens), tokens[0])
        found = self._closest(group, tokens)
        if found is None:
            return Sighting(self._insert(group, tokens, text, time), 0)
        found.tokens = [old if old == new else WILD for old, new in zip(found.tokens, tokens, strict=True)]
        found.count += 1
        found.last = time if not time <= found.last else found.last
        return Sighting(found.id, found.count - 1)

    def rated(self, batch: EventBatch) -> EventBatch:
        """The same events with their ``novelty``, counting their templates in the order of the rows.

        The first event of a template has 1, the n-th 1/n, an event without a template 0.
        """
        novelty = np.zeros(len(batch), np.float32)
        for row in np.flatnonzero(batch.template).tolist():
            seen = self.add(batch.strings[batch.template[row]], float(batch.time[row]))
            novelty[row] = 1.0 / (1 + seen.before)
        return replace(batch, novelty=novelty)

    def by_count(self) -> list[Template]:
        """All templates, most seen first."""
        return sorted(self._templates.values(), key=lambda template: (-template.count, template.id))

    def dump(self) -> dict[str, Any]:
        """The table as JSON-ready values."""
        rows = [
            {
                "id": template.id,
                "tokens": template.tokens,
                "count": template.count,
                "first": None if math.isnan(template.first) else template.first,
                "last": None if math.isnan(template.last) else template.last,
                "example": template.example,
            }
            for template in self._templates.values()
        ]
        return {"format": FORMAT, "next": self._next, "templates": rows}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take up a table that ``dump`` gave, in place of the present one.

        Raises:
            InputError: the state is of another format or damaged.
        """
        if state.get("format") != FORMAT:
            raise InputError(f"format {state.get('format')!r} of the template table is not {FORMAT}", field="format")
        try:
            rows = [template_of(row) for row in state["templates"]]
            following = max([int(state["next"]), *(row.id + 1 for row in rows)])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"the template table is damaged: {error}", field="templates") from error
        self._take_up(rows[: self._limit])
        self._next = following

    def _closest(self, group: tuple[int, str], tokens: Sequence[str]) -> Template | None:
        best: Template | None = None
        most = math.ceil(SIMILAR * len(tokens)) - 1
        for number in self._groups.get(group, ()):
            template = self._templates[number]
            equal = sum(old == new for old, new in zip(template.tokens, tokens, strict=True))
            if equal > most:
                best, most = template, equal
        return best

    def _insert(self, group: tuple[int, str], tokens: list[str], text: str, time: float) -> int:
        if len(self._templates) >= self._limit:
            self._forget()
        number = self._next
        self._next += 1
        self._templates[number] = Template(number, tokens, 1, time, time, text[:EXAMPLE])
        self._groups.setdefault(group, []).append(number)
        return number

    def _take_up(self, rows: Sequence[Template]) -> None:
        self._templates = {row.id: row for row in rows}
        self._groups = {}
        for row in rows:
            self._groups.setdefault((len(row.tokens), row.tokens[0]), []).append(row.id)

    def _forget(self) -> None:
        ranked = sorted(
            self._templates.values(),
            key=lambda one: (one.count, -math.inf if math.isnan(one.last) else one.last, one.id),
        )
        kept = ranked[max(1, self._limit // FORGET_SHARE) :]
        self._take_up(sorted(kept, key=lambda one: one.id))


class Copies:
    """A table that a store keeps, a copy every half hour.

    A service reads the logs of the last hours again when it starts. The copy that it needs is the last one from before
    the first of them: with a newer one it would count their messages twice.
    """

    def __init__(self, miner: Miner, store: Store) -> None:
        self._miner, self._store = miner, store
        self._slot: int | None = None

    def pass_time(self, now: float) -> None:
        """Take up the right copy when first called, keep one when it is time; ``now`` is in UTC seconds.

        Raises:
            StoreError: the store cannot be read or written.
            InputError: the copy is damaged.
        """
        slot = int(now // COPY_EVERY_S) if math.isfinite(now) else self._slot
        if slot is None or slot == self._slot:
            return
        first, self._slot = self._slot is None, slot
        if first:
            self._take_up(now)
        else:
            self._store.put(KIND, str(slot % COPIES), {"time": now, **self._miner.dump()})

    def _take_up(self, now: float) -> None:
        kept = [self._store.get(KIND, str(number)) for number in range(COPIES)]
        before = [copy for copy in kept if copy is not None and copy.get("time", math.inf) <= now]
        if before:
            self._miner.load(max(before, key=lambda copy: float(copy["time"])))


def template_of(row: Mapping[str, Any]) -> Template:
    """One row of a dumped table. Raises KeyError, TypeError or ValueError when it is damaged."""
    tokens = [str(token) for token in row["tokens"]]
    if not tokens:
        raise ValueError("a template without tokens")
    first, last = (math.nan if row[key] is None else float(row[key]) for key in ("first", "last"))
    return Template(int(row["id"]), tokens, int(row["count"]), first, last, str(row["example"]))


def read_table(path: Path, limit: int = 1000) -> Miner:
    """The table kept in a file, an empty one when the file is not there.

    Raises:
        InputError: the file cannot be read or is damaged.
    """
    miner = Miner(limit)
    try:
        miner.load(json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return miner
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(f"the template table cannot be read: {error}", source=str(path)) from error
    return miner


def write_table(path: Path, miner: Miner) -> None:
    """Keep the table in a file, whole or not at all. Raises OSError when it cannot be written."""
    write_whole(path, json.dumps(miner.dump(), ensure_ascii=False, indent=1) + "\n")
