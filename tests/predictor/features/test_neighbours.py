"""Who stands beside whom."""

from __future__ import annotations

import numpy as np
import pytest

from predictor.features.neighbours import Group, domain


@pytest.mark.parametrize("seed", range(3))
def test_sums_and_maxima_leave_the_series_itself_out(seed: int) -> None:
    """Against a loop over all pairs, ties and singles among them."""
    rng = np.random.default_rng(seed)
    labels = [str(label) for label in rng.integers(0, 4, 9)] + ["alone"]
    values = rng.integers(0, 3, (2, 10)).astype(np.float32)
    group = Group(labels)
    others = [[j for j in range(10) if j != i and labels[j] == labels[i]] for i in range(10)]

    assert group.highest(values).T.tolist() == [[max(row[o], default=0) for row in values] for o in others]
    assert group.total(values).T.tolist() == [[sum(row[o]) for row in values] for o in others]


@pytest.mark.parametrize(
    ("upstream", "expected"),
    [
        ("proxy.golang.org", "golang.org"),
        ("golang.org", "golang.org"),
        ("athens.eu.corp.example:3000", "corp.example"),
        ("10.0.0.1:8080", "10.0.0.1"),
        ("athens", "athens"),
        ("[::1]:80", "[::1]:80"),
    ],
)
def test_hosts_of_one_domain_are_mates(upstream: str, expected: str) -> None:
    """An address is its own."""
    assert domain(upstream) == expected
