"""Walks over the lines of a block that matter, in their order: requests and downloads of one moment together."""

from __future__ import annotations

import numpy as np

from predictor.formats.distinct import hashes
from predictor.formats.go_book import MAX_KEPT, NAN, START, Run
from predictor.formats.go_reading import GoReader
from predictor.formats.go_scan import relevant
from predictor.formats.spans import FRONT, Buffer, Places, Spans
from predictor.protocols import Block

_REQUEST, _DOWNLOAD = 1, 2  # kinds of lines that are read in runs


class Walk:
    """One block on its way through a reader."""

    def __init__(self, block: Block, reader: GoReader) -> None:
        self._reader = reader
        self._text = block.text
        kept = self._kept = relevant(block.text)
        self.count = kept.total  # lines of the block
        self._lines = kept.numbers + block.first_line if block.lines is None else block.lines[kept.numbers]
        self._stamped = block.times is not None and len(block.times) > 0
        times = np.full(1, NAN) if block.times is None or not self._stamped else block.times
        self._times = times
        self._clocks = np.fmax.accumulate(np.concatenate(([reader.clock], times)))[1:]  # newest stamp at each line
        buffer = Buffer(block.text if kept.requests.any() or kept.downloads.any() else b"")
        at = np.flatnonzero(kept.requests)
        of = self._requests = reader.table.read(Spans(buffer, kept.starts[at] + FRONT, kept.ends[at] + FRONT))
        self._request = np.full(len(kept.numbers), -1)  # number of each line among the requests, where it is plain
        self._request[at] = np.where(of.plain, np.arange(len(at)), -1)
        self._columns = of.asked.tolist(), of.said.tolist(), self._lines[at].tolist()
        downloads = np.flatnonzero(kept.downloads)
        self._hashes = np.zeros(len(kept.numbers), dtype=np.uint64)  # of downloads
        places = kept.starts[downloads] + FRONT, kept.ends[downloads] + FRONT
        self._hashes[downloads] = hashes(Spans(buffer, *places))
        self._fresh = downloads[reader.printed.fresh(self._hashes[downloads])]
        self._places = (kept.numbers, kept.starts, kept.ends, self._lines, self._hashes)
        self._kinds = np.zeros(len(kept.numbers), dtype=np.int8)
        self._kinds[at[of.plain]] = _REQUEST
        self._kinds[downloads] = _DOWNLOAD

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
            table.urls.said,
            of.asked[numbers],
            place=rows * 2 + 1,
            line=self._lines[rows],
            time=self._times[self._kept.numbers[rows]] if self._stamped else np.full(len(rows), NAN),
            **table.columns(of.said[numbers]),
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
            elif request < 0:
                self._loading(rows[begin:end])
            else:
                self._together(rows[begin:end], request)
            if reader.ended != ended and not to_end:
                return int(row + 1)
        return len(self._request)

    def _runs(self, rows: Places, *, shown: bool) -> Places:
        """Where runs of lines begin in ``rows``, and its length: lines with the same stamp.

        A run is of plain requests or of downloads, or of both where a trace has ``shown`` what downloads say.
        """
        kinds = self._kinds[rows] > 0 if shown else self._kinds[rows]
        same = (kinds[1:] == kinds[:-1]) & (kinds[1:] > 0)
        if self._stamped:
            for stamps in (self._times[self._kept.numbers[rows]], self._clocks[self._kept.numbers[rows]]):
                same &= stamps[1:] == stamps[:-1]
        return np.concatenate(([0], np.flatnonzero(~same) + 1, [len(rows)])) if len(rows) else np.zeros(1, dtype=int)

    def _together(self, rows: Places, request: int) -> None:
        """Hand a run of plain requests to the reader, of which ``request`` is the first."""
        reader, run, time = self._reader, slice(request, request + len(rows)), NAN
        if self._stamped:
            index = int(self._kept.numbers[rows[0]])
            time = float(self._times[index])
            reader.tick(float(self._clocks[index]))
        urls, answers = reader.table.urls, reader.table.answers
        asked, said, lines = self._columns
        troubled = self._requests.troubled
        reader.requests(Run(urls.values, urls.said, answers.said, asked[run], said[run], lines[run], time, troubled))
        if self._stamped:
            self._after(int(self._kept.numbers[rows[-1]]))

    def _mixed(self, rows: Places) -> None:
        """Hand a run of plain requests and of downloads to the reader."""
        requests = rows[self._request[rows] >= 0]
        if len(requests):
            self._together(requests, int(self._request[requests[0]]))
        downloads = rows[self._request[rows] < 0]
        if len(downloads):
            self._loading(downloads, every=True)

    def _loading(self, rows: Places, *, every: bool = False) -> None:
        """Hand a run of downloads to the reader; time passes if one is new, or at ``every`` one."""
        starts, ends, lines, hashed = (column[rows].tolist() for column in self._places[1:])
        if not every and self._reader.printed.issuperset(hashed):
            return
        raws = [self._text[start:end] for start, end in zip(starts, ends, strict=True)]
        index = int(self._kept.numbers[rows[0]])
        if self._stamped:
            self._reader.tick(float(self._clocks[index]))
        self._reader.downloads(raws, hashed, float(self._times[index]) if self._stamped else NAN, lines)
        if self._stamped:
            self._after(int(self._kept.numbers[rows[-1]]))

    def _alone(self, index: int, start: int, end: int, number: int, hashed: int) -> None:
        """Hand one line to the reader."""
        reader = self._reader
        if hashed:  # a download
            if hashed in reader.printed:
                return
            reader.printed.add(hashed)
        raw = self._text[start:end]
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
        new, fresh = self._kinds != _DOWNLOAD, self._fresh
        lines, firsts = np.unique(self._hashes[fresh], return_index=True)
        if len(self._reader.printed) + len(firsts) <= MAX_KEPT:  # else not all are remembered, and news each time
            self._reader.printed.expect(lines)
            fresh = np.sort(fresh[firsts])
            fresh = self._told(fresh) if len(fresh) and self._reader.shown() else fresh
        new[fresh] = True
        return np.flatnonzero(new)

    def _told(self, rows: Places) -> Places:
        """Of new downloads without stamps that the trace says, rows that may end an error's message, and the last."""
        others = np.flatnonzero(self._kinds != _DOWNLOAD)
        before = np.searchsorted(others, rows)  # how many other lines
        alone = np.concatenate(([True], self._request[others] < 0))[before]
        ends = alone & np.concatenate(([True], before[1:] != before[:-1]))
        ends[-1] = True
        self._reader.printed.update(self._hashes[rows[~ends]].tolist())
        return np.asarray(rows[ends])
