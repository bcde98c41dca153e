"""Archives as other programs write them: the standard library's zip and tar, on files and on pipes."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from predictor.archives import UNREADABLE, logs

Texts = Mapping[str, bytes]
GITHUB = {
    "build/1_Set up job.txt": b"set up\n",
    "build/system.txt": b"system\n",
    "0_build.txt": b"set up, built\n" * 2000,
    "1_unit _ test.txt": b"tested\n",
    "unit _ test/2_Run.txt": b"tested\n",
    "deploy/1_Only a step.txt": b"deployed\n",
}


class Pipe(io.RawIOBase):
    """Takes bytes as a pipe does, where nothing can be wound back."""

    def __init__(self) -> None:
        self.taken = io.BytesIO()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        return self.taken.write(data)


def zipped(texts: Texts, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with the lengths before the members."""
    target = io.BytesIO()
    _fill(target, texts, method)
    return target.getvalue()


def piped(texts: Texts, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with the lengths behind the members, as GitHub sends it."""
    target = Pipe()
    _fill(target, texts, method)
    return target.taken.getvalue()


def _fill(target: io.IOBase, texts: Texts, method: int) -> None:
    with zipfile.ZipFile(target, "w", method) as archive:  # type: ignore[call-overload]
        for name, text in texts.items():
            archive.writestr(name, text)


def tarred(texts: Texts, form: int = tarfile.PAX_FORMAT, **kinds: bytes) -> bytes:
    """A tar; ``kinds`` are empty members of other kinds."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form) as archive:
        for name, text in texts.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
        for name, kind in kinds.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    return target.getvalue()


def read(path: Path) -> tuple[dict[str, bytes], list[str]]:
    """(the logs of a file as far as they can be read, all that is said), both without the path before."""
    texts: dict[str, bytes] = {}
    said: list[str] = []
    for log in logs(path):
        name = log.name.removeprefix(f"{path}/")
        said += [f"{name}: {words}" for words in (log.fault, log.note) if words]
        if log.stream is None:
            continue
        texts[name] = b""
        try:
            while data := log.stream.read(1 << 16):
                texts[name] += data
        except UNREADABLE as error:
            said.append(f"{name}: {error}")
    return texts, [each.removeprefix(f"{path}: ") for each in said]
