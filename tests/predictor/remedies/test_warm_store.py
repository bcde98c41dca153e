"""Nothing unverified is ever published, and what is published serves a real go command."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from predictor.errors import InputError, RemedyError
from predictor.http import Outbound
from predictor.remedies import gosum
from predictor.remedies.gosum import GoSum, Module
from predictor.remedies.rehearsal import rehearse
from predictor.remedies.warm_store import WarmStore
from tests.conftest import Listener
from tests.predictor.remedies.modules import VERSION, files_of, project

PATHS = ["example.test/Upper/lib", "example.test/beta"]


@pytest.fixture
def store(tmp_path: Path) -> WarmStore:
    return WarmStore(tmp_path / "warm", Outbound(timeout_s=5, allow_hosts=["127.0.0.1"]), workers=2)


@pytest.fixture
def wanted(tmp_path: Path, listener: Listener) -> GoSum:
    """What a project of two modules demands; the listener serves it."""
    for path in PATHS:
        listener.files |= files_of(path)
    return gosum.read(project(tmp_path / "app", PATHS) / "go.sum")


def test_everything_that_go_sum_demands_is_fetched_once(store: WarmStore, wanted: GoSum, listener: Listener) -> None:
    """A second warming keeps what is there."""
    first = store.warm(wanted, listener.url)
    second = store.warm(wanted, listener.url)

    assert (first.fetched, first.failed, second.fetched, second.kept) == (2, {}, 0, 2)
    assert store.coverage(wanted).share == 1.0


def test_a_poisoned_zip_is_not_published_and_does_not_stop_the_others(
    store: WarmStore, wanted: GoSum, listener: Listener
) -> None:
    """No list falls through a damaged file, so it must never be there."""
    bad = f"/{gosum.escape(PATHS[0])}/@v/{VERSION}.zip"
    listener.files[bad] = files_of("example.test/other")[f"/example.test/other/@v/{VERSION}.zip"]

    report = store.warm(wanted, listener.url)

    assert list(report.failed) == [f"{PATHS[0]}@{VERSION}"]
    assert store.coverage(wanted).held == 1
    assert not list(store.root.rglob("*upper*/**/*.zip"))


def test_a_truncated_zip_is_not_published(store: WarmStore, wanted: GoSum, listener: Listener) -> None:
    """A body cut short with a matching length looks like success to HTTP."""
    name = f"/{gosum.escape(PATHS[0])}/@v/{VERSION}.zip"
    listener.files[name] = listener.files[name][:100]

    assert "not a good module zip" in store.warm(wanted, listener.url).failed[f"{PATHS[0]}@{VERSION}"]


def test_a_module_without_a_hash_is_refused(store: WarmStore, wanted: GoSum, listener: Listener) -> None:
    """What cannot be verified is not served to builds."""
    report = store.warm(GoSum(wanted.zips, {}), listener.url)

    assert all("cannot be verified" in reason for reason in report.failed.values())


def test_a_path_that_leaves_the_store_is_refused(store: WarmStore) -> None:
    """go.sum is input like any other."""
    evil = Module("../../etc", "v1.0.0")

    with pytest.raises(RemedyError, match="leaves the warm store"):
        store.coverage(GoSum({evil: "h1:x"}, {evil: "h1:x"}))


@pytest.mark.real("go")
def test_the_real_go_command_fetches_from_the_store_alone(
    store: WarmStore, wanted: GoSum, listener: Listener, tmp_path: Path
) -> None:
    """The rehearsal passes on a full store and fails on one that lost a file."""
    store.warm(wanted, listener.url)
    environ = dict(os.environ)

    full = rehearse(tmp_path / "app", store.goproxy, environ=environ)
    next(store.root.rglob("*.zip")).unlink()
    lacking = rehearse(tmp_path / "app", store.goproxy, environ=environ)

    assert (full.ok, lacking.ok) == (True, False)
    assert "no such file" in lacking.detail


@pytest.mark.parametrize(
    ("text", "line"), [("a v1.0.0 h1:x\nbroken\n", 2), ("a v1.0.0 md5:x\n", 1), ("a v1.0.0/go.mod h1:x more\n", 1)]
)
def test_a_malformed_go_sum_is_named_by_line(tmp_path: Path, text: str, line: int) -> None:
    """So that it can be mended."""
    (tmp_path / "go.sum").write_text(text)

    with pytest.raises(InputError) as caught:
        gosum.read(tmp_path / "go.sum")

    assert caught.value.line == line
