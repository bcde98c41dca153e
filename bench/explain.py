"""Scores ``explain`` on labelled logs: accuracies, a table per cause and the confusions.

Usage: python bench/explain.py [FILE.jsonl ...]; without files it takes ../shared/corpus. One JSON object a
line with ``text``, ``cause``, ``alt_causes``, ``outage``, ``outage_ambiguous`` and ``negative``.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from predictor.pasted import explain_log as explain

CORPUS = Path(__file__).resolve().parents[1] / ".." / "shared" / "corpus"
MISTAKES = 40


def read(path: Path) -> list[dict[str, Any]]:
    """The labelled cases of a file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def score(path: Path, verbose: bool) -> None:
    """Print the three accuracies of one file, a table per cause and the confusions."""
    per_cause: dict[str, Counter[str]] = defaultdict(Counter)
    confused: Counter[tuple[str, str]] = Counter()
    mistakes: list[str] = []
    for case in read(path):
        said = explain(case["text"].encode())
        cause = said.findings[said.primary].cause if said.primary is not None else "none"
        label = "negative" if case.get("negative") else case["cause"]
        if case.get("negative"):
            right = outage_right = said.primary is None
        else:
            right = cause == label or cause in case.get("alt_causes", [])
            outage_right = said.outage == case["outage"] or case.get("outage_ambiguous", False)
        per_cause[label].update(cases=1, cause=right, outage=outage_right)
        if not right:
            confused[(label, cause)] += 1
        if not right or not outage_right:
            mistakes.append(
                f"  {case.get('id', '?')}: {label} outage={case.get('outage')} read as {cause} {said.outage}"
            )
    report(path, per_cause, confused)
    print("\n".join(mistakes[: MISTAKES if not verbose else None]))


def report(path: Path, per_cause: dict[str, Counter[str]], confused: Counter[tuple[str, str]]) -> None:
    """Print the tables."""
    positives = [counts for label, counts in per_cause.items() if label != "negative"]
    total = sum(counts["cases"] for counts in positives) or 1
    negative = per_cause.get("negative", Counter())
    print(f"\n{path.name}: {total} failures, {negative['cases']} negatives")
    print(f"  cause right        {sum(counts['cause'] for counts in positives) / total:7.2%}")
    print(f"  outage right       {sum(counts['outage'] for counts in positives) / total:7.2%}")
    print(f"  negatives silent   {negative['cause']} of {negative['cases']}")
    print(f"  {'label':24}{'cases':>6}{'cause':>7}{'outage':>7}")
    for label, counts in sorted(per_cause.items()):
        print(f"  {label:24}{counts['cases']:6}{counts['cause']:7}{counts['outage']:7}")
    for (label, cause), count in confused.most_common():
        print(f"  confusion: {label} read as {cause}: {count}")


def main(arguments: list[str]) -> None:
    """Score every file."""
    verbose = "-v" in arguments
    files = [Path(name) for name in arguments if name != "-v"] or sorted(CORPUS.glob("*.jsonl"))
    for path in files:
        score(path, verbose)


if __name__ == "__main__":
    main(sys.argv[1:])
