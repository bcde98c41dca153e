"""Bins -> named float32 features: the same object at training, in a replay and in production.

``Features`` takes one bin of all series after the other and carries what it must remember; nothing it says about
bin t changes when the log after t is cut off. All features are relative to the series' own past or to counts of
evidence, so that a model serves upstreams that it has never seen.
"""

from predictor.features.frames import FEATURES, FEATURES_VERSION, Features
from predictor.features.signals import SIGNALS, columns

__all__ = ["FEATURES", "FEATURES_VERSION", "SIGNALS", "Features", "columns"]
