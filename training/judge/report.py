"""The report that people look at: the verdict first, then tables, then plots, one world after the other.

One self-contained HTML page: plots are SVG inside it, nothing is fetched.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from training.judge.drawing import canvas, svg
from training.judge.holdout_report import section
from training.judge.measure import LOGS_COLUMNS
from training.judge.verdict import between, shown, verdict
from training.simulator.spread import ABOUT

Figures = Mapping[str, Any]

COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("recall_5m", "recall, lead &ge; 5 min", ".2f"),
    ("median_lead_min", "median lead, min", ".1f"),
    ("p10_lead_min", "p10 lead, min", ".1f"),
    ("precision", "precision", ".2f"),
    ("false_per_natural_week", "false / natural week", ".2f"),
    ("false_per_upstream_week", "false / raw week", ".2f"),
    ("benign_falsely_warned", "benign warned", "d"),
    ("pr_auc", "PR-AUC", ".3f"),
    ("brier_skill", "Brier skill", "+.3f"),
    ("ece", "ECE", ".4f"),
)
STYLE = """
:root{--ink:#1c2330;--soft:#5b6677;--line:#d9dee7;--own:#eef5ff;--note:#f4f6f9;--edge:#3b6fb5;--best:#0a6b3d;--page:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#dde3ee;--soft:#9aa7ba;--line:#2a3342;--own:#1b2940;--note:#1a202b;
--edge:#6ea3e8;--best:#5ad19a;--page:#12161d}.plots svg{background:#fff;border-radius:4px}}
body{font:15px/1.5 system-ui,sans-serif;max-width:1180px;margin:2em auto;padding:0 1em;color:var(--ink);
background:var(--page)}
h1{margin-bottom:.3em}h2{margin-top:2em;border-bottom:2px solid var(--line);padding-bottom:.2em}
.note{background:var(--note);border-left:4px solid var(--edge);padding:.6em 1em}.note p{margin:.4em 0}
.wide{overflow-x:auto}table{border-collapse:collapse;margin:1em 0;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.35em .6em;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th{font-weight:600;color:var(--soft);vertical-align:bottom;white-space:normal}
th:first-child,td:first-child{text-align:left}tr.own{background:var(--own);font-weight:600}
.best{color:var(--best);font-weight:700}.soft{color:var(--soft);font-size:.93em}
.plots{display:flex;flex-wrap:wrap;gap:1em}.plots svg{width:100%;height:auto}.plots figure{margin:0;flex:1 1 460px}
"""


def page(result: Mapping[str, Any]) -> str:
    """The whole report; ``result`` is what metrics.json holds."""
    model = str(result["model"])
    said = "".join(f"<p>{html.escape(line)}</p>" for line in verdict(result))
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Fetchcast: the judge</title><style>{STYLE}</style>",
        f"<h1>Is the forecast any good?</h1><div class=note>{said}</div>",
        "<p class=soft>A warning is true when it starts 30 to 2 minutes before an outage; earlier is false, later is "
        "late. Recall is that of degrading outages: the logs showed more trouble or slower fetches than ever before at "
        "least 10 minutes ahead (training/dataset/precursor.py, no model in it). Thresholds were "
        f"frozen on validation at {result['false_warnings_allowed']:g} false warnings per upstream and natural week: a "
        "history of less than a day stands for five days with one trouble. Worlds are never pooled; intervals are "
        "a 95 % bootstrap over whole histories.</p>",
    ]
    for name, world in result["worlds"].items():
        methods = world["methods"]
        parts.append(f"<h2>{html.escape(name)}</h2>")
        parts += [f"<p>{html.escape(ABOUT[name])}</p>"] if name in ABOUT else []
        parts += [about(methods[model]), table(methods, model)]
        parts += [plots(methods, model), pairs(world["paired"], model), kinds(methods[model]), logs(world)]
        parts.append(alert(world))
    parts += [section(by, found) for by, found in result.get("held_out", {}).items()]
    return "\n".join(parts) + "</html>\n"


def about(figures: Figures) -> str:
    """What was judged."""
    return (
        f"<p class=soft>{figures['histories']} histories, {figures['outages_degrading']} degrading outages, "
        f"{figures['outages_unannounced']} that a fault prepared and no log announced (recall there "
        f"{shown(figures['recall_5m_unannounced'], '.2f')}), "
        f"{figures['outages_hard']} hard cuts (of which {shown(figures['hard_seen_within_2_bins'], '.0%')} were in "
        f"state outage within 2 bins, and {shown(figures['hard_told_seen_within_2_bins'], '.0%')} of the "
        f"{figures['outages_hard_told']} whose logs told of a failure by then), {figures['benign_histories']} "
        f"histories with benign trouble only, {figures['upstream_weeks']:.1f} upstream-weeks that stand for "
        f"{figures['natural_weeks']:.1f}, {figures['rows']} rows, base rate {shown(figures['base_rate'], '.4f')}; of "
        f"the rows before outages {shown(figures['positives_with_a_sign'], '.0%')} had a sign in the logs by then "
        f"(without the others the Brier skill is {shown(figures['brier_skill_with_a_sign'], '+.3f')}). Of the LSTM: "
        f"recall {between(figures['recall_5m_ci95'], '.2f')}, false per natural week "
        f"{between(figures['false_per_natural_week_ci95'], '.2f')}, PR-AUC {between(figures['pr_auc_ci95'])} "
        "(95 % intervals).</p>"
    )


def table(methods: Mapping[str, Figures], model: str) -> str:
    """One row per method; the best recall, PR-AUC and Brier skill stand out."""
    best = {
        key: max(map(_order, (each[key] for each in methods.values())))
        for key in ("recall_5m", "pr_auc", "brier_skill")
    }
    rows = []
    for name, figures in methods.items():
        cells = "".join(
            f"<td{' class=best' if key in best and _order(figures[key]) == best[key] else ''}>"
            f"{shown(figures[key], form)}</td>"
            for key, _, form in COLUMNS
        )
        rows.append(f"<tr{' class=own' if name == model else ''}><td>{html.escape(name)}</td>{cells}</tr>")
    head = "".join(f"<th>{label}</th>" for _, label, _ in COLUMNS)
    body = "".join(rows)
    return f"<div class=wide><table><tr><th>method</th>{head}</tr>{body}</table></div>"


def pairs(paired: Mapping[str, Figures], model: str) -> str:
    """The model minus every other, on the same draws."""
    rows = [
        f"<tr><td>{html.escape(name)}</td><td>{shown(each['pr_auc'], '+.3f')}</td>"
        f"<td>{between(each['pr_auc_ci95'], '+.3f')}</td><td>{shown(each['brier'], '+.5f')}</td>"
        f"<td>{between(each['brier_ci95'], '+.5f')}</td><td>{shown(each['lead']['median_min'], '+.1f')}</td>"
        f"<td>{shown(each['lead']['earlier_share'], '.0%')} of {each['lead']['either']}</td></tr>"
        for name, each in paired.items()
    ]
    if not rows:
        return ""
    head = "".join(
        f"<th>{label}</th>"
        for label in (
            f"{model} minus",
            "PR-AUC (above 0 is better)",
            "95 %",
            "Brier (below 0 is better)",
            "95 %",
            "first warning earlier by, min (median of outages that both warned of)",
            "warned earlier",
        )
    )
    return f"<div class=wide><table><tr>{head}</tr>{''.join(rows)}</table></div>"


def kinds(figures: Figures) -> str:
    """Recall of the model per kind of outage."""
    rows = [
        f"<tr><td>{html.escape(kind or 'unnamed')}</td><td>{each['outages']}</td><td>{each['degrading']}</td>"
        f"<td>{shown(each['recall'], '.2f')}</td><td>{shown(each['recall_5m'], '.2f')}</td></tr>"
        for kind, each in figures["by_kind"].items()
    ]
    if not rows:
        return ""
    head = "<tr><th>kind, LSTM</th><th>outages</th><th>degrading</th><th>recall</th><th>recall, 5 min</th></tr>"
    return f"<details><summary>Recall by kind of outage</summary><table>{head}{''.join(rows)}</table></details>"


def logs(world: Figures) -> str:
    """What the model foresees by which logs were kept, where there was a choice."""
    kept = world.get("by_logs", {})
    if len(kept) < 2:
        return ""
    rows = [
        f"<tr><td>{html.escape(names)}</td><td>{each['histories']}</td>"
        + "".join(f"<td>{shown(each[key], form)}</td>" for key, _, form in LOGS_COLUMNS)
        + "</tr>"
        for names, each in kept.items()
    ]
    head = "".join(
        f"<th>{html.escape(label)}</th>"
        for label in ("logs kept, LSTM", "histories", *(label for _, label, _ in LOGS_COLUMNS))
    )
    return (
        "<details><summary>By which logs were kept</summary>"
        f"<div class=wide><table><tr>{head}</tr>{''.join(rows)}</table></div></details>"
    )


def alert(world: Figures) -> str:
    """How the model stands to the burn-rate alert as people run it."""
    over = world["over_burn_rate_alert"]
    if not over:
        return ""
    return (
        "<p class=soft>Against the burn-rate alert of the SRE Workbook (14.4x, 6x) as people run it: the LSTM warned "
        f"earlier of {shown(over['earlier_share'], '.0%')} of the {over['either']} degrading outages that either "
        f"warned of; median {shown(over['median_min'], '+.1f')} min on the {over['both']} that both did. That alert "
        f"costs {shown(over['false_per_natural_week'], '.2f')} false warnings per upstream and natural week.</p>"
    )


def plots(methods: Mapping[str, Figures], model: str) -> str:
    """Recall by lead of every method, and the reliability of the model, as SVG."""
    figure, axes = canvas(6, 4)
    _recall_by_lead(axes, methods, model)
    drawn = [svg(figure)]
    figure, axes = canvas(6, 4)
    _reliability(axes, methods[model]["reliability"])
    drawn.append(svg(figure))
    return "<div class=plots>" + "".join(f"<figure>{each}</figure>" for each in drawn) + "</div>"


def _recall_by_lead(axes: Any, methods: Mapping[str, Figures], model: str) -> None:
    ranked = sorted((name for name in methods if name != model), key=lambda name: -_order(methods[name]["pr_auc"]))
    styles = ("-", "--", "-.", ":")
    for place, name in enumerate([model, *ranked]):
        recalls = methods[name]["recall_by_lead"]
        leads = leads_of(methods[name])
        values = [_number(recalls[str(lead)]) for lead in leads]
        own = {"linewidth": 3.0, "color": "#1f5fb4", "zorder": 5} if name == model else {"linewidth": 1.2}
        axes.plot(
            leads, values, label=name, linestyle=styles[place // 5 % len(styles)], marker="o", markersize=3, **own
        )
    axes.set(xlabel="lead of at least, minutes", ylabel="recall of degrading outages", ylim=(-0.02, 1.02))
    axes.set_title("recall by lead, thresholds frozen on validation", fontsize=10)
    axes.set_xticks(leads_of(methods[model]))
    axes.grid(alpha=0.25)
    axes.legend(fontsize=6.5, ncol=2, framealpha=0.7)


def leads_of(figures: Figures) -> list[int]:
    """Leads in minutes that recall is told for."""
    return sorted(int(lead) for lead in figures["recall_by_lead"])


def _reliability(axes: Any, curve: Mapping[str, Sequence[float]]) -> None:
    said, came = curve["said"], curve["came"]
    low = min([0.1, *(value for value in (*said, *came) if value > 0)]) / 2  # where a share of 0 is drawn
    axes.plot([low, 1], [low, 1], color="grey", linewidth=1, linestyle="--", label="said is what came")
    drawn = [[max(value, low) for value in values] for values in (said, came)]
    axes.plot(*drawn, marker="o", color="#1f5fb4", label="LSTM")
    axes.set(xlim=(low * 0.9, 1.2), ylim=(low * 0.9, 1.2))
    axes.set(xscale="log", yscale="log", xlabel="risk within 15 min that was said", ylabel="share that came")
    axes.set_title("reliability, groups of about equal count", fontsize=10)
    axes.grid(alpha=0.25)
    axes.legend(fontsize=8)


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _order(value: float | None) -> float:
    """NaN and None come last."""
    return float("-inf") if value is None or value != value else float(value)  # noqa: PLR0124
