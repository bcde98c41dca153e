"""Logs of one JSON object a line: which field is what is found from names and values, then read in blocks.

Lines that are written alike are cut where their fields are, without decoding them (``record_cutter``); msgspec decodes
the others with the wanted fields alone. A line that is no JSON object is left out and costs no other line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from predictor.events import EventBatch
from predictor.formats import spellings, urls
from predictor.formats.access import NUMBERS, ROLES, AccessColumns, located
from predictor.formats.columns import text_of
from predictor.formats.record_cutter import NO_RECORD, RecordCutter
from predictor.formats.sampling import SAMPLE_LINES, SampledParser, first_lines, newlines_in
from predictor.protocols import Block, Parser, Source

MAX_DEPTH = 3
_DECODE = msgspec.json.Decoder()


@dataclass(frozen=True)
class Shape:
    """Which field of a record holds which role; dots reach into nested objects."""

    roles: Mapping[str, str]
    starts: bool = False
    scale: float = 1.0
    hints: Callable[[str], float] | None = None
    dotted: frozenset[str] = frozenset()  # names that hold a dot themselves instead of reaching into an object


def objects(sample: bytes) -> list[dict[str, Any]]:
    """The JSON objects among the lines of ``sample``."""
    found = []
    for line in sample.split(b"\n"):
        try:
            value = _one(_DECODE, line)
        except NO_RECORD:
            continue
        if isinstance(value, dict):
            found.append(value)
    return found


def _one(decoder: msgspec.json.Decoder[Any], line: bytes) -> Any:
    """One line as a record; bytes that are no UTF-8 are replaced, so that they cost a character and not the line."""
    try:
        return decoder.decode(line)
    except UnicodeDecodeError:
        return decoder.decode(line.decode("utf-8", "replace"))


def flat(record: Mapping[str, Any], prefix: str = "", depth: int = MAX_DEPTH) -> Iterator[tuple[str, Any]]:
    """(dotted name, scalar) of every field of a record."""
    for name, value in record.items():
        if isinstance(value, dict) and depth:
            yield from flat(value, f"{prefix}{name}.", depth - 1)
        elif not isinstance(value, (dict, list)):
            yield prefix + name, value


def guess(sample: bytes, chosen: Mapping[str, str]) -> Shape | None:
    """The shape of an access log in JSON, None when its records have no path or no status."""
    values: dict[str, list[str]] = {}
    dotted: set[str] = set()
    for record in objects(sample):
        dotted.update(name for name in record if "." in name)
        for name, value in flat(record):
            if _readable(name):
                values.setdefault(name, []).append(text_of(value))
    roles = spellings.assign(values, chosen)
    if "path" not in roles or "status" not in roles:
        return None
    return Shape(roles, scale=spellings.scale_of(roles.get("latency_s", "")), dotted=frozenset(dotted))


def _readable(name: str) -> bool:
    """Whether msgspec can look for a field of this name; only damage gives others."""
    return name.isprintable() and '"' not in name and "\\" not in name


class RecordParser:
    """Reads one log of JSON lines by a known shape."""

    def __init__(self, source: Source, shape: Shape) -> None:
        self.skipped: Counter[str] = Counter()
        self.lines_fed = 0
        self._columns = AccessColumns(source, starts=shape.starts, scale=shape.scale, hints=shape.hints)
        roles = {role: name for role, name in shape.roles.items() if role in ROLES or role in (*NUMBERS, "time")}
        if "latency_s" in roles:  # the upstream's duration is of use only where the request's own is missing
            roles.pop("upstream_latency_s", None)
        places = {role: [name] if name in shape.dotted else name.split(".") for role, name in roles.items()}
        struct, self._getters = _struct(places)
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(struct)
        self._fast = RecordCutter(places)
        self._parsers = {"path": lambda value: self._columns.meaning("path", _target(text_of(value)))}

    def feed(self, block: Block) -> EventBatch:
        """Events of these lines."""
        text = block.text if block.text.endswith(b"\n") else block.text + b"\n"
        cut = self._fast.cut(text)
        self.lines_fed += newlines_in(text) if cut is None else len(cut.lines) - 1
        if cut is None:
            at, raw = self._slowly(text)
        else:
            at, raw = cut.rows, dict(zip(self._getters, cut.columns, strict=True))
            rest = cut.rest()
            if rest:
                rows, numbers = self._each(rest)
                at, raw = self._fast.merged(cut, numbers, {role: map(get, rows) for role, get in self._getters.items()})
        if not len(at):
            return EventBatch.empty()
        lines, stamps = located(block, at)
        return self._columns.events(raw, lines, stamps, self._parsers)

    def finish(self, now: float) -> EventBatch:  # noqa: ARG002 - part of the protocol
        """No event waits for the end of an access log."""
        return EventBatch.empty()

    def _slowly(self, text: bytes) -> tuple[npt.NDArray[np.int64], dict[str, Sequence[Any]]]:
        """(0-based lines, their values by role), record by record."""
        rows, at = self._decode(text)
        return at, {role: list(map(get, rows)) for role, get in self._getters.items()}

    def _decode(self, text: bytes) -> tuple[Sequence[Any], npt.NDArray[np.int64]]:
        """Decoded rows and the 0-based line of each."""
        try:
            rows = self._decoder.decode_lines(text)
        except NO_RECORD:
            rows = []
        if len(rows) == newlines_in(text):
            return rows, np.arange(len(rows), dtype=np.int64)
        found, numbers = self._each(enumerate(text.split(b"\n")[:-1]))  # at least one line is no record
        return found, np.array(numbers, dtype=np.int64)

    def _each(self, lines: Iterable[tuple[int, bytes]]) -> tuple[list[Any], list[int]]:
        """Decoded rows and their line numbers; what is no record is left out and counted."""
        rows, numbers = [], []
        for number, line in lines:
            try:
                rows.append(_one(self._decoder, line))
                numbers.append(number)
            except NO_RECORD:
                self.skipped["malformed"] += urls.may_be_fetch(line)
        return rows, numbers


class RecordFormat:
    """A format of JSON lines with a fixed shape.

    Args:
        name: as the user calls it.
        shape: where each role is.
        marks: fields that a record must have to be of this format.
        confidence: how sure a log is of this format when all its records have the marks.
    """

    def __init__(self, name: str, shape: Shape, marks: Sequence[str], confidence: float = 0.95) -> None:
        self.name = name
        self._shape, self._marks, self._confidence = shape, marks, confidence

    def sniff(self, head: bytes) -> float:
        """Confidence by the share of records that have all marks."""
        sample = first_lines(head, SAMPLE_LINES)
        names = [dict(flat(record)).keys() for record in objects(sample)]
        filled = sum(1 for line in sample.splitlines() if line.strip())
        return self._confidence * sum(all(mark in name for mark in self._marks) for name in names) / max(filled, 1)

    def parser(self, source: Source) -> Parser:
        """A fresh parser for one log; the configuration's field names win over the usual ones."""
        chosen = {spellings.COLUMN_ROLES.get(role, role): name for role, name in source.fields.items()}
        shape = self._shape
        return RecordParser(source, replace(shape, roles={**shape.roles, **chosen}))


