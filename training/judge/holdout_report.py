"""What was held out, as people read it: on the terminal, in the model card and in the report."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from training.judge.drawing import canvas, svg
from training.judge.verdict import between, held_out, shown

Figures = Mapping[str, Any]

NAMED = 6  # groups that were left out and are called by name
COLUMNS = (
    "outages",
    "degrading",
    "recall, lead >= 5 min, seen",
    "held out",
    "ratio",
    "95 %",
    "PR-AUC, seen",
    "held out",
    "false per natural week, seen",
    "held out",
)
ALL = "all of them"


def rows(world: Figures) -> list[tuple[str, list[str]]]:
    """Name and cells, by COLUMNS, of every fold of a world, and of all folds together."""
    found = []
    for name, each in [*world["folds"].items(), (ALL, world["pooled"])]:
        seen, held = each.get("seen", {}), each.get("held_out", {})
        cells = [
            str(each.get("outages", sum(fold["outages"] for fold in world["folds"].values()))),
            str(each["outages_degrading"]),
            shown(each["recall_5m_seen"], ".2f"),
            shown(each["recall_5m_held_out"], ".2f"),
            shown(each["ratio"], ".2f"),
            between(each["ratio_ci95"], ".2f") if each["caught_seen"] else "-",
            shown(seen.get("pr_auc")),
            shown(held.get("pr_auc")),
            shown(each["false_per_natural_week_seen"], ".2f"),
            shown(each["false_per_natural_week_held_out"], ".2f"),
        ]
        found.append((name, cells))
    return found


def terminal(found: Figures) -> list[str]:
    """Lines for a terminal."""
    heads = ("outages", "degr.", "seen", "unseen", "ratio", "95 %", "PR-AUC", "unseen", "false/wk", "unseen")
    wide = (8, 7, 7, 8, 7, 16, 9, 9, 10, 8)
    lines = []
    for world, each in found["worlds"].items():
        lines += ["", f"{world}, {found['by']} held out in turn: recall at >= 5 min, of {fit_of(found)}"]
        lines.append(f"  {'':<26}" + "".join(f"{head:>{width}}" for head, width in zip(heads, wide, strict=True)))
        for name, cells in rows(each):
            lines.append(f"  {name[:26]:<26}" + "".join(f"{c:>{width}}" for c, width in zip(cells, wide, strict=True)))
    return [*lines, *(f"  not held out, {why}: {names}" for why, names in left_out(found))]


def markdown(found: Figures) -> list[str]:
    """The section of the model card."""
    lines = [f"{about(found)}", ""]
    for world, each in found["worlds"].items():
        lines += [held_out(world, each["pooled"], found["least_kept"]), ""]
        lines += ["| | " + " | ".join(COLUMNS) + " |", "| --- |" + " ---: |" * len(COLUMNS)]
        lines += [f"| {name} | {' | '.join(cells)} |" for name, cells in rows(each)]
        lines.append("")
    return [*lines, *(f"Not held out, {why}: {names}." for why, names in left_out(found))]


def section(by: str, found: Figures) -> str:
    """The section of the report, with a plot for every world."""
    parts = [f"<h2>{html.escape(by.capitalize())} held out in turn</h2><p class=soft>{html.escape(about(found))}</p>"]
    head = "".join(f"<th>{html.escape(label)}</th>" for label in COLUMNS)
    for world, each in found["worlds"].items():
        body = "".join(
            f"<tr{' class=own' if name == ALL else ''}><td>{html.escape(name)}</td>"
            + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
            + "</tr>"
            for name, cells in rows(each)
        )
        parts.append(
            f"<h3>{html.escape(world)}</h3><div class=wide><table><tr><th></th>{head}</tr>{body}</table></div>"
        )
        parts.append(plot(each))
    parts += [f"<p class=soft>Not held out, {html.escape(f'{why}: {names}')}.</p>" for why, names in left_out(found)]
    return "\n".join(parts)


def about(found: Figures) -> str:
    """How both sides were made, in words."""
    return (
        f"Every line is {fit_of(found)}, fitted, calibrated and frozen again without these {found['by']} (whole "
        "histories leave), beside the same fit of everything, both judged on the same test histories in which they "
        "play a part. Recall is that of degrading outages; PR-AUC is within these histories. Intervals are a 95 % "
        "bootstrap over whole histories."
    )


def fit_of(found: Figures) -> str:
    """The fit that both sides share."""
    fit = found["fit"]
    members = "one network" if fit["members"] == 1 else f"an ensemble of {fit['members']} networks"
    return f"{members} with the settings of the shipped model"


def left_out(found: Figures) -> list[tuple[str, str]]:
    """(why, names) of the groups that are no fold; many names are cut short."""
    said: list[tuple[str, Sequence[str]]] = list(found["left_out"].items())
    return [
        (why, ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else ""))
        for why, names in said
    ]


def plot(world: Figures) -> str:
    """Recall on both sides, one line per fold, as SVG; nothing where no outage was degrading."""
    lines = [(name, each) for name, each in world["folds"].items() if each["outages_degrading"]]
    if not lines:
        return ""
    lines = [(ALL, world["pooled"]), *reversed(lines)]
    places = list(range(len(lines)))
    figure, axes = canvas(6, 1.2 + 0.35 * len(lines))
    seen, held = ([each[f"recall_5m_{side}"] for _, each in lines] for side in ("seen", "held_out"))
    axes.hlines(
        places, [min(pair) for pair in zip(seen, held, strict=True)], list(map(max, seen, held)), color="#b8c2d0"
    )
    axes.plot(seen, places, "o", markersize=9, markerfacecolor="none", color="#1f5fb4", label="seen")
    axes.plot(held, places, "o", markersize=4, color="#c2571a", label="held out")
    axes.set_yticks(places, [f"{name} ({each['outages_degrading']})" for name, each in lines], fontsize=8)
    axes.set(xlim=(-0.02, 1.02), xlabel="recall of degrading outages, lead of at least 5 min")
    axes.grid(alpha=0.25, axis="x")
    axes.legend(fontsize=8, framealpha=0.7)
    return f"<div class=plots><figure style='max-width:640px'>{svg(figure)}</figure></div>"
