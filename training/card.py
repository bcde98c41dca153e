"""The model card: what the model is, what it was fitted on, and what it is worth, from the figures alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from predictor.forecast.artifact import Manifest

_COLUMNS = (
    ("recall, degrading, lead >= 5 min", "recall_degrading_5min"),
    ("median lead, min", "median_lead_min"),
    ("false warnings per series and week", "false_per_series_week"),
    ("recall, all outages", "recall_all"),
)
_ROWS = (("PR-AUC", "pr_auc"), ("Brier skill", "brier_skill"), ("ECE", "ece"))


def model_card(manifest: Manifest, metrics: Mapping[str, Any]) -> str:
    """Markdown; ``metrics`` is what metrics.json holds."""
    parts = [
        f"# {manifest.name} {manifest.version}",
        "",
        f"An ensemble of {manifest.members} LSTMs ({manifest.layers} layer, {manifest.hidden} units each) over "
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
        f"- thresholds (5, 15, 30 min): {', '.join(f'{value:.3f}' for value in manifest.thresholds)}",
        f"- base rates: {', '.join(f'{value:.5f}' for value in manifest.base_rate)}",
        f"- recordings held out: {', '.join(metrics['held_out_recordings']) or 'none'}",
        f"- fitted in {metrics['seconds']['fit'] / 60:.1f} min with {metrics['threads']} threads",
        "",
    ]
    for world in ("simulation", "recordings"):
        if world in metrics:
            parts += [f"## Figures on {world} that the model has not seen", "", *_table(metrics[world]), ""]
    return "\n".join(parts)


def _table(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """One line per forecaster; the headline horizon is 15 minutes."""
    first = next(iter(rows.values()))
    lines = [
        f"{first['outages']} outages ({first['degrading']} degrading), {first['series']} series, "
        f"{first['series_weeks']:.1f} series-weeks (a short history stands for five days with one trouble), "
        f"{first['benign_histories']} histories with benign trouble only. Of {first['hard']} hard cuts "
        f"{first['hard_seen_in_2_bins'] or 0:.0%} were in state `outage` within 2 bins.",
        "",
        "| | " + " | ".join(name for name, _ in (*_COLUMNS, *_ROWS)) + " | benign histories warned |",
        "| --- |" + " ---: |" * (len(_COLUMNS) + len(_ROWS) + 1),
    ]
    for name, row in rows.items():
        values = [row[key] for _, key in _COLUMNS] + [row["by_rows"]["15min"][key] for _, key in _ROWS]
        said = " | ".join("-" if value is None else f"{value:.3f}" for value in values)
        lines.append(f"| {name} | {said} | {row['benign_falsely_warned']} |")
    return lines
