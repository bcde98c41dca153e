"""Who wins where, in words: the first thing that the report, the card and the terminal say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Figures = Mapping[str, Any]


def verdict(result: Mapping[str, Any]) -> list[str]:
    """One sentence or two per world: whether the LSTM or a simpler model wins, and what it keeps on unseen kinds.

    Args:
        result: of :func:`training.judge.comparison.compare`, NaN as such or as None.
    """
    worlds = [_world(name, world, str(result["model"])) for name, world in result["worlds"].items()]
    held = [
        held_out(f"{world}, {by} held out in turn", each["pooled"], found["least_kept"])
        for by, found in result.get("held_out", {}).items()
        for world, each in found["worlds"].items()
    ]
    return [*worlds, *held]


def held_out(name: str, pooled: Figures, least: float) -> str:
    """Whether the recall on what was never shown is near enough to the recall on what was."""
    if not pooled["caught_seen"]:
        return f"{name}: the model that saw all foresaw no degrading outage, so none could be lost."
    ratio, (low, high) = float(pooled["ratio"]), pooled["ratio_ci95"]
    known = low is not None and high is not None and not low < least < high
    loses = "at most a third" if ratio >= least else "more than a third"
    loses += "" if known else ", which the interval leaves open"
    span = between((low, high), ".2f")
    return (
        f"{name}: {shown(ratio, '.2f')} of the recall of degrading outages is kept (95 % interval {span}; "
        f"{pooled['caught_held_out']} against {pooled['caught_seen']} of {pooled['outages_degrading']} foreseen at "
        f"least 5 min ahead): it loses {loses}."
    )


def shown(value: float | None, form: str = ".3f") -> str:
    """A number, or a dash where there is none."""
    return "-" if value is None or value != value else format(value, form)  # noqa: PLR0124 - NaN differs from itself


def between(interval: Sequence[float | None] | None, form: str = ".3f") -> str:
    """An interval in words."""
    low, high = interval or (None, None)
    return f"{shown(low, form)} to {shown(high, form)}"


def _world(name: str, world: Figures, model: str) -> str:
    methods = world["methods"]
    others = [other for other in methods if other != model]
    if not methods[model]["outages"]:
        return f"{name}: no outage to forecast; {_quiet(methods[model])}."
    if not others:
        return f"{name}: {_alone(methods[model])}."
    return f"{name}: {_area(methods, others, model, world['paired'])}; {_recall(methods, others, model)}."


def _quiet(own: Figures) -> str:
    return f"the model gave {own['false_warnings']} false warnings"


def _alone(own: Figures) -> str:
    return f"PR-AUC {shown(own['pr_auc'])}, recall {shown(own['recall_5m'], '.2f')}, nothing to compare with"


def _area(methods: Mapping[str, Figures], others: list[str], model: str, paired: Mapping[str, Figures]) -> str:
    best = max(others, key=lambda other: _number(methods[other]["pr_auc"]))
    own, rival = _number(methods[model]["pr_auc"]), _number(methods[best]["pr_auc"])
    gap = f"difference {shown(own - rival, '+.3f')}, 95 % interval {between(paired[best]['pr_auc_ci95'], '+.3f')}"
    if own > rival:
        return f"on PR-AUC the {model} wins with {own:.3f} against {rival:.3f} of {best} ({gap})"
    if own == rival:
        return f"on PR-AUC {best} does as well as the {model}, {own:.3f}"
    return f"on PR-AUC a simpler model wins: {best} with {rival:.3f} against {own:.3f} of the {model} ({gap})"


def _recall(methods: Mapping[str, Figures], others: list[str], model: str) -> str:
    def rank(name: str) -> tuple[float, float]:
        return _number(methods[name]["recall_5m"]), -_number(methods[name]["false_per_natural_week"])

    what = "on recall at the frozen threshold (degrading outages, at least 5 min ahead)"
    if not methods[model]["outages_degrading"]:
        return f"{what} there is nothing to compare: no outage was degrading"
    best = max(others, key=rank)
    own, rival = rank(model)[0], rank(best)[0]
    rates = f"{-rank(model)[1]:.2f} of the {model}, {-rank(best)[1]:.2f} of {best}"
    cost = f"false warnings per upstream and natural week: {rates}"
    if own > rival:
        return f"{what} the {model} wins with {own:.2f} against {rival:.2f} of {best} ({cost})"
    if own == rival:
        return f"{what} {best} does as well as the {model}, {own:.2f} ({cost})"
    return f"{what} a simpler model wins: {best} with {rival:.2f} against {own:.2f} of the {model} ({cost})"


def _number(value: float | None) -> float:
    """NaN and None lose every comparison."""
    return -1.0 if value is None or value != value else float(value)  # noqa: PLR0124
