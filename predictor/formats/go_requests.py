"""The requests of ``-x`` in a block, as columns: nearly all lines of such a log, read without an object per line.

A line is the start or the end of a request: see :mod:`.go_trace`. Builds ask for the same files again and again, so
each distinct URL and each distinct answer (``200 OK (0.123s)``) is read once and has a number from then on.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from predictor.events import Cause, Op, Outcome
from predictor.formats.distinct import Distinct
from predictor.formats.go_book import NAN, START, Answer, Fetch
from predictor.formats.go_error import answer_of
from predictor.formats.go_scan import REQUEST
from predictor.formats.go_trace import parse_trace
from predictor.formats.spans import Buffer, Flags, Places, Spans

_URL = re.compile(rb"https?://[!-~]+")
_ANSWER = re.compile(rb"\d{3} [ -~]{0,100}s\)")
_NUMBERS = ("status", "latency_s", "outcome", "cause")
_RETURN, _CLOSED = b"\r)"
_COLON = b": "  # between a URL and the answer
_TAILS = 8  # lengths of answers that are tried on all lines at once
_NO_FETCH, _NO_ANSWER = Fetch("", Op.NONE, "", ""), Answer(0, 0.0, Outcome.OK, Cause.NONE)

T = TypeVar("T")


class Known(Generic[T]):
    """The distinct values of a log, and what each says, by number; until the next :meth:`number`, as it is bounded.

    Args:
        read: what a value says, None where it is for the reader of single lines.
        nothing: what stands for None.
    """

    def __init__(self, read: Callable[[bytes], T | None], nothing: T) -> None:
        self._distinct, self._read, self._nothing = Distinct(), read, nothing
        self._forget([])

    def _forget(self, values: list[bytes]) -> None:
        self.values, self.said = values, list[T]()
        self._plain = array("b")

    def number(self, spans: Spans) -> tuple[Places, Flags]:
        """(number of each value, rows whose value says something)."""
        ids, _ = self._distinct.number(spans)
        if ids.values is not self.values:
            self._forget(ids.values)
        for value in self.values[len(self.said) :]:
            said = self._read(value)
            self._plain.append(said is not None)
            self.said.append(self._nothing if said is None else said)
        return ids.rows, np.frombuffer(self._plain, dtype=np.bool_)[ids.rows]


@dataclass(frozen=True, slots=True)
class Requests:
    """Columns of the lines of a block that begin with ``# get ``."""

    asked: Places  # numbers of the URLs
    said: Places  # numbers of the answers, START for a start
    plain: Flags  # whether a line is to be read from here
    troubled: bool = False  # some answer is not good


class RequestReader:
    """Reads requests of one log.

    Args:
        fetch_of: what a URL asks for; operation ``NONE``: it is no fetch.
    """

    def __init__(self, fetch_of: Callable[[str], Fetch]) -> None:
        self._fetch_of = fetch_of
        self.urls, self.answers = Known(self._fetch, _NO_FETCH), Known(_answer, _NO_ANSWER)
        self._numbers = (self.answers.said, np.empty((len(_NUMBERS), 0)))

    def _fetch(self, url: bytes) -> Fetch | None:
        fetch = self._fetch_of(url.decode()) if _URL.fullmatch(url) else _NO_FETCH
        return None if fetch.op is Op.NONE else fetch

    def read(self, lines: Spans) -> Requests:
        """The columns of these lines; the numbers hold until the next call."""
        urls, answers, ended = _cut(lines)
        asked, plain = self.urls.number(urls)
        said = np.full(len(asked), START)
        said[ended], known = self.answers.number(answers)
        plain[ended] &= known
        return Requests(asked, said, plain, bool(self.columns(said[ended], "outcome")["outcome"].any()))  # OK is 0

    def columns(self, numbers: Places, *names: str) -> dict[str, npt.NDArray[np.float64]]:
        """Fields of the answers with these numbers: ``status``, ``latency_s``, ``outcome`` and ``cause``."""
        answers, columns = self._numbers
        if answers is not self.answers.said:
            answers, columns = self.answers.said, columns[:, :0]
        new = [[getattr(answer, name) for answer in answers[columns.shape[1] :]] for name in _NUMBERS]
        if new[0]:
            columns = np.concatenate([columns, np.array(new)], axis=1)
        self._numbers = (answers, columns)
        return {name: columns[_NUMBERS.index(name)][numbers] for name in names or _NUMBERS}


def _answer(text: bytes) -> Answer | None:
    trace = parse_trace(f"# get https://host: {text.decode()}") if _ANSWER.fullmatch(text) else None
    if trace is None or not trace.status:
        return None
    return answer_of(trace, NAN)


def _cut(lines: Spans) -> tuple[Spans, Spans, Places]:
    """(URLs of lines, what is said behind a URL, numbers of the lines where it is said)."""
    buffer, starts = lines.buffer, lines.starts + len(REQUEST)
    ends = lines.ends - (lines.buffer.bytes[lines.ends - 1] == _RETURN)
    ended = np.flatnonzero(buffer.bytes[ends - 1] == _CLOSED)
    cuts = _colons(buffer, starts[ended], ends[ended])
    ended, cuts = ended[cuts > 0], cuts[cuts > 0]
    stops = ends.copy()
    stops[ended] = cuts
    return Spans(buffer, starts, stops), Spans(buffer, cuts + len(_COLON), ends[ended]), ended


def _colons(buffer: Buffer, starts: Places, ends: Places) -> Places:
    """Where the colon behind the URL of each line stands, 0: nowhere.

    Answers of one length are found at once; should another colon stand before, the URL has a blank and is none.
    """
    cuts, rows = np.zeros(len(starts), dtype=np.int64), np.arange(len(starts))
    for _ in range(_TAILS):
        if not len(rows):
            break
        end = int(ends[rows[0]])
        tail = end - buffer.raw.find(_COLON, int(starts[rows[0]]), end)
        if tail > end:
            rows = rows[1:]
            continue
        at = np.maximum(ends[rows] - tail, starts[rows])
        fits = buffer.stands(at, _COLON)
        cuts[rows[fits]] = at[fits]
        rows = rows[~fits]
    for row in rows.tolist():
        cuts[row] = max(buffer.raw.find(_COLON, int(starts[row]), int(ends[row])), 0)
    return cuts
