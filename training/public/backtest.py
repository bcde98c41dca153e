"""One model class on any public history: choose by time inside the training part, fit on all of it, forecast.

Linear hazard models of a few input sets and penalties are compared on held-back stretches. Hazard LSTMs start at
the best penalty of the two best sets and stop where the held-back stretches stop gaining (that may be at once).
Their mean on the held-back stretches calibrates the final fit, and decides whether it says more than the base rate
at all. Where incidents can be observed the final fit is repeated as they are: what half a day has shown is learned
from on the next.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
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
from training.public.task import Mask, PublicTask, labels
from training.public.validate import Double, Fold, Verdict, constant_rate, folds, verdict
from training.sequences import Scaler

HEAD = 1  # the horizon that is asked for, among task.horizons
MEASURED = r"x_|(surprise|top|mean|wide|jump)(_max|$)"
#: Input sets that compete: pattern of what is left out. What few incidents cannot teach is better not asked.
SETS = {
    "all": r"$^",
    "without measurements": MEASURED,
    "without measurements and mates": MEASURED + r"|mates_|.*_mates$",
}
BEST = 2  # sets whose forecasts are averaged
DECAYS = (1e-3, 3e-3, 1e-2)
#: Standard errors of gain over the base rate below which the base rate is said. Fits to chance lose, so that they
#: stay below 0.1 here (docs/public-history.md); a real signal in a handful of series gives 2 to 3.
SURE = 1.3
SETTINGS = FitSettings(
    hidden=16,
    members=2,  # of each set, on the held-back stretches
    epochs=18,
    patience=4,
    chunk=120,
    dropout=0.3,
    weight_decay=1e-2,
    averaging=0.95,
    device="cpu",  # a GPU would sum in another order from run to run
)
MEMBERS = 4  # of the final ensemble, all sets together
AGAIN_S = 43_200  # a final fit is repeated so often, or after each tenth of the training part where that is longer


@dataclass(frozen=True)
class Answer:
    """Forecasts for every test row: seconds, series index, probability, and how they came about."""

    t: npt.NDArray[np.int64]
    s: npt.NDArray[np.int64]
    p: Double
    report: dict[str, float | int | str]


@dataclass(frozen=True)
class _Choice:
    """An input set with its best penalty; later the epochs and held-back risks (N, G) per fold of its LSTMs."""

    inputs: str
    decay: float
    verdict: Verdict
    epochs: int = 0
    risks: tuple[Double, ...] = ()


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
    choices = [
        _recurrent(task, views, parts, replace(settings, wide_decay=choice.decay), choice)
        for choice in _linear(task, views, parts, tell)
    ]
    risks = [np.mean(np.stack(of_fold), axis=0) for of_fold in zip(*(choice.risks for choice in choices), strict=True)]
    found = verdict(task, risks, parts, HEAD)
    report = _report(choices, found, base, tell)
    if found.strength < SURE:
        return _answer(task, np.full(task.have.shape, base), report)
    view = build(task, task.split, ready)
    settings = replace(settings, members=max(1, MEMBERS // len(choices)))
    raw = np.mean([_final(task, _select(view, choice.inputs), settings, choice) for choice in choices], axis=0)
    return _answer(task, _knots(task, risks, parts).apply(raw), report)


def _report(
    choices: list[_Choice], found: Verdict, base: float, tell: Callable[[str], None]
) -> dict[str, float | int | str]:
    """What was chosen and how the mean of the choices did on the held-back stretches."""
    for choice in choices:
        tell(f"LSTM, {choice.inputs}: {choice.epochs} epochs, skill {choice.verdict.skill:+.4f}")
    tell(f"mean of them: skill {found.skill:+.4f} ({found.strength:.1f} errors)")
    return {
        "inputs": "; ".join(choice.inputs for choice in choices),
        "decay": "; ".join(f"{choice.decay:g}" for choice in choices),
        "epochs": "; ".join(str(choice.epochs) for choice in choices),
        "base_rate": base,
        "held_back_skill": found.skill,
        "held_back_strength": found.strength,
        "said": "model" if found.strength >= SURE else "base rate",
    }


def _final(task: PublicTask, view: Inputs, settings: FitSettings, choice: _Choice) -> Double:
    """Risks (N, G) of the test rows from fits of one choice on all that was known at the time, NaN elsewhere."""
    members = settings.members if choice.epochs else 1
    settings = replace(settings, epochs=choice.epochs, wide_decay=choice.decay, members=members)
    risk, cut = np.full(task.have.shape, np.nan), _segments(task)
    for labelled, rows in stages(task):
        model = fit(cut.sequences(view, labelled, thin=True), settings)
        risk[rows] = _risk(model, view, cut.touching(rows))[rows][:, HEAD]
    return risk


def stages(task: PublicTask) -> Iterator[tuple[npt.NDArray[np.float32], Mask]]:
    """(labels (N, G, K) known at a fit, test rows (N, G) that it forecasts), in order of time."""
    test = task.have & (task.seconds[None, :] >= task.split[:, None])
    if not task.observed:
        yield labels(task, task.split), test
        return
    known, first = replace(task, incidents=task.seen()), int(task.split.max())
    every = max(AGAIN_S, (first - task.start) // 10)
    for begin in range(first, int(task.seconds[-1]) + 1, every):
        rows = test & (task.seconds < begin + every) & ((task.seconds >= begin) | (begin == first))
        until = task.split if begin == first else np.full_like(task.split, begin)
        if rows.any():
            yield labels(known, until), rows


def _linear(task: PublicTask, views: list[Inputs], parts: list[Fold], tell: Callable[[str], None]) -> list[_Choice]:
    """The input sets whose linear hazard models have the least loss on the held-back stretches, best first."""
    best: dict[tuple[str, ...], _Choice] = {}  # by the names of the inputs: a set equal to an earlier one adds nothing
    for name in SETS:
        chosen = [_select(view, name) for view in views]
        if chosen[0].names not in best:
            best[chosen[0].names] = min(
                (_penalised(task, chosen, parts, name, decay, tell) for decay in DECAYS),
                key=lambda choice: choice.verdict.log_loss,
            )
    return sorted(best.values(), key=lambda choice: choice.verdict.log_loss)[:BEST]


def _penalised(
    task: PublicTask, views: list[Inputs], parts: list[Fold], name: str, decay: float, tell: Callable[[str], None]
) -> _Choice:
    """The linear hazard model of one input set and penalty, judged."""
    risk = [_linear_risk(task, view, part, decay) for view, part in zip(views, parts, strict=True)]
    found = verdict(task, risk, parts, HEAD)
    tell(f"linear, {name}, penalty {decay:g}: skill {found.skill:+.4f} ({found.strength:.1f} errors)")
    return _Choice(name, decay, found)


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
    task: PublicTask, views: list[Inputs], parts: list[Fold], settings: FitSettings, choice: _Choice
) -> _Choice:
    """The choice with epochs, held-back risks and verdict of LSTMs that start at its linear model."""
    risks, epochs = [], []
    for view, part in zip(views, parts, strict=True):
        risk, best = _fold(task, _select(view, choice.inputs), part, settings)
        risks.append(risk[:, :, HEAD])
        epochs.append(best)
    found = verdict(task, risks, parts, HEAD)
    return replace(choice, verdict=found, epochs=round(float(np.mean(epochs))), risks=tuple(risks))


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
