"""The whole backtest on histories with a known mechanism: it finds a clock, and says the base rate to chance."""

from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from typer import Typer
from typer.main import get_command

from training.commands.backtest import backtest as command
from training.public.backtest import BEST, SETS, SETTINGS, _Choice, _final, _select, backtest, stages
from training.public.inputs import Inputs, build
from training.public.segments import MOST, ROWS, Segments
from training.public.task import Arrays, from_arrays, labels
from training.public.validate import Verdict, folds

QUICK = replace(SETTINGS, hidden=4, epochs=2, members=1)


def truth(arrays: Arrays, onsets_every_day: list[int]) -> np.ndarray:
    """Whether an incident of a daily series starts in (t, t + horizon], for every test row in order."""
    split, horizon = int(arrays["split"][0]), int(arrays["horizon"])
    rows = np.asarray(arrays["t0"])[np.asarray(arrays["t0"]) >= split]
    return np.concatenate([((at - rows % 86400) > 0) & ((at - rows % 86400) <= horizon) for at in onsets_every_day])


def test_a_daily_incident_is_forecast_after_the_labels_end(clockwork: Arrays) -> None:
    """Risks before the daily time are high, elsewhere low, and the Brier skill is good."""
    answer = backtest(from_arrays(clockwork), settings=QUICK)

    hit = truth(clockwork, [10_000, 31_000, 52_000, 73_000])
    assert answer.report["said"] == "model"
    assert answer.p[hit].mean() > 0.5
    assert answer.p[~hit].mean() < 0.02


def test_the_best_sets_are_said_and_none_of_them_twice(clockwork: Arrays) -> None:
    """The report names as many different input sets as are averaged, each with its penalty and epochs."""
    report = backtest(from_arrays(clockwork), settings=QUICK).report

    said = str(report["inputs"]).split("; ")
    assert len(said) == len(set(said)) == BEST
    assert set(said) <= set(SETS)
    assert all(len(str(report[name]).split("; ")) == BEST for name in ("decay", "epochs"))


