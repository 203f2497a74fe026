"""The errors that a user can meet, each reported in one line."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
import torch

from namesmith.bundle import BundleError, KeyFileError
from namesmith_trainer.cli.progress import MissingPackageError
from namesmith_trainer.data import DataError
from namesmith_trainer.distillation import TeacherError
from namesmith_trainer.models import RecipeError
from namesmith_trainer.publish import ExportError, ParityError, RepositoryError
from namesmith_trainer.training import CheckpointError, DivergedError

REPORTED = (
    BundleError,
    CheckpointError,
    DataError,
    DivergedError,
    ExportError,
    KeyFileError,
    MissingPackageError,
    ParityError,
    RepositoryError,
    TeacherError,
)
"""Errors of the trainer whose message is the one line that a user reads."""

ALLOCATION = "can't allocate memory"
"""Text in the RuntimeError of torch's CPU allocator; CUDA's error is a class, OutOfMemoryError."""


@contextmanager
def reported() -> Iterator[None]:
    """Report each error that a user can meet in one line; Ctrl-C ends with exit status 130.

    Notes that were added to an error follow its message.
    """
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except RecipeError as error:
        raise click.UsageError(str(error)) from error
    except REPORTED as error:
        raise _line(str(error), error) from error
    except OSError as error:
        where = f"{click.format_filename(error.filename)}: " if error.filename else ""
        raise _line(f"{where}{error.strerror or error}", error) from error
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not _out_of_memory(error):
            raise
        text = "the run does not fit in memory; smaller settings or less data do"
        raise _line(text, error) from error


def _line(message: str, error: BaseException) -> click.ClickException:
    return click.ClickException("; ".join([message, *getattr(error, "__notes__", [])]))


def _out_of_memory(error: RuntimeError) -> bool:
    """Return whether torch raised the error because memory ran out."""
    return isinstance(error, torch.OutOfMemoryError) or ALLOCATION in str(error)
