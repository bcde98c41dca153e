"""Histories become labelled rows: features of every bin, and whether an outage began within each horizon.

``simulated`` takes worlds of the simulator, ``logs`` takes folders of logs (recordings with their truth, or an
installation's own), ``stored`` what a service kept; ``label`` gives all of them the same three labels.
"""

from training.dataset.label import Event, Why, label
from training.dataset.records import Dataset, Record

__all__ = ["Dataset", "Event", "Record", "Why", "label"]
