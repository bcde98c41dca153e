"""The samples of wrapped logs give their expected events through the whole reader."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from predictor.events import EventBatch
from predictor.protocols import Source
from predictor.reading import Reader

SAMPLES = Path(__file__).resolve().parents[4] / "data/samples/wrappers"
CASES = sorted(SAMPLES.glob("*.log"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_wrapped_sample_gives_its_expected_events(path: Path) -> None:
    source = json.loads(path.with_suffix(".source.json").read_text())
    expected = [json.loads(line) for line in path.with_suffix(".expected.jsonl").read_text().splitlines()]
    reader = Reader(Source(**source))

    found = list(EventBatch.concat([reader.feed(path.read_bytes()), reader.finish()]).rows())

    assert found == expected


def test_all_samples_are_one_log_in_many_skins() -> None:
    """Outcomes, causes and places are those of the bare log, whatever was wrapped around it."""
    what = ("kind", "op", "module", "version", "upstream", "outcome", "cause", "status", "job")
    seen = set()
    for path in CASES:
        rows = [json.loads(line) for line in path.with_suffix(".expected.jsonl").read_text().splitlines()]
        seen.add(tuple(sorted(tuple(str(row[name]) for name in what) for row in rows)))

    assert len(CASES) >= 20
    assert len(seen) == 1
