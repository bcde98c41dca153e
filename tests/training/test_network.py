"""The hazard LSTM: monotone risks, the likelihood against an obvious oracle, and the carried state."""

import math

import numpy as np
import pytest
import torch

from training.network import HazardLSTM, cumulative_risk, hazard_loss
from training.sequences import complete


def nll(hazards: list[float], labels: list[float]) -> float:
    """Minus log of the probability of what is known, interval by interval."""
    total, before = 0.0, 0.0
    for hazard, label in zip(hazards, labels, strict=True):
        if before == 0 and not math.isnan(label):
            p = 1 - math.exp(-hazard)
            total -= math.log(p if label else 1 - p)
        before = label
    return total


@pytest.mark.parametrize("labels", [[0, 0, 0], [0, 0, 1], [0, 1, 1], [1, 1, 1], [0, 0, math.nan], [math.nan] * 3])
def test_loss_is_the_likelihood_of_the_known_intervals(labels: list[float]) -> None:
    """Rows after an onset and unknown labels add nothing."""
    logits = torch.tensor([-1.0, 0.5, -3.0], dtype=torch.float64)
    hazards = [math.log1p(math.exp(value)) for value in logits.tolist()]

    loss = hazard_loss(logits, torch.tensor(labels, dtype=torch.float64))

    assert float(loss) == pytest.approx(nll(hazards, labels), abs=1e-9)


def test_unknown_labels_have_no_gradient() -> None:
    """NaN labels leave finite gradients that are zero."""
    logits = torch.zeros(2, 3, requires_grad=True)

    hazard_loss(logits, torch.full((2, 3), torch.nan)).sum().backward()

    assert torch.equal(logits.grad, torch.zeros(2, 3))


def test_focal_loss_weighs_easy_rows_less() -> None:
    """A row that the model is sure of keeps less of its loss than one that it is wrong about."""
    logits, labels = torch.tensor([[-4.0], [-4.0]]), torch.tensor([[0.0], [1.0]])

    kept = hazard_loss(logits, labels, focal=2.0) / hazard_loss(logits, labels)

    assert kept[0] < 0.01
    assert kept[1] > 0.9


def test_risk_never_falls_with_the_horizon() -> None:
    """Any logits give non-decreasing risks within 0 and 1."""
    risk = cumulative_risk(torch.randn(500, 3, generator=torch.Generator().manual_seed(0)) * 8)

    assert bool((risk.diff(dim=-1) >= 0).all())
    assert bool(((risk >= 0) & (risk <= 1)).all())


@pytest.mark.parametrize("layers", [1, 2])
def test_a_stream_in_pieces_equals_the_whole(layers: int) -> None:
    """The state carried over a cut gives the same logits as no cut."""
    torch.manual_seed(1)
    network, rows = HazardLSTM(4, 6, layers).eval(), torch.randn(2, 30, 4)

    whole, _ = network(rows)
    first, state = network(rows[:, :11])
    second, _ = network(rows[:, 11:], state)

    assert torch.allclose(torch.cat([first, second], dim=1), whole, atol=1e-6)


def test_it_starts_as_the_linear_model() -> None:
    """After ``start_at`` the logits are those of the linear part alone."""
    network, rows = HazardLSTM(3, 5).eval(), torch.randn(1, 7, 3)
    weight, bias = torch.randn(3, 3), torch.randn(3)

    network.start_at(weight, bias)

    assert torch.allclose(network(rows)[0], rows @ weight.T + bias, atol=1e-6)


@pytest.mark.parametrize(
    ("given", "settled"),
    [([np.nan, np.nan, 0], [0, 0, 0]), ([1, np.nan, np.nan], [1, 1, 1]), ([np.nan, 1, 1], [np.nan, 1, 1])],
)
def test_neighbouring_horizons_settle_unknown_labels(given: list[float], settled: list[float]) -> None:
    """What starts early starts within every later horizon; what does not start late does not start early."""
    assert complete(np.array([given], np.float32))[0].tolist() == pytest.approx(settled, nan_ok=True)
