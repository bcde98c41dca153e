"""The parts of the demo."""

from __future__ import annotations

import gzip
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
import zstandard

from predictor.errors import FetchcastError
from predictor.http import Outbound
from predictor.remedies import gosum
from predictor.remedies.warm_store import WarmStore
from serve.demo import modules, recording
from serve.demo.curve import HEIGHT, plot
from serve.demo.listeners import module_upstream
from serve.demo.recording import cut
from serve.demo.service import Service
from tests.predictor.archives.made import tarred
from tests.serve.handmade import START, minute


def test_the_curve_has_the_height_of_the_risk_and_marks_below() -> None:
    """Full blocks for a risk of one, none for zero."""
    lines = plot([0.0, 1.0, 0.5], [0.0, 60.0, 120.0], {"W": 60.0}).splitlines()
    columns = [[line[6 + i] for line in lines[:HEIGHT]] for i in range(3)]

    assert [sum(cell != " " for cell in column) for column in columns] == [0, HEIGHT, HEIGHT // 2]
    assert lines[HEIGHT + 1][6:9] == " W "


def test_a_log_is_sent_as_its_lines_appear() -> None:
    """Every line once, in order, none before its minute."""
    data = b"".join(minute(number, requests=5) for number in range(4))

    pieces = list(cut("access.log", data))

    assert b"".join(piece.data for piece in pieces) == data
    assert [piece.time for piece in pieces] == [START + 60 * i + 59 for i in range(4)]
    assert [piece.final for piece in pieces] == [False, False, False, True]


def test_the_pieces_of_a_job_carry_its_id() -> None:
    """So that they are one build."""
    pieces = list(cut("ci/job-7.log", minute(0, requests=5)))

    assert [(piece.job, piece.final) for piece in pieces] == [("job-7", True)]


def test_jobs_in_an_archive_are_sent_as_those_in_a_folder(tmp_path: Path) -> None:
    """Older recordings have a folder."""
    texts = {"job-7.log": minute(0, requests=5), "job-8.log": minute(1, requests=5)}
    for layout in ("folder", "archive"):
        (tmp_path / layout / "ci").mkdir(parents=True)
        (tmp_path / layout / "truth.json").write_text('{"name": "x"}')
    for name, text in texts.items():
        (tmp_path / "folder" / "ci" / f"{name}.gz").write_bytes(gzip.compress(text))
    (tmp_path / "archive" / "ci.tar.zst").write_bytes(zstandard.compress(tarred(texts)))

    assert recording.load(tmp_path / "archive") == recording.load(tmp_path / "folder")
    assert [piece.source for piece in recording.load(tmp_path / "archive").pieces] == ["ci/job-7.log", "ci/job-8.log"]


def test_the_packaged_recording_is_a_degrading_one_with_an_outage() -> None:
    """Else there would be nothing to show."""
    history = recording.load(recording.folder())

    assert history.truth["degrading"] is True
    assert history.pieces[0].time < history.truth["outage_start"] < history.pieces[-1].time
    assert {piece.source.split("/")[0] for piece in history.pieces} >= {"ci", "access.json.log"}


def test_the_demo_modules_warm_completely(tmp_path: Path) -> None:
    """Hashes in the project's go.sum fit what the upstream serves."""
    modules.publish(tmp_path / "upstream")
    project = modules.project(tmp_path / "project", tmp_path / "upstream")
    upstream = module_upstream(tmp_path / "upstream")
    store = WarmStore(tmp_path / "warm", Outbound(timeout_s=5, allow_hosts=["127.0.0.1"]))

    report = store.warm(gosum.read(project / "go.sum"), upstream.url)
    upstream.kill()

    assert (report.fetched, report.failed) == (len(modules.NAMES), {})


@pytest.mark.parametrize("name", modules.NAMES)
def test_a_module_zip_has_the_layout_that_go_demands(name: str) -> None:
    """Every file below module@version."""
    with zipfile.ZipFile(BytesIO(modules.archive(name))) as archive:
        names = archive.namelist()

    assert all(entry.startswith(f"{modules.path_of(name)}@{modules.VERSION}/") for entry in names)


def test_a_service_that_does_not_start_says_why(tmp_path: Path) -> None:
    config = tmp_path / "bad.toml"
    config.write_text("nonsense = 1\n")

    with pytest.raises(FetchcastError, match=r"did not start: .*nonsense"):
        Service(config, tmp_path / "service.log", "secret")
