"""Events -> series: additive counts and latency histograms per (vantage, upstream) in bins of event time.

``rollup`` takes a whole history at once, ``Binner`` takes events as they arrive; both give the same ``Bins``.
Gaps are missing and never zero (DESIGN.md section 2, "series").
"""

from predictor.series.binner import LOOK_AHEAD_S, Binner, Watermark
from predictor.series.bins import Bins, Frame, empty, merge, rollup
from predictor.series.columns import BUCKETS, CAUSE_GROUPS, COLUMNS, INDEX, PER_OCTAVE, bucket

__all__ = [
    "BUCKETS",
    "CAUSE_GROUPS",
    "COLUMNS",
    "INDEX",
    "LOOK_AHEAD_S",
    "PER_OCTAVE",
    "Binner",
    "Bins",
    "Frame",
    "Watermark",
    "bucket",
    "empty",
    "merge",
    "rollup",
]
