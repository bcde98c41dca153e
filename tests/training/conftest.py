"""Fixtures of everything that fits networks."""

import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Every test starts with one thread, whatever the test before it set: teams of threads on busy cores only wait."""
    torch.set_num_threads(1)
