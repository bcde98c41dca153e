"""The report that people look at: tables first, then plots, one world after the other. Self-contained HTML."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping, Sequence
from typing import Any

Figures = Mapping[str, Any]

COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("recall_5m", "recall, lead >= 5 min (degrading)", ".2f"),
    ("median_lead_min", "median lead, min", ".1f"),
    ("p10_lead_min", "10th percentile of lead", ".1f"),
    ("precision", "precision of episodes", ".2f"),
    ("false_per_upstream_week", "false warnings per upstream and week", ".2f"),
    ("pr_auc", "PR-AUC", ".3f"),
    ("brier_skill", "Brier skill", "+.3f"),
    ("ece", "ECE", ".4f"),
    ("outage_seen_within_2_bins_hard", "hard cuts seen within 2 bins", ".2f"),
)
STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:2em auto;padding:0 1em;color:#1c2330;background:#fff}
table{border-collapse:collapse;margin:1em 0;width:100%}
th,td{padding:.35em .6em;border-bottom:1px solid #d9dee7;text-align:right}
th:first-child,td:first-child{text-align:left}tr.model{background:#eef5ff;font-weight:600}.best{color:#0a6b3d;font-weight:700}
.note{background:#f6f7f9;border-left:4px solid #8aa;padding:.6em 1em}img{max-width:49%;height:auto}small{color:#5b6677}
@media(prefers-color-scheme:dark){body{background:#12161d;color:#dde3ee}td,th{border-color:#2a3342}tr.model{background:#1b2940}
.note{background:#1a202b}.best{color:#5ad19a}img{background:#fff}}
"""


def page(result: Mapping[str, Any]) -> str:
    """The whole report.

    Args:
        result: what ``fetchcast evaluate`` writes as metrics.json: ``model``, ``worlds`` -> method -> figures.
    """
    model = str(result["model"])
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{html.escape(model)}</title><style>{STYLE}</style>",
        f"<h1>{html.escape(model)}</h1><p class=note>{html.escape(verdict(result))}</p>",
        "<p>A warning is true when it starts 30 to 2 minutes before an outage. Thresholds were frozen on validation; "
        "worlds are never pooled; intervals are a 95 % bootstrap over whole series.</p>",
    ]
    for world, methods in result["worlds"].items():
        parts += [f"<h2>{html.escape(world)}</h2>", about(methods[model]), table(methods, model)]
        parts += [plots(methods, model)]
    return "\n".join(parts) + "</html>\n"


def verdict(result: Mapping[str, Any]) -> str:
    """Which method wins where, the model or not: the first line of the report."""
    model, said = str(result["model"]), []
    for world, methods in result["worlds"].items():
        fair = {name: each for name, each in methods.items() if each["pr_auc"] == each["pr_auc"]}
        best = max(fair, key=lambda name: fair[name]["pr_auc"], default=model)
        own = methods[model]["pr_auc"]
        if best == model:
            said.append(f"{world}: the model has the best PR-AUC ({own:.3f})")
        else:
            said.append(f"{world}: {best} beats the model on PR-AUC ({fair[best]['pr_auc']:.3f} against {own:.3f})")
    return "; ".join(said) + "."


def about(figures: Figures) -> str:
    """What was judged."""
    return (
        f"<p><small>{figures['outages_degrading']} degrading outages, {figures['outages_hard']} hard cuts, "
        f"{figures['upstream_weeks']:.1f} upstream-weeks, base rate {figures['base_rate']:.4f}, "
        f"{figures['rows']} rows.</small></p>"
    )


def table(methods: Mapping[str, Figures], model: str) -> str:
    """One row per method."""
    head = "".join(f"<th>{html.escape(label)}</th>" for _, label, _ in COLUMNS)
    rows = []
    for name, figures in methods.items():
        cells = "".join(f"<td>{shown(figures[key], form)}</td>" for key, _, form in COLUMNS)
        kind = " class=model" if name == model else ""
        rows.append(f"<tr{kind}><td>{html.escape(name)}</td>{cells}</tr>")
    return f"<table><tr><th>method</th>{head}</tr>{''.join(rows)}</table>"


def shown(value: float, form: str) -> str:
    """A number, or a dash where there is none."""
    return format(value, form) if value == value else "-"  # noqa: PLR0124 - NaN differs from itself


def plots(methods: Mapping[str, Figures], model: str) -> str:
    """Recall by lead of every method, and the reliability of the model."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    drawn = []
    figure, axes = pyplot.subplots(figsize=(6, 4))
    for name, figures in methods.items():
        leads = sorted(int(lead) for lead in figures["recall_by_lead"])
        values = [figures["recall_by_lead"][str(lead)] for lead in leads]
        axes.plot(leads, values, label=name, linewidth=2.5 if name == model else 1, marker="o", markersize=3)
    axes.set(xlabel="lead of at least, minutes", ylabel="recall of degrading outages", ylim=(-0.02, 1.02))
    axes.legend(fontsize=7)
    drawn.append(encoded(figure))
    figure, axes = pyplot.subplots(figsize=(6, 4))
    curve = methods[model]["reliability"]
    axes.plot([1e-5, 1], [1e-5, 1], color="grey", linewidth=1)
    axes.plot(positive(curve["said"]), positive(curve["came"]), marker="o")
    axes.set(xscale="log", yscale="log", xlabel="risk that was said", ylabel="share that came", title="reliability")
    drawn.append(encoded(figure))
    pyplot.close("all")
    return "".join(f'<img alt="" src="data:image/png;base64,{image}">' for image in drawn)


def positive(values: Sequence[float]) -> list[float]:
    """Values as a logarithmic axis can show them."""
    return [max(value, 1e-5) for value in values]


def encoded(figure: Any) -> str:
    """A figure as base64 PNG."""
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=120, bbox_inches="tight")
    return base64.b64encode(data.getvalue()).decode()
