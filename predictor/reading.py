"""From the bytes of one log to fetch events: frames lines, peels wrappers, detects the format, parses.

The same bytes give the same events however they arrive. What cannot be read is counted or named in one error;
what was read before is never lost.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, cast

import numpy as np
import zstandard

from predictor.compressed import GzipStream, ZstdStream
from predictor.errors import InputError, UnknownFormatError
from predictor.events import TEXT_COLUMNS, EventBatch
from predictor.formats import MIN_CONFIDENCE, by_name, recognise
from predictor.formats.wrappers import Peeler, line_count, peeler
from predictor.framing import Framer
from predictor.protocols import Block, CountingParser, Format, Parser, Source
from predictor.templates import Miner

AUTO = "auto"
HEAD_BYTES = 1 << 16  # what wrappers and format are recognised by
CHUNK_BYTES = 1 << 21  # a block: large enough for the speed of whole-block parsing, small enough for caches
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


@dataclass(slots=True)
class ReadReport:
    """What became of one log. ``skipped`` counts lines that gave no event though they should, by reason."""

    format: str = ""
    wrapper: tuple[str, ...] = ()
    bytes: int = 0  # after decompression
    lines: int = 0
    events: int = 0
    skipped: Counter[str] = field(default_factory=Counter)


class Reader:
    """Reads one log that arrives in pieces.

    Args:
        source: where the log comes from.
        format_name: a format's name, or ``auto`` to recognise it by the first lines; then no event comes before
            64 KiB have arrived or the log ends.
        mappings: format name -> our column -> the administrator's field name; used where ``source.fields`` is empty.
        miner: what has been seen of messages that no family knows; its own, which begins empty, when unsaid.

    Raises:
        UnknownFormatError: ``format_name`` is no format's name.
    """

    def __init__(
        self,
        source: Source,
        format_name: str = AUTO,
        mappings: Mapping[str, Mapping[str, str]] | None = None,
        miner: Miner | None = None,
    ) -> None:
        self._source = source
        self._miner = Miner() if miner is None else miner
        self._mappings = mappings or {}
        self._format = None if format_name == AUTO else by_name(format_name)
        self.report = ReadReport(format=self._format.name if self._format else "")
        self._framer = Framer(self.report.skipped)
        self._head: bytes | None = b""
        self._peeler: Peeler | None = None
        self._parser: Parser | None = None
        self._counted: Counter[str] = Counter()

    def feed(self, data: bytes) -> EventBatch:
        """Events that these bytes complete.

        Raises:
            UnknownFormatError: no format recognises the log; nothing was read from it.
        """
        self.report.bytes += len(data)
        lines = self._framer.feed(data)
        if self._head is None:
            return self._read(lines)
        self._head += lines
        return self._begin() if len(self._head) >= HEAD_BYTES else EventBatch.empty()

    def settle(self) -> EventBatch:
        """Events of what has arrived so far, when it is enough to recognise the log by.

        For logs that are shipped as they grow: a warning must not wait for the first 64 KiB.
        """
        if not self._head:
            return EventBatch.empty()
        try:
            return self._begin()
        except UnknownFormatError:
            return EventBatch.empty()  # perhaps the next lines say what it is; finish() tells when none did

    def finish(self, now: float = math.nan) -> EventBatch:
        """Events that only the end of the log completes.

        Args:
            now: UTC seconds of the end, which gives the age of what is still open; NaN: unknown.

        Raises:
            UnknownFormatError: no format recognises the log.
        """
        rest = self._framer.finish()
        batches = []
        if self._head is not None:
            self._head += rest
            if not self._head.strip():
                return EventBatch.empty()
            batches.append(self._begin())
        elif rest:
            batches.append(self._read(rest))
        if self._peeler and self._parser:
            batches.append(self._parse(self._peeler.finish()))
            batches.append(self._done(self._parser.finish(now)))
        return EventBatch.concat(batches)

    def _begin(self) -> EventBatch:
        waiting = self._head or b""
        head = waiting[:HEAD_BYTES]
        if len(waiting) > HEAD_BYTES:
            head = head[: head.rfind(b"\n") + 1] or head
        self._peeler, chosen = self._recognise(head)
        self.report.wrapper, self.report.format = self._peeler.names, chosen.name
        fields = self._source.fields or self._mappings.get(chosen.name, {})
        self._parser = chosen.parser(replace(self._source, fields=fields))
        self._head = None
        return self._read(waiting)

    def _recognise(self, head: bytes) -> tuple[Peeler, Format]:
        """What lies around the lines and what they are; a log that is known better as it stands is not peeled."""
        bare, trial = Peeler((), ()), peeler(head, self._source.start)
        format_, score = self._known(head)
        if trial.names:
            peeled = trial.feed(head, 1).text + trial.finish().text
            inside, inside_score = self._known(peeled)
            if inside_score >= score and peeled.rstrip() != head.rstrip():
                bare, format_, score = peeler(head, self._source.start), inside, inside_score
        if format_ is None or (self._format is None and score < MIN_CONFIDENCE):
            reason = "no format recognises this log; name one with --log-format"
            raise UnknownFormatError(reason, source=self._source.name, line=1)
        return bare, format_

    def _known(self, head: bytes) -> tuple[Format | None, float]:
        return recognise(head) if self._format is None else (self._format, self._format.sniff(head))

    def _read(self, lines: bytes) -> EventBatch:
        if not lines or self._peeler is None:
            return EventBatch.empty()
        block, parser = self._peeler.feed(lines, self.report.lines + 1), self._parser
        if block.text is not lines or not isinstance(parser, CountingParser):
            self.report.lines += line_count(Block(lines))
            return self._parse(block)
        before = parser.lines_fed
        batch = self._parse(block)
        self.report.lines += parser.lines_fed - before
        return batch

    def _parse(self, block: Block) -> EventBatch:
        if not block.text or self._parser is None:
            return EventBatch.empty()
        return self._done(self._parser.feed(block))

    def _done(self, batch: EventBatch) -> EventBatch:
        """Count, and take over the parser's counts of skipped lines."""
        if self._parser is not None and self._parser.skipped != self._counted:
            now = Counter(self._parser.skipped)
            self.report.skipped.update(now - self._counted)
            self._counted = now
        self.report.events += len(batch)
        return compact(self._miner.rated(batch))


