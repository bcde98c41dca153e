"""A universe of Go modules in GOPROXY layout, and projects that need them; all from one seed.

It holds what trips proxies up in practice: upper-case paths (``!x`` escapes), major versions (``/v2``), gopkg.in,
pseudo-versions, pruned module graphs. Every go.sum is complete, so that no checksum database is ever asked.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from training.laboratory.modules import ModuleVersion, build, escape, gomod_text, package_text

HOSTS = ("github.com", "gitlab.com", "go.kestrel.dev", "modules.fernway.io")
OWNERS = ("kestrel", "Fernway", "oakline", "TidalWorks", "brightmoor", "HexaLoom", "northgale", "Quillon")
WORDS = (
    "queue",
    "codec",
    "router",
    "ledger",
    "flags",
    "retry",
    "cache",
    "token",
    "table",
    "graph",
    "patch",
    "metric",
    "shard",
    "trace",
    "Color",
    "yaml",
    "wire",
    "lock",
    "stream",
    "digest",
)
GONE = "github.com/Fernway/vanished"  # no proxy has it: the one bad module
EPOCH = datetime(2023, 1, 9, 10, 0, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Project:
    """A main module: what it imports, and its whole build list."""

    name: str
    direct: tuple[str, ...]
    selected: Mapping[str, str]  # module path -> version, everything that a build needs


@dataclass(frozen=True, slots=True)
class Universe:
    """All module versions by (path, version), and the projects."""

    versions: Mapping[tuple[str, str], ModuleVersion]
    projects: tuple[Project, ...]

    def of(self, path: str) -> list[str]:
        """Versions of a module, oldest first."""
        return [version for name, version in self.versions if name == path]


def module_path(rng: random.Random, number: int) -> str:
    """A module path in one of the spellings that exist."""
    word = f"{rng.choice(WORDS)}{number}"
    style = rng.random()
    if style < 0.08:
        return f"gopkg.in/{word.lower()}.v{rng.randint(2, 4)}"
    path = f"{rng.choice(HOSTS)}/{rng.choice(OWNERS)}/{word}"
    return f"{path}/v{rng.randint(2, 5)}" if style < 0.25 else path


def version_names(rng: random.Random, path: str) -> list[tuple[str, str]]:
    """One to five (version, RFC 3339 time) of a module, oldest first."""
    last = path.rsplit("/", 1)[-1]
    major = 1
    if path.startswith("gopkg.in/"):
        major = int(last.rsplit(".v", 1)[1])
    elif last.startswith("v") and last[1:].isdigit():
        major = int(last[1:])
    moment = EPOCH + timedelta(days=rng.randint(0, 400), seconds=rng.randint(0, 86_399))
    found = []
    pseudo = major == 1 and rng.random() < 0.12
    for minor in range(rng.randint(1, 5)):
        moment += timedelta(days=rng.randint(5, 60), seconds=rng.randint(0, 86_399))
        stamp = moment.strftime("%Y%m%d%H%M%S")
        name = f"v0.0.0-{stamp}-{rng.getrandbits(48):012x}" if pseudo else f"v{major}.{minor}.{rng.randint(0, 9)}"
        found.append((name, moment.strftime("%Y-%m-%dT%H:%M:%SZ")))
    return found


def select(
    order: Mapping[str, list[str]], known: Mapping[tuple[str, str], ModuleVersion], wanted: Mapping[str, str]
) -> dict[str, str]:
    """Minimal version selection: the highest required version of every module that is reached from ``wanted``."""
    chosen = dict(wanted)
    todo = list(wanted.items())
    while todo:
        for path, version in known[todo.pop()].requires.items():
            if path not in chosen or order[path].index(version) > order[path].index(chosen[path]):
                chosen[path] = version
                todo.append((path, version))
    return chosen


def payload(rng: random.Random) -> str:
    """Text of 0.5 to 60 kB (log-uniform) that compresses about as source does."""
    size = int(500 * 120 ** rng.random())
    return "\n".join(f"{rng.choice(WORDS)} {rng.getrandbits(64):x}" for _ in range(size // 20))


def generate(seed: int, modules: int = 160, projects: int = 24, sizes: tuple[int, int] = (6, 60)) -> Universe:
    """A universe of ``modules`` modules and ``projects`` projects whose build lists hold about ``sizes`` modules."""
    rng = random.Random(seed)
    order: dict[str, list[str]] = {}
    known: dict[tuple[str, str], ModuleVersion] = {}
    for number in range(modules):
        path = module_path(rng, number)
        older = list(order)[-40:]
        direct = tuple(sorted(rng.sample(older, min(len(older), rng.choice((0, 0, 0, 1, 1, 2))))))
        floor = dict.fromkeys(direct, 0)
        order[path] = []
        for version, time in version_names(rng, path):
            floor = {name: rng.randint(low, len(order[name]) - 1) for name, low in floor.items()}
            wanted = {name: order[name][index] for name, index in floor.items()}
            requires = select(order, known, wanted)
            known[path, version] = build(path, version, time, requires, direct, payload(rng))
            order[path].append(version)
    return Universe(known, tuple(_project(rng, number, order, known, sizes) for number in range(projects)))


def _project(
    rng: random.Random,
    number: int,
    order: Mapping[str, list[str]],
    known: Mapping[tuple[str, str], ModuleVersion],
    sizes: tuple[int, int],
) -> Project:
    size = int(sizes[0] * (sizes[1] / sizes[0]) ** rng.random())
    wanted: dict[str, str] = {}
    selected: dict[str, str] = {}
    for path in rng.sample(list(order), len(order)):
        wanted[path] = rng.choice(order[path])
        selected = select(order, known, wanted)
        if len(selected) >= size:
            break
    return Project(f"svc-{number:02d}", tuple(sorted(wanted)), selected)


def write_proxy(universe: Universe, root: Path) -> None:
    """Write all versions below ``root`` in GOPROXY layout: ``M/@v/{list,V.info,V.mod,V.zip}`` and ``M/@latest``."""
    listed: dict[str, list[str]] = {}
    for (path, version), module in universe.versions.items():
        folder = root / escape(path) / "@v"
        folder.mkdir(parents=True, exist_ok=True)
        info = json.dumps({"Version": version, "Time": module.time}, separators=(",", ":"))
        (folder / f"{escape(version)}.info").write_text(info)
        (folder / f"{escape(version)}.mod").write_bytes(module.gomod)
        (folder / f"{escape(version)}.zip").write_bytes(module.zip)
        (folder.parent / "@latest").write_text(info)
        listed.setdefault(path, []).append(version)
    for path, versions in listed.items():
        tagged = [version for version in versions if not version.startswith("v0.0.0-")]
        (root / escape(path) / "@v" / "list").write_text("".join(f"{version}\n" for version in tagged))


def write_project(universe: Universe, project: Project, folder: Path, extra: Mapping[str, str] | None = None) -> None:
    """Write go.mod, a complete go.sum and a package; ``extra`` requires modules that no proxy has (path -> version)."""
    folder.mkdir(parents=True, exist_ok=True)
    extra = extra or {}
    direct = (*project.direct, *extra)
    (folder / "go.mod").write_bytes(gomod_text(f"example.com/{project.name}", {**project.selected, **extra}, direct))
    lines = []
    for path, version in project.selected.items():
        module = universe.versions[path, version]
        lines += [f"{path} {version} {module.sum_zip}\n", f"{path} {version}/go.mod {module.sum_gomod}\n"]
    (folder / "go.sum").write_text("".join(sorted(lines)))
    (folder / "app.go").write_bytes(package_text("app", direct))
