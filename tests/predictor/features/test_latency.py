"""Quantiles from histograms."""

from __future__ import annotations

import numpy as np
import pytest

from predictor.features.latency import quantiles
from predictor.series import BUCKETS, PER_OCTAVE, bucket


@pytest.mark.parametrize("scale_s", [0.005, 0.3, 8.0])
def test_quantiles_are_right_within_a_bucket(scale_s: float) -> None:
    """Against NumPy on the values themselves."""
    values = np.random.default_rng(0).lognormal(np.log(scale_s), 0.7, 20_000)
    histogram = np.bincount(bucket(values), minlength=BUCKETS).astype(np.float32)
    found = quantiles(histogram[None, :, None])[:, 0, 0]
    exact = np.log2(np.quantile(np.clip(values, 1e-3, 65.536), [0.5, 0.9, 0.99]) * 1e3)

    assert np.abs(found - exact).max() < 1 / PER_OCTAVE


def test_an_empty_histogram_has_no_quantile() -> None:
    """Not zero."""
    assert np.isnan(quantiles(np.zeros((1, BUCKETS, 2), np.float32))).all()


def test_quantiles_never_cross() -> None:
    """The 99th is not below the median."""
    histograms = np.random.default_rng(1).poisson(0.3, (3, BUCKETS, 50)).astype(np.float32)
    median, high, highest = quantiles(histograms)

    assert (np.nan_to_num(high - median) >= 0).all()
    assert (np.nan_to_num(highest - high) >= 0).all()
