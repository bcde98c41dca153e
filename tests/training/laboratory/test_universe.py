"""The universe is one that the real go command accepts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from training.laboratory.jobs import go_environment
from training.laboratory.real_parts import LaboratoryError, find_tools
from training.laboratory.universe import Universe, generate, select, write_project, write_proxy


@pytest.fixture(scope="module")
def universe() -> Universe:
    """Small, but with every spelling of a path."""
    return generate(5, modules=60, projects=4, sizes=(6, 20))


def test_the_same_seed_gives_the_same_universe(universe: Universe) -> None:
    """Recordings can be made again."""
    again = generate(5, modules=60, projects=4, sizes=(6, 20))

    assert again.versions == universe.versions
    assert again.projects == universe.projects


@pytest.mark.parametrize("part", ["/v", "gopkg.in/", "github.com/Fernway"])
def test_the_universe_has_paths_that_trip_proxies_up(universe: Universe, part: str) -> None:
    """Major versions, gopkg.in and upper case."""
    assert any(part in path for path, _ in universe.versions)


def test_some_versions_are_pseudo_versions() -> None:
    """Commits without a tag are common in go.mod files."""
    assert any(version.startswith("v0.0.0-") for _, version in generate(1).versions)


def test_a_build_list_is_closed_and_minimal(universe: Universe) -> None:
    """Every requirement of a selected version is met, and every version is asked for by someone."""
    for project in universe.projects:
        asked = {(path, project.selected[path]) for path in project.direct}
        for path, version in project.selected.items():
            for name, wanted in universe.versions[path, version].requires.items():
                versions = universe.of(name)
                asked.add((name, wanted))
                assert versions.index(project.selected[name]) >= versions.index(wanted)
        assert set(project.selected.items()) <= asked


def test_selection_takes_the_highest_version(universe: Universe) -> None:
    """Minimal version selection over one requirement of its own."""
    path, version = next(key for key, module in universe.versions.items() if module.requires)
    order = {name: universe.of(name) for name, _ in universe.versions}

    chosen = select(order, universe.versions, {path: version})

    assert chosen == {path: version, **universe.versions[path, version].requires}


@pytest.mark.real("go")
def test_real_go_verifies_builds_and_tidies_a_project(universe: Universe, tmp_path: Path) -> None:
    """Zips, hashes, graphs and go.sum are right: no checksum database is asked, and tidy changes nothing."""
    try:
        go = find_tools().go
    except LaboratoryError as error:
        pytest.skip(str(error))
    write_proxy(universe, tmp_path / "proxy")
    folder = tmp_path / "project"
    write_project(universe, universe.projects[0], folder)
    before = (folder / "go.mod").read_text() + (folder / "go.sum").read_text()
    environment = go_environment(go, tmp_path, f"file://{tmp_path}/proxy", tmp_path / "mod")

    for argv in (("mod", "download"), ("mod", "verify"), ("build", "./..."), ("mod", "tidy")):
        done = subprocess.run(
            [str(go), *argv], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert (argv, done.returncode, done.stderr * bool(done.returncode)) == (argv, 0, "")
    assert (folder / "go.mod").read_text() + (folder / "go.sum").read_text() == before
