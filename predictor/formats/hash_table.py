"""A table from hashes to numbers that is asked and filled a whole column at a time, without an object per hash."""

from __future__ import annotations

import numpy as np

from predictor.formats.spans import Flags, Places, Words

PROBES = 8  # places that are looked at for one hash: with fewer the table must be many times as long
_LEAST = 14  # bits of a hash that choose its place, at the beginning


class HashTable:
    """Grows as it is filled; the hashes are evenly spread and not 0, the numbers below 2**31."""

    def __init__(self) -> None:
        self._empty(_LEAST)

    def _empty(self, bits: int) -> None:
        self._hashes = np.zeros((1 << bits) + PROBES, dtype=np.uint64)
        self.numbers = np.zeros((1 << bits) + PROBES, dtype=np.int32)
        self._bits = bits

    def _places(self, hashes: Words) -> Places:
        return (hashes >> np.uint64(64 - self._bits)).view(np.int64)

    def look_up(self, hashes: Words) -> tuple[Places, Flags]:
        """(place of each hash in ``numbers``, rows whose hash is missing)."""
        places = self._places(hashes)
        there = self._hashes[places]
        missing = there != hashes
        at = np.flatnonzero(missing & (there > 0))  # behind a free place there is none
        for probe in range(1, PROBES):
            if not len(at):
                break
            there = self._hashes[places[at] + probe]
            fits = there == hashes[at]
            found = at[fits]
            places[found] += probe
            missing[found] = False
            at = at[~fits & (there > 0)]
        return places, missing

    def insert(self, hashes: Words, numbers: Places) -> None:
        """Put in hashes that differ and are missing."""
        while not self._fit(hashes, numbers):
            old, known = self._hashes, self.numbers
            filled = np.flatnonzero(old)
            hashes, numbers = np.concatenate([old[filled], hashes]), np.concatenate([known[filled], numbers])
            self._empty(self._bits + 1)

    def _fit(self, hashes: Words, numbers: Places) -> bool:
        """Put hashes into the table; False when one finds no free place."""
        for probe in range(PROBES):
            at = self._places(hashes) + probe
            free = self._hashes[at] == 0
            self._hashes[at[free]] = hashes[free]  # of several that want one place the last gets it
            placed = self._hashes[at] == hashes
            self.numbers[at[placed]] = numbers[placed]
            hashes, numbers = hashes[~placed], numbers[~placed]
            if not len(hashes):
                return True
        return False