def test_sets_with_the_same_inputs_count_as_one(chance: Arrays, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second name for the same inputs neither competes nor is averaged."""
    monkeypatch.setattr("training.public.backtest.SETS", {"one": r"x_", "again": r"x_.*"})

    report = backtest(from_arrays(chance), settings=QUICK).report

    assert report["inputs"] == "one"


@pytest.mark.parametrize("name", ["clockwork", "chance"])
def test_sets_leave_out_what_they_say(name: str, request: pytest.FixtureRequest) -> None:
    """Measurements and mates are found in the inputs by name, whether or not incidents can be observed."""
    task = from_arrays(request.getfixturevalue(name))
    view = build(task, task.split)

    left = {key: set(_select(view, key).names) for key in SETS}

    measured = {"x_1", "x_2"} if task.observed else {"surprise", "top_max5m"}
    assert left["all"] == set(view.names)
    assert left["all"] - left["without measurements"] >= measured
    gone = left["without measurements"] - left["without measurements and mates"]
    assert gone == {feature for feature in view.names if "mates" in feature} != set()


def test_a_set_keeps_names_and_values_together() -> None:
    """The column under a name is the one that was under it before."""
    view = Inputs(("x_1", "own_down", "mates_down"), np.arange(6, dtype=np.float32).reshape(1, 2, 3))

    found = _select(view, "without measurements and mates")

    assert found.names == ("own_down",)
    assert found.values[0, :, 0].tolist() == [1, 4]


def test_chance_is_answered_with_the_base_rate(chance: Arrays) -> None:
    """Where nothing can be forecast one number is said, and it is the training share."""
    task = from_arrays(chance)

    answer = backtest(task, settings=QUICK)

    assert answer.report["said"] == "base rate"
    assert np.ptp(answer.p) == 0
    assert answer.p[0] == pytest.approx(np.nanmean(labels(task, task.split)[:, :, 1]), rel=0.02)


def test_no_incident_at_all_is_answered(make_history) -> None:
    """A history without a training incident gets a small constant, not an error."""
    answer = backtest(from_arrays(make_history([np.array([]), np.array([])], 4, observed=True)), settings=QUICK)

    assert 0 < answer.p[0] < 0.001
    assert np.ptp(answer.p) == 0


@pytest.mark.parametrize("observed", [False, True])
@pytest.mark.parametrize("days", [6.3, 8.1])
def test_answers_do_not_change_when_the_future_is_cut_off(make_history, days: float, observed: bool) -> None:
    """Forecasts up to a cut in the test part are the same without what came later, soon after the split too."""
    full = make_history([np.arange(10) * 86400 + at for at in (10_000, 31_000, 52_000)], 10, observed=observed)
    cut = dict(full)
    for i in range(3):
        keep = full[f"t{i}"] <= int(days * 86400)
        cut[f"t{i}"], cut[f"X{i}"] = full[f"t{i}"][keep], full[f"X{i}"][keep]

    whole, short = (backtest(from_arrays(arrays), settings=QUICK) for arrays in (full, cut))

    later = {(s, t): p for s, t, p in zip(whole.s, whole.t, whole.p, strict=True)}
    assert whole.report["said"] == "model"
    assert len(short.p) < len(whole.p)
    assert max(abs(later[s, t] - p) for s, t, p in zip(short.s, short.t, short.p, strict=True)) < 1e-6


def test_what_is_seen_after_the_split_is_learned_from(make_history) -> None:
    """Incidents that start to come every day at noon when the training part is over are foreseen in the end."""
    noon, chance = np.arange(6, 12) * 86400 + 43_200, np.random.default_rng(3).integers(0, 6 * 86400, 40)
    task = from_arrays(make_history([np.sort(np.r_[chance, noon])] * 4, 12, observed=True, share=0.5))
    tuned = replace(SETTINGS, epochs=0, members=1)
    choice = _Choice("all", 1e-3, Verdict(0.0, 0.0, 0.0))

    risk = _final(task, build(task, task.split), tuned, choice)

    day, second = np.divmod(task.seconds, 86400)
    ahead = (second >= 43_200 - task.horizon) & (second < 43_200)
    assert risk[:, ahead & (day == 11)].mean() > 3 * risk[:, ahead & (day == 6)].mean()


def test_every_test_row_is_forecast_once_from_what_was_known(chance: Arrays) -> None:
    task = from_arrays(chance)

    parts = list(stages(task))

    assert (sum(rows.astype(int) for _, rows in parts) == (task.have & (task.seconds >= task.split[:, None]))).all()
    for known, rows in parts:
        assert task.seconds[np.isfinite(known).any(axis=(0, 2))].max() < task.seconds[rows.any(axis=0)].min()
    counts = [int(np.nansum(known[:, :, 1])) for known, _ in parts]
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]


def test_what_cannot_be_observed_is_fitted_once(make_history) -> None:
    task = from_arrays(make_history([np.arange(10) * 86400.0], 10, observed=False))

    assert len(list(stages(task))) == 1


def test_a_fold_judges_only_what_came_after_it(chance: Arrays) -> None:
    """No label is both fitted and judged, and the horizon lies between them."""
    task = from_arrays(chance)

    for part in folds(task):
        fitted, judged = np.isfinite(part.fitted).any(axis=(0, 2)), np.isfinite(part.judged).any(axis=(0, 2))
        assert task.seconds[fitted].max() + task.horizons[0] < part.until[0] <= task.seconds[judged].min()


def test_segments_cover_every_row_once() -> None:
    """Joined blocks give back the grid, and warm-up rows are not judged twice."""
    cut, grid = Segments.of(2, 2 * ROWS + 17, 300), np.arange(2 * (2 * ROWS + 17), dtype=float).reshape(2, -1)

    blocks = [grid[i, begin:stop, None] for i, begin, _, stop in cut.cuts]

    assert np.array_equal(cut.join(blocks, grid.shape)[:, :, 0], grid)


def test_the_command_writes_times_series_and_risks(chance: Arrays, tmp_path) -> None:
    """A file with one answer per test row, and the report on standard output."""
    np.savez(tmp_path / "input.npz", **chance)
    app = Typer()
    app.command()(command)

    result = CliRunner().invoke(get_command(app), ["--task", str(tmp_path), "--out", str(tmp_path / "p.npz")])

    with np.load(tmp_path / "p.npz") as answer:
        rows = sum(int((chance[f"t{i}"] >= chance["split"][i]).sum()) for i in range(6))
        assert len(answer["t"]) == len(answer["s"]) == len(answer["p"]) == rows
    assert '"said": "base rate"' in result.stdout


def test_thinned_segments_stand_for_all_of_their_kind() -> None:
    """Weights of quiet and of loud segments sum to their numbers, and neither exceeds its cap."""
    loud = np.random.default_rng(3).random(3000) < 0.3

    weights = Segments._thinned(loud)

    assert weights[loud].sum() == pytest.approx(loud.sum(), rel=1e-5)
    assert weights[~loud].sum() == pytest.approx((~loud).sum(), rel=1e-5)
    assert np.count_nonzero(weights[loud]) == np.count_nonzero(weights[~loud]) == MOST
