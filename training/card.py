"""The model card: who wins where, what the model is, what it was fitted on, and what it is worth; figures alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from predictor.forecast.artifact import Manifest
from training.judge.holdout_report import markdown
from training.judge.measure import LOGS_COLUMNS
from training.judge.verdict import between, shown, verdict
from training.simulator.spread import ABOUT

COLUMNS = (
    ("recall_5m", "recall, lead >= 5 min", ".2f"),
    ("median_lead_min", "median lead, min", ".1f"),
    ("precision", "precision", ".2f"),
    ("false_per_natural_week", "false per natural week", ".2f"),
    ("false_per_upstream_week", "false per raw week", ".2f"),
    ("benign_falsely_warned", "benign warned", "d"),
    ("pr_auc", "PR-AUC", ".3f"),
    ("brier_skill", "Brier skill", "+.3f"),
    ("ece", "ECE", ".4f"),
)


def model_card(manifest: Manifest, metrics: Mapping[str, Any]) -> str:
    """Markdown; ``metrics`` is what metrics.json holds."""
    said = " ".join(verdict(metrics))
    parts = [
        f"# {manifest.name} {manifest.version}",
        "",
        said or "Nothing was held out to judge this model on.",
        "",
        f"An ensemble of {manifest.members} LSTM networks ({manifest.layers} layer, {manifest.hidden} units each) over "
        f"{len(manifest.features)} features per minute. It says how likely an outage of an upstream begins within 5, "
        "15 and 30 minutes. An outage is what DESIGN.md section 2 defines: half of the builds fail because of fetches.",
        "",
        "## Use and limits",
        "",
        "- For series of fetches of Go modules as `predictor.features` makes them; 20 minutes of history are enough.",
        "- A cut without a precursor (refused, expired certificate, dead name server) cannot be forecast: the state "
        "says `outage` once it is there.",
        "- Most of what it learned is simulated. The figures on recordings are the ones to trust, and they are few.",
        "- A warning is a reason to prepare and to do what can be undone, never one to page somebody by itself.",
        "",
        "## Data",
        "",
        f"- rows: {metrics['rows']['train']} to fit, {metrics['rows']['valid']} to validate, calibrate and freeze",
        f"- thresholds (5, 15, 30 min): {', '.join(f'{value:.3f}' for value in manifest.thresholds)}, frozen on "
        f"validation at {metrics['false_warnings_allowed']:g} false warnings per upstream and natural week",
        f"- base rates: {', '.join(f'{value:.5f}' for value in manifest.base_rate)}",
        f"- recordings held out: {', '.join(metrics['held_out_recordings']) or 'none'}",
        f"- fitted in {metrics['seconds']['fit'] / 60:.1f} min with {metrics['threads']} threads",
        "",
    ]
    for name, world in metrics["worlds"].items():
        parts += [f"## Figures on {name}, which the model has not seen", ""]
        parts += [ABOUT[name], ""] if name in ABOUT else []
        parts += [*_table(world, metrics["model"]), ""]
        parts += _by_logs(world, metrics["model"])
    for by, found in metrics.get("held_out", {}).items():
        parts += [f"## Figures on {by} that the model was never shown", "", *markdown(found), ""]
    return "\n".join(parts)


def _by_logs(world: Mapping[str, Any], model: str) -> list[str]:
    """One line per choice of logs, where there was one; nothing where all histories kept the same."""
    kept = world.get("by_logs", {})
    if len(kept) < 2:
        return []
    lines = [
        f"What the {model} foresees by which logs were kept, of the builds (`jobs`) or of the proxy:",
        "",
        "| logs | histories | " + " | ".join(label for _, label, _ in LOGS_COLUMNS) + " |",
        "| --- | ---: |" + " ---: |" * len(LOGS_COLUMNS),
    ]
    for logs, figures in kept.items():
        cells = " | ".join(shown(figures[key], form) for key, _, form in LOGS_COLUMNS)
        lines.append(f"| {logs} | {figures['histories']} | {cells} |")
    return [*lines, ""]


def _table(world: Mapping[str, Any], model: str) -> list[str]:
    """What was judged, then one line per method; the headline horizon is 15 minutes."""
    own = world["methods"][model]
    lines = [
        f"{own['outages']} outages ({own['outages_degrading']} degrading, {own['outages_unannounced']} prepared "
        f"by a fault that no log announced 10 min ahead (recall {shown(own['recall_5m_unannounced'], '.2f')} there, "
        f"{shown(own['recall_5m_acted'], '.2f')} of both together), {own['outages_hard']} hard cuts of which "
        f"{shown(own['hard_seen_within_2_bins'], '.0%')} were in state `outage` within 2 bins, and "
        f"{shown(own['hard_told_seen_within_2_bins'], '.0%')} of the {own['outages_hard_told']} whose logs told of a "
        f"failure by then), {own['histories']} histories, {own['benign_histories']} of them with benign trouble only; "
        f"{own['upstream_weeks']:.1f} upstream-weeks that stand for {own['natural_weeks']:.1f} (a short history for "
        f"five days with one trouble). 95 % intervals of the {model}: recall {between(own['recall_5m_ci95'], '.2f')}, "
        f"false per natural week {between(own['false_per_natural_week_ci95'], '.2f')}, PR-AUC "
        f"{between(own['pr_auc_ci95'])}. Of the rows before outages {shown(own['positives_with_a_sign'], '.0%')} had a "
        f"sign in the logs by then; without the others the Brier skill of the {model} is "
        f"{shown(own['brier_skill_with_a_sign'], '+.3f')}.",
        "",
        "| | " + " | ".join(label for _, label, _ in COLUMNS) + f" | PR-AUC of the {model} above it, 95 % |",
        "| --- |" + " ---: |" * (len(COLUMNS) + 1),
    ]
    for name, figures in world["methods"].items():
        cells = " | ".join(shown(figures[key], form) for key, _, form in COLUMNS)
        paired = world["paired"].get(name)
        gap = f"{shown(paired['pr_auc'], '+.3f')} ({between(paired['pr_auc_ci95'], '+.3f')})" if paired else ""
        lines.append(f"| {name} | {cells} | {gap} |")
    return lines
