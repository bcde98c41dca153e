"""The members of a zip, in the order of the directory at its end."""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
from collections.abc import Iterator
from typing import IO

from predictor.archives.member import DIRECTORY, ENCRYPTED, LINK, Member, tidy
from predictor.archives.pieces import UNREADABLE, pieces_of

_SIGNS = (b"PK\3\4", b"PK\5\6")  # of a first member, and of the directory of an empty one
#: What zipfile raises on damaged archives and on members that it cannot unpack; RuntimeError wants a password.
_DAMAGED = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    struct.error,
    lzma.LZMAError,
)


def is_zip(head: bytes) -> bool:
    """Whether these first bytes are those of a zip."""
    return head.startswith(_SIGNS)


def members(stream: IO[bytes]) -> Iterator[Member]:
    """All members in order. Raises nothing; what cannot be read is a member with a ``fault``."""
    if not stream.seekable():
        yield Member("", fault="a zip inside another compression cannot be read: unpack that first")
        return
    try:
        archive = zipfile.ZipFile(stream)
    except (*_DAMAGED, *UNREADABLE) as error:
        yield Member("", fault=f"its directory cannot be read: {error}")
        return
    with archive:
        for entry in archive.infolist():
            yield Member(tidy(entry.filename), _pieces(archive, entry), _left_out(entry))


def _left_out(entry: zipfile.ZipInfo) -> str:
    if entry.is_dir():
        return DIRECTORY
    if stat.S_ISLNK(entry.external_attr >> 16):
        return LINK
    return ENCRYPTED if entry.flag_bits & 1 else ""


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(entry) as stream:
            yield from pieces_of(stream)
    except _DAMAGED as error:
        raise OSError(str(error) or "it is damaged") from error
