"""What can go wrong through no fault of ours, told in one line."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
import torch

from namesmith_trainer.agreement import DisagreementError
from namesmith_trainer.checkpoint import CheckpointError
from namesmith_trainer.data import DataError
from namesmith_trainer.recipe import RecipeError
from namesmith_trainer.run import DivergedError
from namesmith_trainer.watch import MissingPackageError

FAULTS = (CheckpointError, DataError, DisagreementError, DivergedError, MissingPackageError)

ALLOCATION = "can't allocate memory"
"""What torch's allocator for the CPU says, in a RuntimeError; that for CUDA is out of memory."""


@contextmanager
def reported() -> Iterator[None]:
    """Says each fault that a user can meet in one line; Ctrl-C ends with its status, 130."""
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except RecipeError as error:
        raise click.UsageError(str(error)) from error
    except FAULTS as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        where = f"{click.format_filename(error.filename)}: " if error.filename else ""
        raise click.ClickException(f"{where}{error.strerror or error}") from error
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not _out_of_memory(error):
            raise
        raise click.ClickException(
            "the run does not fit in memory; smaller settings or less data do"
        ) from error


def _out_of_memory(error: RuntimeError) -> bool:
    return isinstance(error, torch.OutOfMemoryError) or ALLOCATION in str(error)
