"""Which files of a folder are the logs of one history; an archive counts as a folder of its name.

What lies beside logs is left out by its name: notes, the truth of a recording, what humans said of incidents, hidden
files. Where the same access log was kept in two formats, as recordings have it, only one is taken, so that a request
counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from predictor.archives import Wanted, names, said_again
from predictor.errors import InputError

_NOT_LOGS = {"truth.json", "incidents.json", "audit.jsonl", "dataset.json"}
_NO_LOGS = {".md", ".npz", ".toml", ".py", ".db", ".db-wal", ".db-shm"}
_TWICE = ("access.json.log", "access.log")  # the same requests: the second is left out where the first is


def logs_below(paths: Sequence[Path]) -> tuple[list[Path], Wanted]:
    """The files of one history, those below folders among them, and which of the logs in them are read.

    Raises:
        InputError: a folder has no log.
    """
    files: list[Path] = []
    folders: list[tuple[Path, Wanted]] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        found, wanted = _below(path)
        if not found:
            raise InputError("there is no log in this folder", source=str(path))
        files += found
        folders.append((path, wanted))

    def taken(name: str) -> bool:
        return all(wanted(name) for folder, wanted in folders if Path(name).is_relative_to(folder))

    return files, taken


def _below(folder: Path) -> tuple[list[Path], Wanted]:
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and _may_be_log(path.relative_to(folder))]
    held = {path: [Path(name).relative_to(folder) for name in names(path) or [str(path)]] for path in found}
    known = {path for paths in held.values() for path in paths}
    twice = _TWICE[1:] if set(_TWICE) <= {_plain(path) for path in known} else ()
    taken = {str(path) for path in known if _may_be_log(path) and _plain(path) not in twice}
    taken -= said_again(map(str, known))
    files = [path for path in found if any(str(inside) in taken for inside in held[path])]
    return files, lambda name: str(Path(name).relative_to(folder)) in taken


def _may_be_log(path: Path) -> bool:
    """By its name and those of its folders; hidden ones hold none."""
    named = path.name in _NOT_LOGS or path.suffix in _NO_LOGS
    return not named and not any(part.startswith(".") for part in path.parts)


def _plain(path: Path) -> str:
    """The name of a log without the ending of its compression."""
    return path.name.removesuffix(".gz").removesuffix(".zst")
