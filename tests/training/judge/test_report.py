"""What the report, the card and the terminal say of the same figures."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest

from predictor.forecast.artifact import Manifest, Scaler
from tests.training.judge.histories import history
from training.card import model_card
from training.commands.evaluate import text
from training.judge.comparison import plain
from training.judge.measure import LOGS_COLUMNS, by_horizon, compare_rows, figures, judge, lead_over
from training.judge.report import page
from training.judge.verdict import verdict
from training.simulator.spread import WIDE


def result() -> dict[str, Any]:
    """The LSTM sees every outage, the other one half of them."""
    records = [history(f"s{i}", 400, [(200, 230)], seed=i) for i in range(6)]
    good = [np.where(np.arange(400) // 15 == 12, 0.9, 0.01) for _ in records]
    poor = [risk if i % 2 else np.full(400, 0.01) for i, risk in enumerate(good)]
    own, other = judge(records, good, 0.5), judge(records, poor, 0.5)
    world = {
        "methods": {"LSTM": figures(own, 0.05), "plain <learner>": figures(other, 0.05)},
        "paired": {"plain <learner>": {**compare_rows(own, other), "lead": lead_over(own.histories, other.histories)}},
        "over_burn_rate_alert": {**lead_over(own.histories, other.histories), "false_per_natural_week": 1.0},
        "by_horizon": by_horizon(records, [np.stack([risk] * 3, axis=1) for risk in good], np.full(3, 0.05)),
    }
    return {"model": "LSTM", "false_warnings_allowed": 0.2, "worlds": {"unseen": world}}


def swapped(found: dict[str, Any]) -> dict[str, Any]:
    """The same with the simpler model in front."""
    other = copy.deepcopy(found)
    methods = other["worlds"]["unseen"]["methods"]
    methods["LSTM"], methods["plain <learner>"] = methods["plain <learner>"], methods["LSTM"]
    return other


def card(found: dict[str, Any]) -> str:
    manifest = Manifest(
        name="ours",
        version="1",
        features=("a", "b"),
        features_version=1,
        scaler=Scaler(mean=(0.0, 0.0), std=(1.0, 1.0), clip=8.0),
        layers=1,
        hidden=4,
        members=2,
        calibrator=(),
        thresholds=(0.1, 0.2, 0.3),
        base_rate=(0.01, 0.02, 0.03),
    )
    told = {"rows": {"train": 5, "valid": 3}, "held_out_recordings": [], "seconds": {"fit": 60.0}, "threads": 1}
    return model_card(manifest, plain({**told, **found}))


FOUND = result()


def test_the_verdict_names_the_winner_in_every_world() -> None:
    (said,) = verdict(FOUND)

    assert said.startswith("unseen: on PR-AUC the LSTM wins with ")
    assert "frozen threshold" in said
    assert "the LSTM wins with 1.00 against 0.50 of plain <learner>" in said


@pytest.mark.parametrize("show", [card, page, text])
def test_everybody_says_first_when_a_simpler_model_wins(show: Any) -> None:
    """On both counts, before any table."""
    said = show(swapped(FOUND))
    first = said[: said.index("Recall by kind")] if show is page else said[: said.index("histor")]

    assert first.count("a simpler model wins: plain") == 2
    assert "the LSTM wins" not in said


def test_nobody_says_it_when_none_does() -> None:
    assert all("a simpler model wins" not in show(FOUND) for show in (card, page, text))


def test_a_tie_is_no_win() -> None:
    found = copy.deepcopy(FOUND)
    methods = found["worlds"]["unseen"]["methods"]
    methods["plain <learner>"] = methods["LSTM"]

    (said,) = verdict(found)

    assert said.count("does as well as the LSTM") == 2


def test_a_world_without_an_outage_has_no_winner() -> None:
    found = copy.deepcopy(FOUND)
    records = [history("quiet", 200, [])]
    quiet = figures(judge(records, [np.zeros(200)], 0.5), 0.05)
    found["worlds"]["unseen"]["methods"] = {"LSTM": quiet, "plain <learner>": quiet}

    assert verdict(found) == ["unseen: no outage to forecast; the model gave 0 false warnings."]
    assert "<svg" in page(found)


def test_the_page_is_whole_and_escapes_names() -> None:
    said = page(FOUND)

    assert "plain &lt;learner&gt;" in said
    assert "<learner>" not in said
    assert said.count("<svg") == 2
    assert "src=" not in said


def test_figures_are_the_same_after_json() -> None:
    told = json.loads(json.dumps(plain(FOUND), allow_nan=False))

    assert page(told).count("<tr") == page(FOUND).count("<tr")
    assert verdict(told) == verdict(FOUND)


def test_people_see_what_each_choice_of_logs_is_worth() -> None:
    """In the card and in the page; where all histories kept the same logs there is nothing to compare."""
    found = copy.deepcopy(FOUND)
    one = dict.fromkeys((key for key, *_ in LOGS_COLUMNS), 0.25) | {
        "histories": 7,
        "outages_degrading": 3,
        "outages_hard": 1,
    }
    found["worlds"]["unseen"]["by_logs"] = {"jobs": one, "proxy <only>": one}

    assert "By which logs" not in page(FOUND)
    assert "| jobs | 7 | 3 | 0.25 |" in card(found)
    assert "<td>proxy &lt;only&gt;</td><td>7</td><td>3</td><td>0.25</td>" in page(found)


def test_people_read_what_a_simulated_world_is() -> None:
    """Worlds as the recordings are and worlds that differ further have names that do not say so."""
    found = copy.deepcopy(FOUND)
    found["worlds"]["simulation-wide"] = found["worlds"].pop("unseen")

    assert WIDE.about in card(found)
    assert WIDE.about in page(found)
    assert WIDE.about not in card(FOUND) + page(FOUND)
