"""The linear hazard model at its optimum: a logistic regression per interval, where a fit of the LSTM can start."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from training.lanes import Lanes
from training.network import hazard_loss


def linear_start(train: Lanes, decay: float, limit: int = 400_000) -> tuple[Tensor, Tensor]:
    """Weights (K, F) and bias (K,) of the linear hazard model with the least penalised loss (L-BFGS, float64).

    ``decay`` is the L2 penalty per row. At most ``limit`` rows without a positive are used, evenly spaced
    and weighted for the rest.
    """
    inputs, labels = np.concatenate(train.inputs), np.concatenate(train.labels)
    weights = np.concatenate(train.weights)
    known = np.isfinite(labels).any(axis=1) & (weights > 0)
    positive = known & (np.nan_to_num(labels) > 0).any(axis=1)
    quiet = np.flatnonzero(known & ~positive)
    stride = max(1, -(-len(quiet) // limit))
    rows = np.sort(np.r_[np.flatnonzero(positive), quiet[::stride]])
    weight = torch.from_numpy(np.where(positive, 1.0, stride)[rows] * weights[rows]).double()
    x, y = torch.from_numpy(inputs[rows]).double(), torch.from_numpy(labels[rows]).double()
    slope = torch.zeros(y.shape[1], x.shape[1], dtype=torch.float64, requires_grad=True)
    bias = torch.full((y.shape[1],), -5.0, dtype=torch.float64, requires_grad=True)
    search = torch.optim.LBFGS([slope, bias], max_iter=200, line_search_fn="strong_wolfe", tolerance_change=1e-10)
    total = weight.sum().clamp_min(1.0)

    def closure() -> Tensor:
        search.zero_grad()
        loss = (weight * hazard_loss(x @ slope.T + bias, y)).sum() / total
        loss = loss + 0.5 * decay * (slope**2).sum()
        torch.autograd.backward(loss)
        return loss

    search.step(closure)  # type: ignore[no-untyped-call]
    return slope.detach().float(), bias.detach().float()
