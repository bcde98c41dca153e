"""The hazard LSTM with a wide skip: what is fitted, as a torch module.

The LSTM carries what a series went through; its top state is joined by the scaled inputs themselves, so the
linear part of the head is a logistic regression on the newest bin and the recurrent part has only to add what
that cannot see. The head gives one hazard per interval between horizons; risks are sums of hazards, and so
can never fall with the horizon.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, softplus

State = tuple[Tensor, Tensor]  # h and c, each (layers, series, hidden)

TINY = 1e-12


class HazardLSTM(nn.Module):
    """LSTM (torch semantics) -> dropout -> concat[top state, inputs] -> one logit per interval.

    Args:
        features: F, width of the scaled inputs.
        hidden: H, width of the LSTM.
        layers: number of LSTM layers.
        horizons: K, number of intervals.
        dropout: share of the top state that is dropped while fitting.
    """

    def __init__(self, features: int, hidden: int, layers: int = 1, horizons: int = 3, dropout: float = 0.0) -> None:
        super().__init__()
        self.hidden = hidden
        self.lstm = nn.LSTM(features, hidden, layers, batch_first=True, dropout=dropout if layers > 1 else 0.0)
        self.drop = nn.Dropout(dropout)
        self.head = nn.Linear(hidden + features, horizons)

    def forward(self, inputs: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Scaled inputs (B, T, F) and the carried state -> logits (B, T, K) and the state after the last row."""
        top, state = self.lstm(inputs, state)
        logits: Tensor = self.head(torch.cat([self.drop(top), inputs], dim=-1))
        return logits, state

    def start_at(self, weight: Tensor, bias: Tensor) -> None:
        """Begin as the linear hazard model ``weight`` (K, F), ``bias`` (K,): the recurrent part adds nothing yet."""
        with torch.no_grad():
            self.head.weight.zero_()
            self.head.weight[:, self.hidden :] = weight
            self.head.bias.copy_(bias)


def cumulative_risk(logits: Tensor) -> Tensor:
    """Risks (..., K) of an onset before each horizon: ``1 - exp(-cumsum(softplus(logits)))``."""
    return -torch.expm1(-torch.cumsum(softplus(logits), dim=-1))


def hazard_loss(logits: Tensor, labels: Tensor, focal: float = 0.0) -> Tensor:
    """Negative log-likelihood (...,) of the discrete hazards, summed over the intervals that are known.

    Interval k counts while nothing has happened before it: with hazard a it survives with exp(-a). Labels
    (..., K) are cumulative and NaN where unknown (see :func:`training.sequences.complete`).
    ``focal`` > 0 weighs a term with (1 - its probability)^focal (Lin et al. 2017), which favours the hard rows
    and must be undone by a calibrator.
    """
    hazard = softplus(logits)
    before = pad(labels[..., :-1], (1, 0))
    known = torch.isfinite(labels) & (before == 0)
    event = torch.nan_to_num(labels)
    happen = -torch.log((-torch.expm1(-hazard)).clamp_min(TINY))
    term = torch.where(event > 0, happen, hazard)
    if focal > 0:
        term = term * (1 - torch.exp(-term)) ** focal
    return torch.where(known, term, torch.zeros_like(term)).sum(dim=-1)
