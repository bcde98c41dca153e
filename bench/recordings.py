"""What the shipped model says on recordings, beside a threshold on the failing share.

    python bench/recordings.py data/incidents/*-[578]??     the shipped model was not fitted on these
    python bench/recordings.py [FOLDER ...] [--model DIR] [--threshold P]

Every recording goes through the same engine as ``fetchcast replay``. A warning is caught when it starts 30 to 2
minutes before the outage of the builds; the best of the series of one recording counts, as one chat would see it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from predictor.decide.policy import Policy
from predictor.engine import Engine
from predictor.folders import logs_below
from predictor.forecast import load_model, shipped
from predictor.history import read_history
from predictor.replay import forecasts

INCIDENTS = Path(__file__).parents[1] / "data" / "incidents"
FAIL_SHARE = 0.02  # what teams alert on: 2 % of the fetches of five minutes
EARLY_S, ACT_S = 1800.0, 120.0


def main() -> None:
    """Print one line per recording and the sums."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--model", type=Path, default=None)
    parser.add_argument("--threshold", type=float, default=0.0, help="0: the one frozen with the model")
    arguments = parser.parse_args()
    model = arguments.model or shipped()
    folders = arguments.folders or sorted(path.parent for path in INCIDENTS.glob("*/truth.json"))
    print(f"{'recording':<28}{'shape':<9}{'lead: model':>12}{'threshold':>11}{'risk max':>10}  false: model threshold")
    rows = [row(folder, model, arguments.threshold) for folder in folders]
    for name in ("model", "threshold"):
        print(sums(name, rows))


def row(folder: Path, model: Path, threshold: float) -> dict[str, object]:
    """Judge one recording and print its line."""
    truth = json.loads((folder / "truth.json").read_text())
    files, wanted = logs_below([folder])
    events = read_history(files, wanted=wanted).events
    forecaster = load_model(model)
    engine = Engine(forecaster, trusted=True)
    said = list(forecasts(engine, events))
    found: dict[str, object] = {"truth": truth, "days": (said[-1].time - said[0].time) / 86_400, "series": 0}
    policies: dict[str, tuple[Policy, Callable[[int], np.ndarray]]] = {
        "model": (Policy(threshold or forecaster.threshold), lambda i: said[i].risk[:, 1]),
        "threshold": (Policy(FAIL_SHARE), lambda i: shares[i]),
    }
    shares = failing_shares(said, events)
    for name, (policy, score) in policies.items():
        starts: dict[tuple[str, str], list[float]] = {}
        before: dict[tuple[str, str], bool] = {}
        for i, forecast in enumerate(said):
            for key, on in zip(forecast.keys, policy.step(forecast.keys, score(i), forecast.state), strict=True):
                if on and not before.get(key):
                    starts.setdefault(key, []).append(forecast.time)
                before[key] = bool(on)
        found[name] = judged(starts, truth)
        found["series"] = len(said[-1].keys)
    top = max(float(np.max(np.where([s == "outage" for s in f.state], 0, f.risk[:, 1]))) for f in said)
    (lead, false), (lead0, false0) = found["model"], found["threshold"]  # type: ignore[misc]
    shape = "benign" if truth["benign"] else truth["shape"]
    print(f"{folder.name:<28}{shape:<9}{lead:>12.0f}{lead0:>11.0f}{top:>10.2f}  {false:>12} {false0:>9}", flush=True)
    return found


def failing_shares(said: list, events) -> list[np.ndarray]:  # type: ignore[no-untyped-def, type-arg]
    """The five-minute failing share of every series and bin, from the same features."""
    from predictor.features import FEATURES, Features
    from predictor.series import rollup

    bins = rollup(events, 60)
    inputs, _ = Features(60).run(bins)
    column = np.exp(inputs[:, :, FEATURES.index("fail_5")])
    at = {key: place for place, key in enumerate(bins.keys)}
    ends = {(bins.first + 1 + i) * 60.0: i for i in range(len(bins))}
    return [np.array([column[ends[f.time], at[key]] if f.time in ends else np.nan for key in f.keys]) for f in said]


def judged(starts: dict[tuple[str, str], list[float]], truth: dict) -> tuple[float, int]:  # type: ignore[type-arg]
    """(lead in minutes of the best series, NaN when none; false warnings over all series)."""
    outages = truth["outages"]
    leads = [
        (outages[0][0] - start) / 60
        for found in starts.values()
        for start in found
        if outages and ACT_S <= outages[0][0] - start <= EARLY_S
    ]
    false = sum(
        not any(begin - EARLY_S <= start <= end for begin, end in outages)
        for found in starts.values()
        for start in found
    )
    return max(leads, default=float("nan")), false


def sums(name: str, rows: list[dict]) -> str:  # type: ignore[type-arg]
    """Recall and false warnings of one method."""
    degrading = [row for row in rows if row["truth"].get("degrading") and row["truth"]["outages"]]
    leads = np.array([row[name][0] for row in degrading])
    benign = [row for row in rows if row["truth"]["benign"]]
    false, weeks = sum(row[name][1] for row in benign), sum(row["days"] * row["series"] for row in benign) / 7
    before = sum(row[name][1] for row in rows if not row["truth"]["benign"])
    median = np.nanmedian(leads) if np.isfinite(leads).any() else float("nan")
    rate = false / weeks if weeks else 0.0
    return (
        f"{name}: {np.mean(leads >= 5):.2f} of {len(leads)} degrading outages foreseen >= 5 min ahead, median lead "
        f"{median:.0f} min; {false} false warnings on {len(benign)} benign recordings ({rate:.1f} per upstream and "
        f"week over {weeks:.2f} upstream-weeks), {before} elsewhere"
    )


if __name__ == "__main__":
    main()
