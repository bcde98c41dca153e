"""Which job starts next: projects, commands and intents drawn from a seed, over a universe written to disk."""

from __future__ import annotations

import random
from pathlib import Path

from training.laboratory.jobs import Order
from training.laboratory.scenarios import Scenario
from training.laboratory.sumdb import write_sumdb
from training.laboratory.universe import GONE, Project, Universe, generate, write_project, write_proxy
from training.laboratory.vcs import VERSION, PrivateModule

MIX = (("download", 3), ("download-x", 3), ("build", 4), ("tidy", 2), ("tidy-x", 1))
BAD, PRIVATE_SHARE = "svc-bad", 0.8


class Workplace:
    """The projects on disk, and the jobs that people run on them."""

    def __init__(self, universe: Universe, folders: dict[str, Path]) -> None:
        self._universe, self._folders = universe, folders

    def all_builds(self) -> list[Order]:
        """One build of every project that can be built."""
        names = [project.name for project in self._universe.projects]
        return [Order(-1 - number, self._folders[name], "build") for number, name in enumerate(names)]

    def draw(self, plan: Scenario, number: int, minute: float, rng: random.Random) -> Order:
        """The ``number``-th job of a recording, which starts at log ``minute``."""
        intent = plan.intent_at(minute, rng.random())
        name = rng.choice(self._universe.projects).name
        command = rng.choices([row[0] for row in MIX], [row[1] for row in MIX])[0]
        if intent == "bad_module":
            name, command = BAD, rng.choice(("download", "download-x", "tidy"))
        elif intent == "user_error":
            path, version = rng.choice(list(self._universe.versions))
            command = f"get {path}@{version.split('.')[0]}.99.{rng.randint(0, 9)}"
        summed = command == "build" or intent != "normal" or rng.random() >= plan.unsummed
        pool = rng.randrange(plan.pools) if plan.pools > 1 else 0
        return Order(number, self._folders[name], command, intent, pool, summed)


def prepare(home: Path, seed: int, size: tuple[int, int], private: PrivateModule | None) -> Workplace:
    """Write the universe of ``size`` (modules, projects) below ``home``; most projects need ``private``, if given."""
    universe = generate(seed, *size)
    write_proxy(universe, home / "proxy")
    write_sumdb(universe, home / "proxy")
    rng = random.Random(seed)
    folders: dict[str, Path] = {}
    for project in universe.projects:
        folder = folders[project.name] = home / "projects" / project.name
        if private is None or rng.random() > PRIVATE_SHARE:
            write_project(universe, project, folder)
            continue
        write_project(universe, project, folder, {private.path: VERSION})
        sums = [*(folder / "go.sum").read_text().splitlines(), *private.sums]
        (folder / "go.sum").write_text("".join(f"{line}\n" for line in sorted(sums)))
    bad = Project(BAD, universe.projects[0].direct, universe.projects[0].selected)
    folders[BAD] = home / "projects" / BAD
    write_project(universe, bad, folders[BAD], {GONE: "v1.4.2"})
    return Workplace(universe, folders)
