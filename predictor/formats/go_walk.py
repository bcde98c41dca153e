"""Walks over the lines of a block that matter, in their order: requests and downloads of one moment together."""

from __future__ import annotations

import numpy as np

from predictor.formats.distinct import hashes
from predictor.formats.go_book import (
    AS_ALONE,
    AS_DOWNLOAD,
    AS_ERROR,
    AS_HEAD,
    AS_REQUEST,
    MAX_KEPT,
    NAN,
    START,
    Lines,
    Run,
)
from predictor.formats.go_line import head_of
from predictor.formats.go_reading import GoReader
from predictor.formats.go_scan import DOWNLOAD, relevant
from predictor.formats.spans import Places, Spans
from predictor.protocols import Block


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
        at = np.flatnonzero(kept.requests)
        of = self._requests = reader.table.read(Spans(kept.buffer, kept.starts[at], kept.ends[at]))
        self._request = np.full(len(kept.numbers), -1)  # number of each line among the requests, where it is plain
        self._request[at] = np.where(of.plain, np.arange(len(at)), -1)
        self._columns = of.asked.tolist(), of.said.tolist(), self._lines[at].tolist()
        downloads, others = np.flatnonzero(kept.downloads), np.flatnonzero(~(kept.downloads | kept.requests))
        self._hashes = np.zeros(len(kept.numbers), dtype=np.uint64)  # of all but requests
        loads = hashes(Spans(kept.buffer, kept.starts[downloads] + len(DOWNLOAD), kept.ends[downloads]))
        self._hashes[downloads] = loads
        self._hashes[others] = hashes(Spans(kept.buffer, kept.starts[others], kept.ends[others]))
        self._fresh = downloads[reader.printed.fresh(loads)]
        self._kinds = np.zeros(len(kept.numbers), dtype=np.int8)
        self._kinds[at[of.plain]] = AS_REQUEST
        self._kinds[downloads] = AS_DOWNLOAD
        if not self._stamped:
            self._tell_errors(others)

    def _tell_errors(self, rows: Places) -> None:
        """Mark those of other lines that are errors of one line: known ones, and new ones that say no more."""
        old = np.array(self._reader.known(self._hashes[rows].tolist()), dtype=bool)
        self._kinds[rows[old]] = AS_ERROR
        news = rows[~old]
        news = news[self._kept.buffer.stands(self._kept.starts[news], b"go: ")]
        heads = [bool(head_of(raw)) for raw in self._raws(news)]
        self._kinds[news] = np.where(heads, AS_HEAD, AS_ALONE)

    def go(self) -> None:
        """Hand every line to the reader, and the time that passes."""
        reader, count = self._reader, len(self._request)
        reader.heard(float(self._clocks[0]))
        reader.begin(float(self._times[0]))
        every = reader.shown() and self._stamped  # time passes at repeated lines too
        after = self._visit(np.arange(count) if every else self._new_lines(), to_end=False)
        if after < count:  # a build ended: what it had printed is new again
            self._kinds[self._kinds == AS_ERROR] = AS_ALONE
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
        firsts, others = rows[runs[:-1]], self._kinds[rows] != AS_REQUEST
        lines, cuts = self._seen(rows[others]), np.concatenate(([0], np.cumsum(others)))[runs].tolist()
        for row, begin, end, first, last in zip(
            firsts.tolist(), runs[:-1].tolist(), runs[1:].tolist(), cuts[:-1], cuts[1:], strict=True
        ):
            reader.events.place = 2 * row
            if last - first < end - begin:
                run = rows[begin:end]
                self._together(run[self._kinds[run] == AS_REQUEST] if first < last else run)
            if first < last:
                self._hand(lines, first, last, every=shown)
            if reader.ended != ended and not to_end:
                return int(row + 1)
        return len(self._request)

    def _seen(self, rows: Places) -> Lines:
        """The lines of some rows."""
        kept = self._kept
        columns = (kept.numbers, self._lines, self._kinds, self._hashes)
        indexes, numbers, kinds, codes = [column[rows].tolist() for column in columns]
        return Lines(indexes, numbers, kinds, codes, self._raws(rows))

    def _raws(self, rows: Places) -> list[bytes]:
        """The texts of some rows."""
        kept = self._kept
        places = zip(kept.starts[rows].tolist(), kept.ends[rows].tolist(), strict=True)
        return [self._text[start:end] for start, end in places]

    def _hand(self, lines: Lines, first: int, behind: int, *, every: bool) -> None:
        """Hand one of the lines to the reader, or a run; time passes if one is new, or at ``every`` one."""
        reader, printed, time = self._reader, self._reader.printed, NAN
        alone, code, loads = behind - first == 1, lines.codes[first], lines.kinds[first] == AS_DOWNLOAD
        run = lines if alone else lines.part(first, behind)
        if loads and (code in printed if alone else not every and printed.issuperset(run.codes)):
            return
        if self._stamped:
            time = float(self._times[lines.indexes[first]])
            reader.tick(float(self._clocks[lines.indexes[first]]))
        if not alone:
            reader.together(run, time)
        else:
            if loads:
                printed.add(code)
            reader.line(lines.raws[first], time, lines.numbers[first], code)
        if self._stamped:
            self._after(lines.indexes[behind - 1])

    def _runs(self, rows: Places, *, shown: bool) -> Places:
        """Where runs of lines begin in ``rows``, and its length: lines with the same stamp.

        A run is of plain requests, or of downloads and errors of one line; where a trace has ``shown`` what downloads
        say, of requests, downloads and errors that are known.
        """
        kinds = np.minimum(self._kinds[rows], AS_REQUEST if shown else AS_DOWNLOAD)
        kinds[shown & (self._kinds[rows] == AS_HEAD)] = AS_ALONE
        same = (kinds[1:] == kinds[:-1]) & (kinds[1:] > 0)
        if self._stamped:
            for stamps in (self._times[self._kept.numbers[rows]], self._clocks[self._kept.numbers[rows]]):
                same &= stamps[1:] == stamps[:-1]
        return np.concatenate(([0], np.flatnonzero(~same) + 1, [len(rows)])) if len(rows) else np.zeros(1, dtype=int)

    def _together(self, rows: Places) -> None:
        """Hand a run of plain requests to the reader."""
        reader, request, time = self._reader, int(self._request[rows[0]]), NAN
        if self._stamped:
            index = int(self._kept.numbers[rows[0]])
            time = float(self._times[index])
            reader.tick(float(self._clocks[index]))
        urls, answers, run = reader.table.urls, reader.table.answers, slice(request, request + len(rows))
        asked, said, lines = self._columns
        troubled = self._requests.troubled
        reader.requests(Run(urls.values, urls.said, answers.said, asked[run], said[run], lines[run], time, troubled))
        if self._stamped:
            self._after(int(self._kept.numbers[rows[-1]]))

    def _after(self, index: int) -> None:
        """Note the stamp of the line behind that of number ``index``, whether or not it matters."""
        if index + 1 < len(self._clocks):
            self._reader.heard(float(self._clocks[index + 1]))
            self._reader.begin(float(self._times[index + 1]))

    def _new_lines(self) -> Places:
        """Rows of the lines that may tell the reader something, of a build that began before this block or with it."""
        new, fresh = self._kinds != AS_DOWNLOAD, self._fresh
        firsts = np.unique(self._hashes[fresh], return_index=True)[1]
        if len(self._reader.printed) + len(firsts) <= MAX_KEPT:  # else not all are remembered, and news each time
            fresh = np.sort(fresh[firsts])
            fresh = self._told(fresh) if len(fresh) and self._reader.shown() else fresh
        new[fresh] = True
        return np.flatnonzero(new)

    def _told(self, rows: Places) -> Places:
        """Of new downloads without stamps that the trace says, rows that may end an error's message, and the last."""
        others = np.flatnonzero(self._kinds != AS_DOWNLOAD)
        before = np.searchsorted(others, rows)  # how many other lines
        alone = np.concatenate(([True], self._request[others] < 0))[before]
        ends = alone & np.concatenate(([True], before[1:] != before[:-1]))
        ends[-1] = True
        self._reader.printed.update(self._hashes[rows[~ends]].tolist())
        return np.asarray(rows[ends])
