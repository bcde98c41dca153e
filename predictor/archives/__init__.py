"""The logs that a file holds: itself, or the members of a zip or tar, read without being unpacked to disk.

Archives are recognised by their content, a tar also inside gzip or zstd, and their members are streamed: memory does
not grow with them. Members have names such as ``logs.zip/0_build.txt``, as if the archive were a folder. What is no
log is left out and said; damage costs what cannot be read, and nothing else.

CI services offer the log of a run as such a file. That of GitHub Actions says everything twice: ``0_build.txt`` is
the whole log of a job, and ``build/1_Set up job.txt`` and so on are its steps; the steps are left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from predictor.archives import tar, zips
from predictor.archives.member import ATTRIBUTES, MEMBERS, NESTED, SAID_AGAIN, UNWANTED, Member, attributes
from predictor.archives.pieces import UNREADABLE, peeked, stream_of
from predictor.errors import InputError
from predictor.reading import open_log, unpacked

__all__ = ["MEMBERS", "UNREADABLE", "Log", "Wanted", "log_of", "logs", "names", "said_again"]

HEAD_BYTES = tar.BLOCK
_JOB = re.compile(r"-?\d+_(.+)\.txt")  # the whole log of a job, and also a step in the folder of its job
_STEP = re.compile(r"-?\d+_.*\.txt|system\.txt")
_FIRST = 80  # characters of the first name that is left out for a reason

_PIPED = "an archive cannot be read from a pipe: save it as a file"

Wanted = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Log:
    """One log of a file, or one thing that is to be said about the file.

    Attributes:
        name: the file's path, followed by the member's name in it.
        stream: its plain bytes; to be read before the next log is asked for. None: there is nothing to read.
        fault: why it cannot be read (on), "" when it can.
        note: what was left out of an archive, and why.
    """

    name: str
    stream: IO[bytes] | None = None
    fault: str = ""
    note: str = ""

    @property
    def error(self) -> InputError | None:
        """The fault with its place."""
        return InputError(self.fault, source=self.name) if self.fault else None


def logs(path: Path | str, wanted: Wanted | None = None) -> Iterator[Log]:
    """All logs that a file holds, in their order, and what is to be said about them, such as that it is not there.

    Raises nothing on any bytes; reading a ``stream`` raises what is in ``UNREADABLE``.

    Args:
        path: a log or an archive of logs; plain, gzip or zstd.
        wanted: whether a member of this name (with the path before it) is a log; all are when unsaid.
    """
    try:
        file = open_log(path)
    except InputError as error:
        yield Log(str(path), fault=error.reason)
        return
    with file:
        head, whole = _begun(file)
        if not _is_archive(head):
            yield Log(str(path), whole)
        elif Path(path).is_file():
            yield from _Archive(Path(path), wanted).logs()
        else:
            yield Log(str(path), fault=_PIPED)


def log_of(stream: IO[bytes], name: str) -> Log:
    """A stream that cannot be wound back, such as standard input, as a log; plain, gzip or zstd. Raises nothing."""
    head, whole = _plain(stream)
    return Log(name, fault=_PIPED) if _is_archive(head) else Log(name, whole)


def names(path: Path | str) -> list[str]:
    """The names of all logs that a file holds."""
    return [log.name for log in logs(path) if log.stream is not None]


def said_again(paths: Iterable[str]) -> set[str]:
    """Those of these paths that are step logs of a job whose whole log is among them."""
    known = list(paths)
    jobs = {folder + found[1] for folder, found in map(_job, known) if found}
    return {path for path in known if "/" in path and _is_step(path) and path.rpartition("/")[0] in jobs}


def _job(path: str) -> tuple[str, re.Match[str] | None]:
    folder, slash, name = path.rpartition("/")
    return folder + slash, _JOB.fullmatch(name)


def _is_step(path: str) -> bool:
    return _STEP.fullmatch(path.rpartition("/")[2]) is not None


def _is_archive(head: bytes) -> bool:
    return zips.is_zip(head) or tar.is_tar(head)


def _begun(stream: IO[bytes]) -> tuple[bytes, IO[bytes]]:
    """The first bytes of an open file, and the whole of it; that can be wound where the file can."""
    head, whole = peeked(stream, HEAD_BYTES)
    if not stream.seekable():
        return head, whole
    stream.seek(0)
    return head, stream


def _plain(stream: IO[bytes]) -> tuple[bytes, IO[bytes]]:
    """The first plain bytes of a stream that may be compressed, and the whole of it."""
    head, whole = peeked(stream, HEAD_BYTES)
    plain = unpacked(head, whole)
    return (head, whole) if plain is whole else peeked(plain, HEAD_BYTES)


def _members(path: Path) -> Iterator[Member]:
    """The members of an archive in order. Raises InputError: it is not there any more."""
    with open_log(path) as stream:
        head, whole = _begun(stream)
        yield from zips.members(whole) if zips.is_zip(head) else tar.members(whole)


class _Archive:
    """Goes through the members of one archive once."""

    def __init__(self, path: Path, wanted: Wanted | None) -> None:
        self._path, self._wanted = path, wanted
        self._left_out: Counter[str] = Counter()
        self._first: dict[str, str] = {}
        self._steps: set[str] | None = None

    def logs(self) -> Iterator[Log]:
        """Logs and faults in order; what was left out at the end."""
        place, found = str(self._path), 0
        for number, member in enumerate(_members(self._path), 1):
            if number > MEMBERS:
                yield Log(place, fault=f"has more than {MEMBERS} members: the others are not read")
                break
            name = f"{place}/{member.name}" if member.name else place
            if member.fault:
                yield Log(name, fault=member.fault)
                continue
            reason, stream = self._judged(name, member)
            if stream is None:
                self._left_out[reason] += 1
                self._first.setdefault(reason, member.name)
                continue
            found += 1
            yield Log(name, stream)
        if self._left_out:
            yield Log(place, note="left out: " + "; ".join(self._reasons()))
        if not found:
            yield Log(place, fault="no log is in this archive")

    def _judged(self, name: str, member: Member) -> tuple[str, IO[bytes] | None]:
        """(why it is left out, its plain bytes when it is not)."""
        reason = member.left_out or (ATTRIBUTES if attributes(member.name) else "")
        if not reason and self._is_said_again(member.name):
            reason = SAID_AGAIN
        if not reason and self._wanted is not None and not self._wanted(name):
            reason = UNWANTED
        if reason:
            return reason, None
        head, whole = _plain(stream_of(member.pieces))
        return (NESTED, None) if _is_archive(head) else ("", whole)

    def _is_said_again(self, name: str) -> bool:
        """Only where something may be a step are all names listed first, which costs a second pass."""
        if "/" not in name or not _is_step(name):
            return False
        if self._steps is None:
            listed = [member.name for _, member in zip(range(MEMBERS), _members(self._path), strict=False)]
            self._steps = said_again(listed)
        return name in self._steps

    def _reasons(self) -> Sequence[str]:
        return [
            f"{count} {reason} ({self._first[reason][:_FIRST] or '.'}{', ...' if count > 1 else ''})"
            for reason, count in self._left_out.items()
        ]
