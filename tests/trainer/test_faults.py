"""Faults in one line, and no others."""

import click
import pytest
import torch

from namesmith_trainer.faults import reported


def test_what_does_not_fit_in_memory_is_told() -> None:
    """As torch's own allocator says it: no machine has 2^60 bytes."""
    with pytest.raises(click.ClickException, match="does not fit in memory"), reported():
        torch.empty(1 << 58)


def test_a_fault_of_ours_is_not_hidden() -> None:
    """Any other RuntimeError keeps its traceback."""
    with pytest.raises(RuntimeError, match="shape"), reported():
        torch.empty(3).view(2)
