"""Tests of the errors that the command line reports in one line."""

import click
import pytest
import torch

from namesmith_trainer.cli.errors import reported


def test_memory_that_runs_out_is_reported_in_one_line() -> None:
    """The error of torch's CPU allocator is one line: no machine has 2^60 bytes."""
    with pytest.raises(click.ClickException, match="does not fit in memory"), reported():
        torch.empty(1 << 58)


def test_a_runtime_error_of_the_program_keeps_its_traceback() -> None:
    """A RuntimeError that is not about memory is raised again."""
    with pytest.raises(RuntimeError, match="shape"), reported():
        torch.empty(3).view(2)
