"""One model class on any public history: choose by time inside the training part, fit on all of it, forecast.

Linear hazard models of a few input sets and penalties are compared on held-back stretches; the best is where
hazard LSTMs start, which stop where the held-back stretches stop gaining (that may be at once). The forecasts
of the held-back stretches calibrate the final fit, and decide whether it says more than the base rate at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from training.calibrate import Knots, logit, platt
from training.fit import FitSettings, fit
from training.fitted import FittedModel
from training.lanes import Lanes
from training.linear import linear_start
from training.public.inputs import Inputs, build, fixed
from training.public.segments import Segments
from training.public.task import PublicTask, labels
from training.public.validate import Double, Fold, Verdict, constant_rate, folds, verdict
from training.sequences import Scaler

HEAD = 1  # the horizon that is asked for, among task.horizons
#: Input sets that compete: pattern of what is left out.
SETS = {"all": r"$^", "without measurements": r"x_|(surprise|top|mean|wide|jump)(_max|$)"}
DECAYS = (1e-3, 3e-3, 1e-2)
#: Standard errors of gain over the base rate below which the base rate is said. Fits to chance lose, so that they
#: stay below 0.1 here (docs/public-history.md); a real signal in a handful of series gives 2 to 3.
SURE = 1.3
SETTINGS = FitSettings(
    hidden=16,
    members=2,
    epochs=18,
    patience=4,
    chunk=120,
    dropout=0.3,
    weight_decay=1e-2,
    averaging=0.95,
    device="cpu",  # a GPU would sum in another order from run to run
)
MEMBERS = 4


@dataclass(frozen=True)
class Answer:
    """Forecasts for every test row: seconds, series index, probability, and how they came about."""

    t: npt.NDArray[np.int64]
    s: npt.NDArray[np.int64]
    p: Double
    report: dict[str, float | int | str]


@dataclass(frozen=True)
class _Choice:
    inputs: str
    decay: float
    verdict: Verdict


def backtest(
    task: PublicTask, tell: Callable[[str], None] = lambda _: None, settings: FitSettings = SETTINGS
) -> Answer:
    """Forecast the test part from the training part. The same input gives the same answer on one machine.

    Args:
        task: the history.
        tell: called with a line of text after each step.
        settings: how networks are fitted; epochs are the most that validation may choose.
    """
    ready, parts = fixed(task), list(folds(task))
    final = labels(task, task.split)
    base = constant_rate(final, HEAD)
    if not all(np.nansum(part.fitted[:, :, HEAD]) > 0 for part in parts):
        tell("too few incidents to judge anything by: the base rate is said")
        return _answer(task, np.full(task.have.shape, base), {"said": "base rate", "base_rate": base})
    # What can be observed needs no labels: all folds then see the same inputs, and one copy is enough.
    seen = [build(task, part.until, ready) for part in (parts[:1] if task.observed else parts)]
    views = seen * len(parts) if task.observed else seen
    choice = _linear(task, views, parts, tell)
    epochs, risks, found = _recurrent(task, views, parts, replace(settings, wide_decay=choice.decay), choice, tell)
    report: dict[str, float | int | str] = {
        "inputs": choice.inputs,
        "decay": choice.decay,
        "epochs": epochs,
        "base_rate": base,
        "held_back_skill": found.skill,
        "held_back_strength": found.strength,
        "said": "model" if found.strength >= SURE else "base rate",
    }
    if found.strength < SURE:
        return _answer(task, np.full(task.have.shape, base), report)
    knots = _knots(task, risks, parts)
    settings = replace(settings, epochs=epochs, wide_decay=choice.decay, members=MEMBERS if epochs else 1)
    tell(f"final fit: {settings.members} members, {epochs} epochs")
    view = _select(build(task, task.split, ready), choice.inputs)
    model = fit(_segments(task).sequences(view, final, thin=True), settings)
    test = task.have & (task.seconds[None, :] >= task.split[:, None])
    return _answer(task, knots.apply(_risk(model, view, _segments(task).touching(test))[:, :, HEAD]), report)


def _linear(task: PublicTask, views: list[Inputs], parts: list[Fold], tell: Callable[[str], None]) -> _Choice:
    """The input set and penalty whose linear hazard model has the least loss on the held-back stretches."""
    best: _Choice | None = None
    sets = {name: [_select(view, name) for view in views] for name in SETS}
    for name, chosen in sets.items():
        for decay in DECAYS:
            risk = [_linear_risk(task, view, part, decay) for view, part in zip(chosen, parts, strict=True)]
            found = verdict(task, risk, parts, HEAD)
            tell(f"linear, {name}, penalty {decay:g}: skill {found.skill:+.4f} ({found.strength:.1f} errors)")
            if best is None or found.log_loss < best.verdict.log_loss:
                best = _Choice(name, decay, found)
    assert best is not None  # noqa: S101 - SETS and DECAYS are not empty
    return best


def _linear_risk(task: PublicTask, view: Inputs, part: Fold, decay: float) -> Double:
    """Risks (N, G) of the linear hazard model of a fold, NaN where nothing is judged."""
    train = _segments(task).sequences(view, part.fitted, thin=True)
    scaler = Scaler.fit(train.inputs)
    weight, bias = (array.numpy().astype(np.float64) for array in linear_start(Lanes.of(train, scaler), decay))
    rows = np.isfinite(part.judged[:, :, HEAD])
    logits = scaler.apply(view.values[rows]) @ weight.T + bias
    risk = np.full(rows.shape, np.nan)
    risk[rows] = -np.expm1(-np.logaddexp(0, logits)[:, : HEAD + 1].sum(axis=1))
    return risk


def _recurrent(
    task: PublicTask,
    views: list[Inputs],
    parts: list[Fold],
    settings: FitSettings,
    choice: _Choice,
    tell: Callable[[str], None],
) -> tuple[int, list[Double], Verdict]:
    """(epochs, risks (N, G) per fold, verdict) of LSTMs that start at the chosen linear model."""
    risks, epochs = [], []
    for view, part in zip(views, parts, strict=True):
        risk, best = _fold(task, _select(view, choice.inputs), part, settings)
        risks.append(risk[:, :, HEAD])
        epochs.append(best)
    found = verdict(task, risks, parts, HEAD)
    tell(f"LSTM, best after {epochs} epochs: skill {found.skill:+.4f} ({found.strength:.1f} errors)")
    return round(float(np.mean(epochs))), risks, found


def _fold(task: PublicTask, view: Inputs, part: Fold, settings: FitSettings) -> tuple[Double, float]:
    """(risks (N, G, K), epochs of the best weights): fitted on a fold, stopped by what it is judged on."""
    cut = _segments(task)
    validation = cut.sequences(view, part.judged, thin=True)
    model = fit(cut.sequences(view, part.fitted, thin=True), settings, validation=validation)
    best = [
        int(np.argmin([entry["valid"] for entry in model.history if entry["member"] == member]))
        for member in range(settings.members)
    ]
    return _risk(model, view, cut.touching(np.isfinite(part.judged[:, :, HEAD]))), float(np.mean(best))


def _risk(model: FittedModel, view: Inputs, cut: Segments) -> Double:
    """Risks (N, G, K), NaN outside the segments."""
    return cut.join(model.predict(cut.blocks(view)), (view.values.shape[0], view.values.shape[1]))


def _knots(task: PublicTask, risks: list[Double], parts: list[Fold]) -> Knots:
    """Platt's line of the held-back forecasts; rows before one incident count as one."""
    known = [np.isfinite(part.judged[:, :, HEAD]) for part in parts]
    x = logit(np.concatenate([risk[rows] for risk, rows in zip(risks, known, strict=True)]))
    y = np.concatenate([part.judged[:, :, HEAD][rows] for part, rows in zip(parts, known, strict=True)])
    return platt(x, y.astype(np.float64), prior=40.0 * task.horizon / task.step)


def _segments(task: PublicTask) -> Segments:
    return Segments.of(len(task.ids), task.have.shape[1], task.step)


def _select(view: Inputs, name: str) -> Inputs:
    keep = [k for k, feature in enumerate(view.names) if not re.match(SETS[name], feature)]
    return Inputs(tuple(view.names[k] for k in keep), view.values[:, :, keep])


def _answer(task: PublicTask, risk: Double, report: dict[str, float | int | str]) -> Answer:
    """The test rows as they were given."""
    t, s, p = [], [], []
    for i, times in enumerate(task.times):
        test = times >= task.split[i]
        t.append(times[test])
        s.append(np.full(int(test.sum()), i, dtype=np.int64))
        p.append(risk[i, task.rows(i)[test]])
    return Answer(np.concatenate(t), np.concatenate(s), np.clip(np.concatenate(p), 0.0, 1.0), report)