def compact(batch: EventBatch) -> EventBatch:
    """The same events with only the strings that they use, where many are unused."""
    if len(batch.strings) < 2 * len(batch) + 1024:
        return batch
    used = np.zeros(len(batch.strings), dtype=bool)
    used[0] = True
    for name in TEXT_COLUMNS:
        used[getattr(batch, name)] = True
    codes = (np.cumsum(used) - 1).astype(np.int32)
    strings = tuple(batch.strings[i] for i in np.flatnonzero(used))
    return replace(batch, strings=strings, **{name: codes[getattr(batch, name)] for name in TEXT_COLUMNS})


def open_log(path: Path | str) -> IO[bytes]:
    """A log as a stream of plain bytes; gzip and zstd are recognised by their first bytes, not by their names.

    Raises:
        InputError: it is not there, a directory, or not readable.
    """
    try:
        file = Path(path).open("rb")  # noqa: SIM115 - handed to the caller, who closes it
        return unpacked(file.peek(4), file)  # a pipe cannot be wound back
    except OSError as error:
        raise InputError(error.strerror or str(error), source=str(path)) from error


def unpacked(head: bytes, stream: IO[bytes]) -> IO[bytes]:
    """The plain bytes of a stream that begins with ``head`` and stands at its beginning, closed with it.

    Raises:
        EOFError, OSError, zlib.error, zstandard.ZstdError: from its ``read``, where the compression is damaged.
    """
    if head.startswith(_GZIP):
        return cast("IO[bytes]", GzipStream(stream))
    return cast("IO[bytes]", ZstdStream(stream)) if head.startswith(_ZSTD) else stream


def read_stream(stream: IO[bytes], reader: Reader, name: str) -> Iterator[EventBatch]:
    """All events of an open log; what was read before an error comes out first.

    Raises:
        InputError: the log ends in the middle of its compression, is damaged, or no format recognises it.
    """
    failure: InputError | None = None
    while failure is None:
        try:
            data = stream.read(CHUNK_BYTES)
        except (EOFError, OSError, zlib.error, zstandard.ZstdError) as error:
            failure = InputError(f"cannot be read on from here: {error}", source=name)
            break
        if not data:
            break
        yield from _filled(reader.feed(data))
    yield from _filled(reader.finish())
    if failure is not None:
        raise InputError(failure.reason, source=name, line=reader.report.lines + 1) from failure


def read_file(
    path: Path | str, source: Source | None = None, format_name: str = AUTO, reader: Reader | None = None
) -> Iterator[EventBatch]:
    """Events of one file in its order, a batch per block of about 2 MiB.

    Args:
        path: plain, gzip or zstd.
        source: what the lines do not say; ``name`` is taken from ``path`` where it is unsaid.
        format_name: a format's name or ``auto``.
        reader: the reader to use, for its report afterwards.

    Raises:
        InputError: the file cannot be opened or read to its end; its readable part was given before.
    """
    source = source or Source()
    source = source if source.name != "-" else replace(source, name=str(path))
    with open_log(path) as stream:
        yield from read_stream(stream, reader or Reader(source, format_name), str(path))


def _filled(batch: EventBatch) -> Iterator[EventBatch]:
    if len(batch):
        yield batch
