"""The whole judge on a small model and small data, as the command runs it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from predictor.cli import main
from predictor.errors import InputError
from predictor.features import FEATURES, FEATURES_VERSION
from predictor.forecast.artifact import Artifact, Knots, Manifest, Scaler, shapes, write_artifact
from predictor.forecast.lstm import LstmForecaster
from tests.training.judge.histories import history
from training.dataset.records import Dataset
from training.judge.comparison import Ground, check, load_tests
from training.judge.lstm import Network, OneStep

WIDTH = len(FEATURES)


def data(first: int, count: int, world: str = "simulation") -> Dataset:
    """Histories of noise; the failing share rises before every outage."""
    records = []
    for k in range(first, first + count):
        record = history(f"s{k}", 300 - k % 3, [(150, 170)] if k % 2 else [], seed=k)
        inputs = np.random.default_rng(k).normal(-6, 0.3, (len(record.ends), WIDTH)).astype(np.float32)
        inputs[135:170, :4] += 5.0 * (k % 2)
        records.append(replace(record, inputs=inputs, world=world))
    return Dataset(tuple(FEATURES), tuple(records))


def artifact() -> Artifact:
    """A network with random weights."""
    ends = Knots(x=(-16.0, 16.0), y=(-16.0, 16.0))
    manifest = Manifest(
        name="small",
        version="1",
        features=tuple(FEATURES),
        features_version=FEATURES_VERSION,
        scaler=Scaler(mean=(-6.0,) * WIDTH, std=(1.0,) * WIDTH, clip=8.0),
        layers=1,
        hidden=3,
        members=2,
        calibrator=(ends,) * 3,
        thresholds=(0.5, 0.6, 0.7),
        base_rate=(0.01, 0.02, 0.03),
    )
    rng = np.random.default_rng(0)
    return Artifact(
        manifest, {name: rng.normal(0, 0.3, shape).astype("f4") for name, shape in shapes(manifest).items()}
    )


def test_the_network_side_by_side_says_what_it_says_alone() -> None:
    """Series of unequal length, each fed bin by bin to a model of its own."""
    made, records = artifact(), data(0, 4).records

    found = Network(made).horizons(records)

    for record, risks in zip(records, found, strict=True):
        alone = LstmForecaster(made)
        wanted = np.concatenate([alone.step([("v", "u")], row[None])[0] for row in record.inputs])
        np.testing.assert_allclose(risks, wanted, atol=1e-6)


def test_the_cut_network_forgets() -> None:
    """It agrees with the whole one on the first bin alone."""
    made, records = artifact(), data(0, 2).records

    for cut, risks in zip(OneStep(made).risks(records), Network(made).horizons(records), strict=True):
        whole = risks[:, 1]
        assert cut[0] == pytest.approx(whole[0], abs=1e-6)
        assert np.abs(cut[1:] - whole[1:]).max() > 1e-4


@pytest.mark.parametrize(
    ("test", "said"),
    [
        (data(0, 1), "was trained or validated on"),
        (Dataset(tuple(FEATURES), ()), "no series"),
        (Dataset(("x",), data(9, 1).records), "other features"),
    ],
)
def test_a_test_that_cannot_be_fair_is_refused(test: Dataset, said: str) -> None:
    with pytest.raises(InputError, match=said):
        check({"t": test}, data(0, 2), data(2, 2))


def test_worlds_in_one_folder_are_kept_apart(tmp_path: Path) -> None:
    both = data(0, 2)
    both.pick([*both, *data(2, 2, "recordings")]).save(tmp_path / "mixed")

    assert set(load_tests([tmp_path / "mixed"])) == {"mixed, simulation", "mixed, recordings"}


def test_two_folders_of_one_name_are_refused(tmp_path: Path) -> None:
    for place in ("a", "b"):
        data(0, 1).save(tmp_path / place / "same")

    with pytest.raises(InputError, match="same folder name"):
        load_tests([tmp_path / "a" / "same", tmp_path / "b" / "same"])


def test_the_command_judges_every_method_on_every_world(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = {"train": data(0, 12), "valid": data(12, 12), "one": data(24, 6), "two": data(30, 6, "recordings")}
    for name, part in folders.items():
        part.save(tmp_path / name)
    made = artifact()
    write_artifact(tmp_path / "small" / "1", made.weights, made.manifest)
    where = {name: str(tmp_path / name) for name in (*folders, "out")}

    args = ["evaluate", where["one"], where["two"], "--train", where["train"], "--validation", where["valid"]]
    with pytest.raises(SystemExit) as left:
        main([*args, "--model", str(tmp_path / "small" / "1"), "--out", where["out"]])

    assert left.value.code == 0
    told = json.loads((tmp_path / "out" / "metrics.json").read_text(), parse_constant=pytest.fail)
    assert {world: len(each["methods"]) for world, each in told["worlds"].items()} == {"one": 11, "two": 11}
    assert told["worlds"]["one"]["methods"]["gradient boosting"]["pr_auc"] > 0.5
    assert "a simpler model wins" in capsys.readouterr().out
    assert "a simpler model wins" in (tmp_path / "out" / "report.html").read_text()


def test_skill_is_against_the_same_world_where_validation_has_it() -> None:
    """Outages are rarer in one world than in another: to say so is no skill."""
    often, never = data(0, 4), data(10, 1, "calm")
    seldom = never.pick([replace(record, labels=np.zeros_like(record.labels)) for record in never])
    ground = Ground(often, Dataset(often.features, (*often, *seldom)), {})

    assert ground.climatology(seldom).tolist() == [0, 0, 0]
    assert ground.climatology(often) == pytest.approx(often.sequences().base_rate())
    assert (ground.climatology(data(20, 1, "unknown")) < ground.climatology(often)).all()
