"""Module versions and their checksums, exactly as the go command computes them.

The ``h1`` hash is SHA-256 over sorted lines ``<hex sha256 of the file>  <name>``, in base64
(source: golang.org/x/mod/sumdb/dirhash, Hash1). Zips follow golang.org/x/mod/zip: every name begins with
``<module>@<version>/``.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModuleVersion:
    """One version of one module: its files as a proxy serves them, and its hashes as go.sum holds them."""

    path: str
    version: str
    time: str  # RFC 3339, as in .info
    requires: Mapping[str, str]  # module path -> version, all of them (direct and indirect)
    direct: tuple[str, ...]  # the paths that its package imports
    gomod: bytes
    zip: bytes
    sum_zip: str  # h1:...
    sum_gomod: str  # h1:...


def h1(files: Mapping[str, bytes]) -> str:
    """The ``h1:`` hash of named files (Hash1 of golang.org/x/mod/sumdb/dirhash)."""
    lines = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return "h1:" + base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()


def escape(text: str) -> str:
    """A module path or version as it stands in a proxy URL: ``!`` and the lower-case letter for each upper-case one."""
    return "".join(f"!{letter.lower()}" if letter.isupper() else letter for letter in text)


def pack(files: Mapping[str, bytes]) -> bytes:
    """A zip with these files and a fixed date, so that the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name), files[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def gomod_text(path: str, requires: Mapping[str, str], direct: tuple[str, ...]) -> bytes:
    """A go.mod for ``go 1.21`` (pruned graph): a block of direct requirements, a block of indirect ones."""
    near = "".join(f"\t{name} {requires[name]}\n" for name in sorted(direct))
    far = "".join(f"\t{name} {requires[name]} // indirect\n" for name in sorted(requires.keys() - set(direct)))
    blocks = "".join(f"\nrequire (\n{block})\n" for block in (near, far) if block)
    return f"module {path}\n\ngo 1.21\n{blocks}".encode()


def package_text(name: str, imports: tuple[str, ...], payload: str = "") -> bytes:
    """A Go file that imports each of ``imports`` and carries ``payload`` as a constant."""
    lines = "".join(f'\t_ "{path}"\n' for path in sorted(imports))
    block = f"\nimport (\n{lines})\n" if lines else ""
    return f"package {name}\n{block}\nconst Payload = `{payload}`\n".encode()


def build(
    path: str, version: str, time: str, requires: Mapping[str, str], direct: tuple[str, ...], payload: str
) -> ModuleVersion:
    """Make one module version with one package at its root."""
    gomod = gomod_text(path, requires, direct)
    files = {"go.mod": gomod, "LICENSE": b"CC0-1.0\n", "doc.go": package_text("lib", direct, payload)}
    named = {f"{path}@{version}/{name}": data for name, data in files.items()}
    return ModuleVersion(path, version, time, requires, direct, gomod, pack(named), h1(named), h1({"go.mod": gomod}))
