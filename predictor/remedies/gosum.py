"""go.sum, and the hashes in it: the proof that a stored module is the one that the build expects.

The hash is Go's ``h1`` (golang.org/x/mod/sumdb/dirhash.Hash1): base64 of the SHA-256 over one line
``<sha256 hex>  <name>\\n`` per file, sorted by name.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from predictor.errors import InputError

MAX_UNPACKED = 500 * 1024 * 1024  # bytes; the go command's own limit for one module zip (x/mod/zip.MaxZipFile)


@dataclass(frozen=True, slots=True, order=True)
class Module:
    """One module version."""

    path: str
    version: str

    def __str__(self) -> str:
        return f"{self.path}@{self.version}"


@dataclass(frozen=True, slots=True)
class GoSum:
    """What a go.sum demands.

    Attributes:
        zips: module -> h1 of its zip: the modules whose packages may be built.
        mods: module -> h1 of its go.mod: every node of the module graph.
    """

    zips: Mapping[Module, str]
    mods: Mapping[Module, str]

    def modules(self) -> list[Module]:
        """Every module version named, sorted."""
        return sorted({*self.zips, *self.mods})

    @classmethod
    def union(cls, parts: Iterable[GoSum]) -> GoSum:
        """Everything that any of the parts demands."""
        zips: dict[Module, str] = {}
        mods: dict[Module, str] = {}
        for part in parts:
            zips.update(part.zips)
            mods.update(part.mods)
        return cls(zips, mods)


def read(path: Path) -> GoSum:
    """Read a go.sum.

    Raises:
        InputError: the file cannot be read or a line is malformed; names file and line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", source=str(path)) from error
    zips: dict[Module, str] = {}
    mods: dict[Module, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.split()
        if not parts:
            continue
        if len(parts) != 3 or not parts[2].startswith("h1:"):
            raise InputError("a go.sum line is 'module version h1:hash'", source=str(path), line=number)
        version, _, suffix = parts[1].partition("/")
        (mods if suffix == "go.mod" else zips)[Module(parts[0], version)] = parts[2]
    return GoSum(zips, mods)


def hash_mod(data: bytes) -> str:
    """``h1`` of a go.mod file."""
    return _h1([("go.mod", hashlib.sha256(data).hexdigest())])


def hash_zip(path: Path) -> str:
    """``h1`` of a module zip.

    Raises:
        InputError: not a zip, damaged, or larger unpacked than the go command accepts.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
                raise InputError("the zip is larger unpacked than the go command accepts", source=str(path))
            return _h1([(entry.filename, _digest(archive, entry)) for entry in archive.infolist()])
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError) as error:
        raise InputError(f"not a good module zip: {error}", source=str(path)) from error


def escape(text: str) -> str:
    """A module path or version as GOPROXY URLs and folders spell it: ``X`` becomes ``!x``."""
    return "".join(f"!{char.lower()}" if char.isupper() else char for char in text)


def _digest(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    digest = hashlib.sha256()
    with archive.open(entry) as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def _h1(files: list[tuple[str, str]]) -> str:
    summary = "".join(f"{digest}  {name}\n" for name, digest in sorted(files))
    return "h1:" + base64.b64encode(hashlib.sha256(summary.encode()).digest()).decode()
