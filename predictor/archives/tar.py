"""The members of a tar, read from front to back."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import IO, cast

from predictor.archives.member import DEVICE, DIRECTORY, LINK, Member, tidy
from predictor.archives.pieces import UNREADABLE, pieces_of

BLOCK = tarfile.BLOCKSIZE
_DAMAGED = (tarfile.TarError, ValueError, OverflowError)  # what tarfile raises on damaged archives


def is_tar(head: bytes) -> bool:
    """Whether these first bytes are a header whose checksum fits."""
    try:
        tarfile.TarInfo.frombuf(head[:BLOCK], "utf-8", "surrogateescape")
    except _DAMAGED:
        return False
    return True


def members(stream: IO[bytes]) -> Iterator[Member]:
    """All members in order. Raises nothing; what cannot be read is a member with a ``fault``."""
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            while (entry := archive.next()) is not None:
                archive.members = []  # type: ignore[attr-defined]  # it keeps all that it has seen
                yield Member(tidy(entry.name), _pieces(archive, entry), _left_out(entry))
            yield from _end(archive)
    except (*_DAMAGED, *UNREADABLE) as error:
        yield Member("", fault=f"cannot be read on: {error}")


def _left_out(entry: tarfile.TarInfo) -> str:
    if entry.isdir():
        return DIRECTORY
    if entry.issym() or entry.islnk():
        return LINK
    return "" if entry.isreg() else DEVICE


def _pieces(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> Iterator[bytes]:
    try:
        stream = archive.extractfile(entry)
        yield from pieces_of(stream) if stream is not None else ()
    except _DAMAGED as error:
        raise OSError(str(error) or "it is damaged") from error


def _end(archive: tarfile.TarFile) -> Iterator[Member]:
    """What is wrong behind the last member: tarfile takes a damaged header, and a missing one, for the end."""
    tape = cast("IO[bytes]", archive.fileobj)
    damaged = sum(1 for piece in pieces_of(tape) if piece.strip(b"\0"))  # to its very end
    if damaged:
        yield Member("", fault=f"damaged at byte {archive.offset}: the members behind it are not read")
    elif tape.tell() < archive.offset + BLOCK:
        yield Member("", fault="has no end mark: members may be missing")
