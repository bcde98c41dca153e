"""Walks a template of literals and slots over the delimiters of a line, in their order, to say where its fields are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from predictor.formats.delimiters import Delimiters

Place = tuple[int, int]  # (number of a delimiter, bytes behind it)


@dataclass(frozen=True, slots=True)
class Slot:
    """One field between two literals.

    Args:
        inside: what the delimiters inside the field must match wholly.
        group: index of the column that it belongs to, -1 for none; neighbours with one group make one column.
        tries: it may hold several tries, ``0.1, 0.2 : 0.3``; only lines with one try fit.
        tail: after it anything may follow to the end of the line.
    """

    inside: re.Pattern[bytes]
    group: int = -1
    tries: bool = False
    tail: bool = False


@dataclass(frozen=True, slots=True)
class Walk:
    """Where literals and columns are."""

    literals: Sequence[tuple[Place, bytes]]
    begins: Sequence[Place]
    ends: Sequence[Place]
    rooms: Sequence[tuple[Place, Place, int]]  # (begin, end, least length) of slots
    proven: int  # delimiters that stand in literals which are checked
    single: Sequence[Place]  # ends of slots behind which no other try may follow

    @property
    def numbers(self) -> set[int]:
        """The delimiters that are places of anything."""
        places = [*self.begins, *self.ends, *self.single, *(place for place, _ in self.literals)]
        return {number for number, _ in (*places, *(side for room in self.rooms for side in room[:2]))}


class Walker:
    """Walks one template over the delimiters of a line."""

    def __init__(self, literals: Sequence[bytes], slots: Sequence[Slot], delimiters: Delimiters) -> None:
        self._literals, self._slots = literals, slots
        self._delimiters = delimiters
        self._place: Place = (0, 1)  # 0 is the newline before the line
        self._checks: list[tuple[Place, bytes]] = []
        self._begins: dict[int, Place] = {}
        self._ends: dict[int, Place] = {}
        self._rooms: list[tuple[Place, Place, int]] = []
        self._single: list[Place] = []

    def walk(self, order: bytes) -> Walk | None:
        """The walk over ``order``, whose last delimiter is the line's newline; None: such lines do not fit."""
        if not self._literal(order, self._literals[0]):
            return None
        for slot, literal in zip(self._slots, self._literals[1:], strict=True):
            begin, at = self._place, self._place[0]
            ahead = self._delimiters.within(literal)[0]
            stop = order.find(literal[ahead : ahead + 1], at)
            blank = order.find(b" ", at) if slot.tail else -1
            tail = blank >= 0 and (stop < 0 or blank < stop)
            stop, ahead = (blank, 0) if tail else (stop, ahead)
            if stop < 0 or not slot.inside.fullmatch(order[at:stop]):
                return None
            self._place = (stop + 1, -ahead)
            self._slot(slot, begin, tail or literal == b" ")
            if tail:
                return self._done()
            if not self._literal(order, literal):
                return None
        return self._done() if self._place[0] == len(order) else None

    def _slot(self, slot: Slot, begin: Place, more: bool) -> None:
        """Take down where a slot is, which ends where the walk has come to."""
        if slot.group >= 0:
            self._begins.setdefault(slot.group, begin)
            self._ends[slot.group] = self._place
        if slot.tries or self._place[1]:
            self._rooms.append((begin, self._place, int(slot.tries)))
        if slot.tries and more:
            self._single.append(self._place)

    def _done(self) -> Walk:
        begins = [self._begins[i] for i in sorted(self._begins)]
        ends = [self._ends[i] for i in sorted(self._ends)]
        proven = sum(len(self._delimiters.within(literal)) for _, literal in self._checks)
        return Walk(self._checks, begins, ends, self._rooms, proven, self._single)

    def _literal(self, order: bytes, literal: bytes) -> bool:
        """Go over a literal; False when its delimiters are not the next ones."""
        number, behind = self._place
        if literal and (behind > 0 or len(literal) > 1):
            self._checks.append((self._place, literal))
        at = number if behind > 0 else number - 1
        for i in self._delimiters.within(literal):
            if order[at : at + 1] != literal[i : i + 1]:
                return False
            at += 1
            self._place = (at, len(literal) - i)
        if self._place == (number, behind):
            self._place = (number, behind + len(literal))
        return True
