"""The recorded incidents through reading, bins and outage definition, against their truth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from predictor.history import read_history
from predictor.outage import outage_mask
from predictor.series import rollup

INCIDENTS = Path(__file__).resolve().parents[2] / "data" / "incidents"
NAMES = sorted(path.parent.name for path in INCIDENTS.glob("*/truth.json"))
pytestmark = pytest.mark.skipif(not NAMES, reason="no recorded incidents beside this checkout")


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("-1")][:12])
def test_the_mirrors_state_is_that_of_its_builds(name: str) -> None:
    """Nine bins of ten agree with the share of builds that really broke; benign recordings have no outage."""
    folder = INCIDENTS / name
    truth = json.loads((folder / "truth.json").read_text())
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "truth.json"]
    bins = rollup(read_history(files).events)
    said = outage_mask(bins)[:, [key[1] for key in bins.keys].index(truth["upstreams"]["mirror"])]
    really = np.zeros(bins.length, bool)
    for start, end in truth["outages"]:
        really[int(start // 60) - bins.first : int(end // 60) - bins.first] = True

    assert (said == really).mean() >= 0.85
    assert said.any() == really.any()
