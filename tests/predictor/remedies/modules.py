"""Small real modules in GOPROXY layout, built by hand for tests."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

from predictor.remedies import gosum

VERSION = "v1.2.3"


def module_zip(path: str, version: str = VERSION) -> bytes:
    """A module zip with one package."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(f"{path}@{version}/go.mod", f"module {path}\n\ngo 1.21\n")
        archive.writestr(
            f"{path}@{version}/lib.go",
            "package lib\n\n// Answer is here to be called.\nfunc Answer() int { return 42 }\n",
        )
    return data.getvalue()


def files_of(path: str, version: str = VERSION) -> dict[str, bytes]:
    """URL path -> body of the three files and the list of one module."""
    base = f"/{gosum.escape(path)}/@v"
    info = json.dumps({"Version": version, "Time": "2026-01-02T03:04:05Z"}).encode()
    return {
        f"{base}/{version}.mod": f"module {path}\n\ngo 1.21\n".encode(),
        f"{base}/{version}.info": info,
        f"{base}/{version}.zip": module_zip(path, version),
        f"{base}/list": f"{version}\n".encode(),
    }


def project(folder: Path, modules: list[str], version: str = VERSION) -> Path:
    """A main module that requires ``modules``, with a complete go.sum."""
    folder.mkdir(parents=True, exist_ok=True)
    requires = "".join(f"\t{path} {version}\n" for path in modules)
    (folder / "go.mod").write_text(f"module example.test/app\n\ngo 1.21\n\nrequire (\n{requires})\n")
    imports = "".join(f'\tl{i} "{path}"\n' for i, path in enumerate(modules))
    calls = " + ".join(f"l{i}.Answer()" for i in range(len(modules)))
    (folder / "main.go").write_text(f"package main\n\nimport (\n{imports})\n\nfunc main() {{ println({calls}) }}\n")
    lines = []
    for path in modules:
        archive = folder / "scratch.zip"
        archive.write_bytes(module_zip(path, version))
        mod = files_of(path, version)[f"/{gosum.escape(path)}/@v/{version}.mod"]
        lines.append(f"{path} {version} {gosum.hash_zip(archive)}\n")
        lines.append(f"{path} {version}/go.mod {gosum.hash_mod(mod)}\n")
        archive.unlink()
    (folder / "go.sum").write_text("".join(lines))
    return folder
