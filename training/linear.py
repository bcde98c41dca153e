"""The linear hazard model at its optimum: a logistic regression per interval, where a fit of the LSTM can start.

With one logit per interval the hazard likelihood falls apart into one logistic regression for each, over the
rows at which nothing happened before that interval; Newton's method solves each in a few steps.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from training.calibrate import expit
from training.lanes import Lanes

QUIET_ROWS = 100_000  # rows without a positive that are used, evenly spaced and weighted for the rest
STEPS = 50
Double = npt.NDArray[np.float64]


def linear_start(train: Lanes, decay: float, limit: int = QUIET_ROWS) -> tuple[Tensor, Tensor]:
    """Weights (K, F) and bias (K,) of the linear hazard model with the least penalised loss.

    Args:
        train: the scaled series.
        decay: L2 penalty of the weights per row.
        limit: rows without a positive that are used.
    """
    inputs, labels = np.concatenate(train.inputs), np.concatenate(train.labels)
    weights = np.concatenate(train.weights).astype(np.float64)
    known = np.isfinite(labels).any(axis=1) & (weights > 0)
    positive = known & (np.nan_to_num(labels) > 0).any(axis=1)
    quiet = np.flatnonzero(known & ~positive)
    stride = max(1, -(-len(quiet) // limit))
    weights[quiet] *= stride
    rows = np.sort(np.r_[np.flatnonzero(positive), quiet[::stride]])
    x, y, weight = inputs[rows].astype(np.float64), labels[rows], weights[rows]
    slopes, biases = [], []
    for k in range(y.shape[1]):
        risk = np.isfinite(y[:, k]) & (y[:, k - 1] == 0 if k else True)
        solution = logistic(x[risk], y[risk, k].astype(np.float64), weight[risk], decay)
        slopes.append(solution[:-1])
        biases.append(solution[-1])
    return torch.from_numpy(np.array(slopes)).float(), torch.from_numpy(np.array(biases)).float()


def logistic(x: Double, y: Double, weight: Double, decay: float) -> Double:
    """Weights (F,) and bias, in one array (F + 1,), of the penalised logistic regression of y on x.

    Half an event of belief keeps the bias finite where y never or always happens.
    """
    total = max(float(weight.sum()), 1.0)
    share = (float(weight @ y) + 0.5) / (total + 1)
    beta = np.zeros(x.shape[1] + 1)
    beta[-1] = np.log(share / (1 - share))
    if not 0 < weight @ y < total:
        return beta
    design = np.column_stack([x, np.ones(len(x))])
    ridge = np.full(len(beta), decay * total)
    ridge[-1] = 0.0

    def loss(at: Double) -> float:
        z = design @ at
        return float(weight @ (np.logaddexp(0, z) - y * z) + 0.5 * ridge @ at**2)

    best = loss(beta)
    for _ in range(STEPS):
        p = expit(design @ beta)
        gradient = design.T @ (weight * (p - y)) + ridge * beta
        hessian = (design * (weight * p * (1 - p))[:, None]).T @ design + np.diag(ridge + 1e-8 * total)
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while (found := loss(beta - size * step)) > best and size > 1e-4:
            size /= 2
        beta = beta - size * step
        done = best - found < 1e-9 * abs(best)
        best = min(best, found)
        if done:
            break
    return beta