def sampled(source: Source) -> Parser:
    """A parser that finds the shape from the first lines."""
    nothing = Shape({"path": "path", "status": "status"})
    return SampledParser(lambda sample: RecordParser(source, guess(sample, source.fields) or nothing))


def _target(text: str) -> str:
    """The request target of a field that may hold the whole request line."""
    parts = text.split(" ")
    return parts[1] if len(parts) > 1 and parts[0].isalpha() else text


def _struct(places: Mapping[str, Sequence[str]]) -> tuple[type, dict[str, Callable[[Any], Any]]]:
    """A msgspec type with the wanted fields alone, and a getter per role."""
    tree: dict[str, Any] = {}
    for path in places.values():
        place = tree
        for part in path[:-1]:
            if place.get(part) is None:
                place[part] = {}
            place = place[part]
        place.setdefault(path[-1], None)
    return _node(tree), {role: attrgetter(_attributes(tree, path)) for role, path in places.items()}


def _attributes(tree: Mapping[str, Any], path: Sequence[str]) -> str:
    names = []
    for part in path:
        names.append(f"f{list(tree).index(part)}")
        tree = tree[part]
    return ".".join(names)


def _node(tree: Mapping[str, Any]) -> type:
    fields: list[tuple[str, Any, Any]] = []
    rename = {}
    for index, (name, inner) in enumerate(tree.items()):
        rename[f"f{index}"] = name
        if inner is None:
            fields.append((f"f{index}", Any, None))
        else:
            node = _node(inner)
            fields.append((f"f{index}", node, msgspec.field(default_factory=node)))
    return msgspec.defstruct("Record", fields, rename=rename, gc=False)
