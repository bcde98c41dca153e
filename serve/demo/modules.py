"""A small universe of Go modules in GOPROXY layout, made on the spot: no network, no licence, real enough for go."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

from predictor.files import write_whole
from predictor.remedies import gosum

NAMES = ("alder", "birch", "cedar", "Dogwood", "elm", "fir", "ginkgo", "hazel")
VERSION = "v1.4.0"
GO_VERSION = "1.21"


def path_of(name: str) -> str:
    """Module path of a name; upper case letters are kept, since the escape of GOPROXY is part of real life."""
    return f"example.test/{name}"


def publish(root: Path) -> None:
    """Write every module below ``root``: ``.info``, ``.mod``, ``.zip`` and ``list``."""
    for name in NAMES:
        folder = root / gosum.escape(path_of(name)) / "@v"
        info = {"Version": VERSION, "Time": "2026-01-02T03:04:05Z"}
        write_whole(folder / f"{VERSION}.info", json.dumps(info))
        write_whole(folder / f"{VERSION}.mod", go_mod(path_of(name)))
        write_whole(folder / f"{VERSION}.zip", archive(name))
        write_whole(folder / "list", f"{VERSION}\n")


def project(folder: Path, published: Path) -> Path:
    """A program that needs every module, with a complete go.sum; gives its folder."""
    requires = "".join(f"\t{path_of(name)} {VERSION}\n" for name in NAMES)
    write_whole(folder / "go.mod", f"{go_mod('example.test/demo')}\nrequire (\n{requires})\n")
    imports = "".join(f'\t"{path_of(name)}"\n' for name in NAMES)
    calls = " + ".join(f"{name.lower()}.Rings()" for name in NAMES)
    write_whole(folder / "main.go", f"package main\n\nimport (\n{imports})\n\nfunc main() {{ println({calls}) }}\n")
    lines = []
    for name in NAMES:
        zipped = published / gosum.escape(path_of(name)) / "@v" / f"{VERSION}.zip"
        lines.append(f"{path_of(name)} {VERSION} {gosum.hash_zip(zipped)}\n")
        lines.append(f"{path_of(name)} {VERSION}/go.mod {gosum.hash_mod(go_mod(path_of(name)).encode())}\n")
    write_whole(folder / "go.sum", "".join(lines))
    return folder


def go_mod(path: str) -> str:
    """A go.mod without requirements."""
    return f"module {path}\n\ngo {GO_VERSION}\n"


def archive(name: str) -> bytes:
    """The module's zip."""
    data = io.BytesIO()
    prefix = f"{path_of(name)}@{VERSION}"
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(f"{prefix}/go.mod", go_mod(path_of(name)))
        source = f"package {name.lower()}\n\n// Rings counts.\nfunc Rings() int {{ return {len(name)} }}\n"
        file.writestr(f"{prefix}/{name.lower()}.go", source)
    return data.getvalue()
