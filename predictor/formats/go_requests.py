"""The requests of ``-x`` in a block, as columns: nearly all lines of such a log, read without an object per line.

A line is the start or the end of a request: see :mod:`.go_trace`. Builds ask for the same files again and again, so
each distinct URL and each distinct answer (``200 OK (0.123s)``) is read once and has a number from then on; number 0
means that the line is for the reader of single lines.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from predictor.events import Op
from predictor.formats.go_book import Answer, Fetch
from predictor.formats.go_error import of_status
from predictor.formats.go_scan import REQUEST
from predictor.formats.go_trace import parse_trace
from predictor.formats.spans import Places

MAX_NUMBERS = 1 << 15  # distinct URLs, or answers, that are remembered
_URL = re.compile(rb"https?://[!-~]+")
_ANSWER = re.compile(rb"\d{3} [ -~]{0,100}s\)")
_NUMBERS = ("status", "latency_s", "outcome", "cause")
_RETURN, _CLOSED = b"\r)"
START, OTHER = 0, 1  # numbers of no answer, and of all that are for the reader of single lines


class Urls(dict[bytes, int]):
    """URL -> its number; ``fetches`` has by number what is asked for.

    Args:
        fetch_of: what a URL asks for; operation ``NONE``: it is no fetch.
    """

    def __init__(self, fetch_of: Callable[[str], Fetch]) -> None:
        super().__init__()
        self._fetch_of = fetch_of
        self.fetches = [Fetch("", Op.NONE, "", "")]

    def __missing__(self, url: bytes) -> int:
        number = 0
        if _URL.fullmatch(url):
            fetch = self._fetch_of(url.decode())
            if fetch.op is not Op.NONE:
                number = len(self.fetches)
                self.fetches.append(fetch)
        self[url] = number
        return number


class Answers(dict[bytes, int]):
    """What stands behind a URL -> its number; ``answers`` has by number what it says."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[Answer | None] = [None, None]
        self._columns = {name: array("d", [0, 0]) for name in _NUMBERS}

    def __missing__(self, text: bytes) -> int:
        number = OTHER
        trace = parse_trace(f"# get https://host: {text.decode()}") if _ANSWER.fullmatch(text) else None
        if trace is not None and trace.status:
            number = len(self.answers)
            answer = Answer(trace.status, trace.seconds, *of_status(trace.status))
            self.answers.append(answer)
            for name, column in self._columns.items():
                column.append(getattr(answer, name))
        self[text] = number
        return number

    def troubled(self, numbers: Places) -> bool:
        """Whether one of these answers is not good."""
        return bool(np.frombuffer(self._columns["outcome"], dtype=np.float64)[numbers].any())  # OK is 0

    def columns(self, numbers: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[np.float64]]:
        """The fields of the answers with these numbers."""
        return {name: np.frombuffer(column, dtype=np.float64)[numbers] for name, column in self._columns.items()}


def _none() -> Places:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Requests:
    """Columns of the lines of a block that begin with ``# get ``; number 0 in ``numbers``: not to be read from here."""

    texts: Sequence[bytes] = ()  # the URLs
    numbers: Places = field(default_factory=_none)  # ... their numbers
    fetches: Sequence[Fetch] = ()  # what they ask for
    said: Places = field(default_factory=_none)  # numbers of the answers, START for a start
    answers: Sequence[Answer | None] = ()
    troubled: bool = False  # some answer is not good


class RequestReader:
    """Reads requests of one log; see :class:`Urls` for ``fetch_of``."""

    def __init__(self, fetch_of: Callable[[str], Fetch]) -> None:
        self._fetch_of = fetch_of
        self.urls, self.answers = Urls(fetch_of), Answers()

    def read(self, text: bytes, starts: Places, ends: Places) -> Requests:
        """The columns of the lines of ``text`` between ``starts`` and ``ends``.

        The numbers hold until the next call: what is remembered is bounded.
        """
        if len(self.urls) > MAX_NUMBERS:
            self.urls = Urls(self._fetch_of)
        if len(self.answers) > MAX_NUMBERS:
            self.answers = Answers()
        if not len(starts):
            return Requests()
        urls, said, ended = _cut(text, starts + len(REQUEST), ends)
        numbers = np.fromiter(map(self.urls.__getitem__, urls), np.int64, len(urls))
        answers = np.full(len(urls), START)
        answers[ended] = np.fromiter(map(self.answers.__getitem__, said), np.int64, len(said))
        numbers[answers == OTHER] = 0
        fetches, known = self.urls.fetches, self.answers.answers
        return Requests(
            urls,
            numbers,
            [fetches[number] for number in numbers.tolist()],
            answers,
            [known[number] for number in answers.tolist()],
            self.answers.troubled(answers),
        )


def _cut(text: bytes, starts: Places, ends: Places) -> tuple[list[bytes], list[bytes], Places]:
    """(URLs of lines without their first word, what is said behind a URL, numbers of the lines where it is said)."""
    data = np.frombuffer(text, np.uint8)
    ends = ends - (data[ends - 1] == _RETURN)
    ended = np.flatnonzero(data[ends - 1] == _CLOSED)
    cuts = np.array([text.find(b": ", start) for start in starts[ended].tolist()], dtype=np.int64)
    plain = (cuts >= 0) & (cuts < ends[ended])
    ended, cuts = ended[plain], cuts[plain]
    stops = ends.copy()
    stops[ended] = cuts
    urls = [text[a:b] for a, b in zip(starts.tolist(), stops.tolist(), strict=True)]
    said = [text[a:b] for a, b in zip((cuts + 2).tolist(), ends[ended].tolist(), strict=True)]
    return urls, said, ended
