"""``fetchcast evaluate --hold-out`` on a small model and small data, the whole line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from predictor.cli import main
from tests.training.test_refit import SETTINGS, part
from training import ship


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Datasets of three parts, and a model that was fitted on the first."""
    root = tmp_path_factory.mktemp("whole")
    parts = {name: part(name, week, 3) for week, name in enumerate(("train", "valid", "test"))}
    for name, data in parts.items():
        data.save(root / name)
    plan = ship.Plan(SETTINGS, baselines=False)
    made = ship.train(ship.Parts(parts["train"], parts["valid"], {"test": parts["test"]}), plan)
    ship.write(root / "small" / "1", made, {"datasets": []})
    return root


def run(place: Path, *args: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["evaluate", *args, "--train", str(place / "train"), "--out", str(place / "small" / "1")])
    return int(left.value.code or 0)


def test_a_model_gets_what_was_held_out_into_its_figures_and_its_card(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = place / "small" / "1"
    before = json.loads((folder / "metrics.json").read_text())

    data = [str(place / "test"), "--validation", str(place / "valid")]
    code = run(place, *data, "--hold-out", "kinds")

    after = json.loads((folder / "metrics.json").read_text(), parse_constant=pytest.fail)
    assert code == 0
    assert {name: after[name] for name in before} == before
    assert set(after["held_out"]["kinds"]["worlds"]["test"]["folds"]) == {"5xx", "429", "reset or truncated"}
    assert "## Figures on kinds that the model was never shown" in (folder / "MODEL_CARD.md").read_text()
    assert "kinds held out in turn" in capsys.readouterr().out
    assert not (folder / "folds.unfinished").exists()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["test", "--validation", "valid"], "say --hold-out"),
        (["--validation", "valid", "--hold-out", "kinds"], "nothing to judge on"),
        (["train", "--validation", "valid", "--hold-out", "kinds"], "was trained or validated on"),
        (["test", "--validation", "valid", "--hold-out", "upstreams"], "no group of upstreams can be held out"),
    ],
)
def test_what_cannot_be_judged_is_refused(
    place: Path, capsys: pytest.CaptureFixture[str], args: list[str], said: str
) -> None:
    code = run(place, *[str(place / each) if (place / each).is_dir() else each for each in args])

    assert code == 2
    assert said in capsys.readouterr().err
