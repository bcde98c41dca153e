"""What people read of a hold-out: the same figures on the terminal, in the card and in the report."""

from __future__ import annotations

import json
from typing import Any

import pytest

from training.judge.comparison import plain
from training.judge.holdout import KEPT, Tally, kept
from training.judge.holdout_report import markdown, plot, section, terminal
from training.judge.verdict import held_out, verdict


def fold(tallies: list[Tally], outages: int) -> dict[str, Any]:
    side = {"threshold": 0.2, "recall_all": 0.5, "pr_auc": 0.4321}
    return {**kept(tallies), "histories": len(tallies), "outages": outages, "seen": side, "held_out": side}


def result(lost: int) -> dict[str, Any]:
    """Twenty histories of one kind, of which ``lost`` are not foreseen without it; a kind of hard cuts alone."""
    tallies = [Tally(f"h{k}", 1, 1, int(k >= lost)) for k in range(20)]
    cuts = [Tally("cut", 0, 0, 0)]
    folds = {"5xx <b>": fold(tallies, 25), "disk": fold(cuts, 1)}
    return {
        "by": "kinds",
        "least_kept": KEPT,
        "fit": {"members": 1, "epochs": 3, "seed": 0},
        "left_out": {"no test shows it": [f"u{k}" for k in range(9)]},
        "worlds": {"unseen": {"pooled": kept([*tallies, *cuts]), "folds": folds}},
    }


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        (0, "1.00 of the recall of degrading outages is kept (95 % interval 1.00 to 1.00; 20 against 20 of 20"),
        (0, "loses at most a third."),
        (6, "loses at most a third, which the interval leaves open."),
        (8, "loses more than a third, which the interval leaves open."),
        (17, "loses more than a third."),
    ],
)
def test_the_verdict_says_whether_too_much_is_lost_and_how_sure_that_is(lost: int, said: str) -> None:
    (line,) = verdict({"model": "LSTM", "worlds": {}, "held_out": {"kinds": result(lost)}})

    assert line.startswith("unseen, kinds held out in turn: ")
    assert said in line


def test_without_a_foreseen_outage_nothing_is_claimed() -> None:
    said = held_out("w", kept([Tally("a", 3, 0, 0)]), KEPT)

    assert "none could be lost" in said


@pytest.mark.parametrize("show", [terminal, markdown, lambda found: [section("kinds", found)]])
def test_everybody_shows_every_fold_and_all_of_them(show: Any) -> None:
    said = "\n".join(show(result(6)))

    assert said.count("0.70") >= 2
    assert all(name in said for name in ("disk", "all of them", "0.432", "u5 and 3 more"))
    assert "nan" not in said


def test_figures_are_the_same_after_json() -> None:
    told = json.loads(json.dumps(plain(result(6)), allow_nan=False))

    assert terminal(told) == terminal(result(6))
    assert markdown(told) == markdown(result(6))


def test_the_section_is_escaped_and_has_its_plot() -> None:
    said = section("kinds", result(6))

    assert "5xx &lt;b&gt;" in said
    assert "<b>" not in said
    assert said.count("<svg") == 1


def test_there_is_no_plot_of_hard_cuts_alone() -> None:
    cuts = [Tally("cut", 0, 0, 0)]

    assert not plot({"pooled": kept(cuts), "folds": {"disk": fold(cuts, 1)}})
