"""The model under judgement, run exactly as in service: one step a bin, state carried."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from predictor.forecast.artifact import Artifact
from predictor.forecast.lstm import LstmForecaster
from predictor.protocols import HORIZONS_MIN
from training.dataset.records import Dataset, Record
from training.judge.methods import HEADLINE, Floats

ROWS = 4096  # bins that the cut one takes at a time: bounds memory, changes no value


class Network:
    """A model as it ships."""

    def __init__(self, artifact: Artifact) -> None:
        self._artifact = artifact

    def horizons(self, records: Sequence[Record]) -> list[Floats]:
        """Risks (T, K) of every record, all of them side by side from their first bins on."""
        order = sorted(range(len(records)), key=lambda place: -len(records[place].ends))
        found = [np.zeros((len(record.ends), len(HORIZONS_MIN))) for record in records]
        keys = [(str(place), "") for place in order]
        model = LstmForecaster(self._artifact)
        alive = len(order)
        for at in range(len(records[order[0]].ends) if order else 0):
            while len(records[order[alive - 1]].ends) <= at:
                alive -= 1
            if len(keys) != alive:
                keys = keys[:alive]  # the same list from step to step: the model then looks nothing up
            risk, _ = model.step(keys, np.stack([records[place].inputs[at] for place in order[:alive]]))
            for row, place in enumerate(order[:alive]):
                found[place][at] = risk[row]
        return found


class OneStep:
    """The same network with its state forgotten before every bin: what it is worth without recurrence."""

    name = "LSTM cut to one step"

    def __init__(self, artifact: Artifact) -> None:
        self._artifact = artifact

    def fit(self, train: Dataset) -> None:
        """It was fitted before."""

    def risks(self, records: Sequence[Record]) -> list[Floats]:
        """Every bin as the first of a series of its own."""
        rows = np.concatenate([record.inputs for record in records])
        parts = []
        for start in range(0, len(rows), ROWS):
            part = rows[start : start + ROWS]
            risk, _ = LstmForecaster(self._artifact).step([(str(place), "") for place in range(len(part))], part)
            parts.append(risk[:, HEADLINE].astype(np.float64))
        edges = np.cumsum([len(record.ends) for record in records])[:-1]
        return np.split(np.concatenate(parts), edges)
