"""Walks over the lines of a block that matter, in their order: requests of one moment together, all others alone."""

from __future__ import annotations

import numpy as np

from predictor.formats.go_book import MAX_KEPT, NAN, Run
from predictor.formats.go_reading import GoReader
from predictor.formats.go_requests import START
from predictor.formats.go_scan import relevant
from predictor.formats.spans import Places
from predictor.protocols import Block


class Walk:
    """One block on its way through a reader."""

    def __init__(self, block: Block, reader: GoReader) -> None:
        self._reader = reader
        self._text = block.text
        kept = self._kept = relevant(block.text)
        self._lines = kept.numbers + block.first_line if block.lines is None else block.lines[kept.numbers]
        self._places = (kept.numbers, kept.starts, kept.ends, self._lines)
        self._stamped = block.times is not None and len(block.times) > 0
        times = np.full(1, NAN) if block.times is None or not self._stamped else block.times
        self._times = times
        self._clocks = np.fmax.accumulate(np.concatenate(([reader.clock], times)))[1:]  # newest stamp at each line
        at = np.flatnonzero(kept.requests)
        of = self._requests = reader.table.read(block.text, kept.starts[at], kept.ends[at])
        self._request = np.full(len(kept.numbers), -1)  # number of each line among the requests, where it is plain
        self._request[at] = np.where(of.numbers > 0, np.arange(len(at)), -1)

    def go(self) -> None:
        """Hand every line to the reader, and the time that passes."""
        reader, count = self._reader, len(self._request)
        reader.heard(float(self._clocks[0]))
        reader.begin(float(self._times[0]))
        every = reader.shown() and self._stamped  # time passes at repeated lines too
        after = self._visit(np.arange(count) if every else self._new_lines(), to_end=False)
        if after < count:  # a build ended: what it had printed is new again
            self._visit(np.arange(after, count), to_end=True)
        self._answers()
        reader.events.place = 2 * count
        reader.tick(float(self._clocks[-1]))

    def _answers(self) -> None:
        """Add the events of plain requests, all at once."""
        of, table = self._requests, self._reader.table
        rows = np.flatnonzero(self._request >= 0)
        rows = rows[of.said[self._request[rows]] != START]
        if not len(rows):
            return
        numbers = self._request[rows]
        self._reader.events.extend(
            table.urls.fetches,
            of.numbers[numbers],
            place=rows * 2 + 1,
            line=self._lines[rows],
            time=self._times[self._kept.numbers[rows]] if self._stamped else np.full(len(rows), NAN),
            **table.answers.columns(of.said[numbers]),
        )

    def _visit(self, rows: Places, *, to_end: bool) -> int:
        """Hand lines to the reader; the row behind them, or behind the first end of a build unless ``to_end``."""
        reader, ended = self._reader, self._reader.ended
        shown = self._stamped and reader.shown() and not to_end  # the next build may have no trace
        runs = self._runs(rows, shown=shown)
        firsts = rows[runs[:-1]]
        for row, request, place, begin, end in zip(
            firsts.tolist(),
            self._request[firsts].tolist(),
            zip(*(column[firsts].tolist() for column in self._places), strict=True),
            runs[:-1].tolist(),
            runs[1:].tolist(),
            strict=True,
        ):
            reader.events.place = 2 * row
            if request < 0 and end - begin == 1:
                self._alone(*place)
            elif shown:
                self._mixed(rows[begin:end])
            else:
                self._together(rows[begin:end], request)
            if reader.ended != ended and not to_end:
                return int(row + 1)
        return len(self._request)

    def _runs(self, rows: Places, *, shown: bool) -> Places:
        """Where runs of lines begin in ``rows``, and its length: lines with the same stamp.

        A run is of plain requests, and of downloads too where a trace has ``shown`` what they say.
        """
        plain = self._request[rows] >= 0
        if shown:
            plain |= self._kept.downloads[rows]
        same = plain[1:] & plain[:-1]
        if self._stamped:
            for stamps in (self._times[self._kept.numbers[rows]], self._clocks[self._kept.numbers[rows]]):
                same &= stamps[1:] == stamps[:-1]
        return np.concatenate(([0], np.flatnonzero(~same) + 1, [len(rows)])) if len(rows) else np.zeros(1, dtype=int)

    def _together(self, rows: Places, request: int) -> None:
        """Hand a run of plain requests to the reader, of which ``request`` is the first."""
        reader, of, run = self._reader, self._requests, slice(request, request + len(rows))
        index = int(self._kept.numbers[rows[0]])
        if self._stamped:
            reader.tick(float(self._clocks[index]))
        reader.requests(
            Run(
                of.texts[run],
                of.fetches[run],
                of.answers[run],
                self._lines[rows].tolist(),
                float(self._times[index]) if self._stamped else NAN,
                of.troubled,
            )
        )
        if self._stamped:
            self._after(int(self._kept.numbers[rows[-1]]))

    def _mixed(self, rows: Places) -> None:
        """Hand a run of plain requests and of downloads to the reader."""
        requests = rows[self._request[rows] >= 0]
        if len(requests):
            self._together(requests, int(self._request[requests[0]]))
        downloads = rows[self._request[rows] < 0]
        if not len(downloads):
            return
        index = int(self._kept.numbers[downloads[0]])
        if self._stamped:
            self._reader.tick(float(self._clocks[index]))
        starts, ends, lines = (column[downloads].tolist() for column in self._places[1:])
        raws = [self._text[start:end] for start, end in zip(starts, ends, strict=True)]
        self._reader.downloads(raws, float(self._times[index]) if self._stamped else NAN, lines)
        if self._stamped:
            self._after(int(self._kept.numbers[downloads[-1]]))

    def _alone(self, index: int, start: int, end: int, number: int) -> None:
        """Hand one line to the reader."""
        reader, raw = self._reader, self._text[start:end]
        if raw in reader.printed():
            return
        if not self._stamped:
            reader.line(raw, NAN, number)
            return
        reader.tick(float(self._clocks[index]))
        reader.line(raw, float(self._times[index]), number)
        self._after(index)

    def _after(self, index: int) -> None:
        """Note the stamp of the line behind that of number ``index``, whether or not it matters."""
        if index + 1 < len(self._clocks):
            self._reader.heard(float(self._clocks[index + 1]))
            self._reader.begin(float(self._times[index + 1]))

    def _new_lines(self) -> Places:
        """Rows of the lines that may tell the reader something, of a build that began before this block or with it."""
        kept, known, text = self._kept, self._reader.printed(), self._text
        rows = np.flatnonzero(kept.downloads)
        places = zip(kept.starts[rows].tolist(), kept.ends[rows].tolist(), strict=True)
        raws = [text[begin:end] for begin, end in places]
        fresh = [(row, raw) for row, raw in zip(rows.tolist(), raws, strict=True) if raw not in known]
        new = ~kept.downloads
        new[self._told(fresh) if fresh and self._reader.shown() else [row for row, _ in fresh]] = True
        return np.flatnonzero(new)

    def _told(self, fresh: list[tuple[int, bytes]]) -> list[int]:
        """Of downloads without stamps that the trace says, rows that may end an error's message, and the last.

        Args:
            fresh: rows of the downloads that were not printed before this block, and their lines.
        """
        firsts = {raw: row for row, raw in reversed(fresh)}
        rows = np.array(sorted(firsts.values()))
        others = np.flatnonzero(~self._kept.downloads)
        before = np.searchsorted(others, rows)  # how many other lines
        alone = np.concatenate(([True], self._request[others] < 0))[before]
        ends = alone & np.concatenate(([True], before[1:] != before[:-1]))
        ends[-1] = True
        told = set(rows[ends].tolist())
        silent = firsts.keys() - {raw for row, raw in fresh if row in told}
        printed = self._reader.printed()
        if len(printed) + len(silent) > MAX_KEPT:
            return [row for row, _ in fresh]
        printed.update(silent)
        return list(told)
