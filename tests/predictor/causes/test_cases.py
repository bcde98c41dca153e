"""Labelled excerpts: every held-out case is read right, and the shared corpus meets the accuracies asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from predictor.pasted import explain_log

ROOT = Path(__file__).resolve().parents[3]
CORPUS = ROOT / ".." / "shared" / "corpus"


def read(path: Path) -> list[dict[str, Any]]:
    """The cases of a file, none when it is absent."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


SAMPLES = ROOT / "data" / "samples" / "explain"
CASES = [case for path in sorted(SAMPLES.glob("*.jsonl")) for case in read(path)]


@pytest.mark.parametrize("case", [case for case in CASES if not case["negative"]], ids=lambda case: case["id"])
def test_trouble_is_read_as_labelled(case: dict[str, Any]) -> None:
    """Cause, outage and, where the label has one, the host at fault; no finding where ``none`` is a label."""
    said = explain_log(case["text"].encode())

    primary = None if said.primary is None else said.findings[said.primary]
    assert ("none" if primary is None else primary.cause) in {case["cause"], *case["alt_causes"]}
    assert said.outage == case["outage"] or case["outage_ambiguous"]
    assert case["host"] in {None, primary and primary.host}


@pytest.mark.parametrize("case", [case for case in CASES if case["negative"]], ids=lambda case: case["id"])
def test_a_log_without_fetch_trouble_gives_no_finding(case: dict[str, Any]) -> None:
    """Other programs' network errors, compile errors, tests and prose are none of our business."""
    said = explain_log(case["text"].encode())

    assert (said.primary, tuple(said.findings), said.outage) == (None, (), False)


@pytest.mark.parametrize("name", ["go-fetch-failures.jsonl", "go-under-faults.jsonl"])
def test_the_shared_corpus_is_read_right(name: str) -> None:
    """Cause in at least 95 % of the cases, outage in at least 97 %, and no finding in any negative."""
    cases = read(CORPUS / name)
    if not cases:
        pytest.skip("the shared corpus is not beside this repository")
    said = [explain_log(case["text"].encode()) for case in cases]
    failures = [pair for pair in zip(cases, said, strict=True) if not pair[0]["negative"]]
    causes = [one.findings[one.primary].cause if one.primary is not None else "none" for _, one in failures]

    right = sum(c in {case["cause"], *case["alt_causes"]} for (case, _), c in zip(failures, causes, strict=True))
    outage = sum(one.outage == case["outage"] or case["outage_ambiguous"] for case, one in failures)
    assert right / len(failures) >= 0.95
    assert outage / len(failures) >= 0.97
    assert all(one.primary is None for case, one in zip(cases, said, strict=True) if case["negative"])
