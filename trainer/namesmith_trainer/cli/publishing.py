"""Around a publication: its rehearsal before a run, and the run that is kept without it."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

import click

from namesmith_trainer.data import Names
from namesmith_trainer.models import Recipe
from namesmith_trainer.publish import is_rehearsed, rehearse
from namesmith_trainer.training import Checkpoint, CheckpointError, DivergedError, StoppedError

NOT_KEPT = (CheckpointError, DivergedError, StoppedError)
"""Errors behind which no run is kept: refused or useless runs, and runs that ``keep`` is asked for
elsewhere."""


def rehearse_new(recipe: Recipe, names: Names, kept: Checkpoint | None) -> None:
    """Try the export before a run that begins; say so where it was to be resumed."""
    if kept and kept.continues():
        return
    if kept and kept.resume:
        click.echo(f"{kept.path}: is not there, the run begins", err=True)
    if is_rehearsed(recipe):
        click.echo("trying the export", err=True)
        rehearse(recipe, len(names.vocabulary()))


@contextmanager
def kept_at_failure(checkpoint: Checkpoint | None, models: Path, name: str) -> Iterator[None]:
    """Keep a run where anything fails, and say in a note of the error how the run goes on.

    Args:
        checkpoint: checkpoint of the run; None for a run that takes seconds.
        models: repository in which the run would be published.
        name: name of the model.
    """
    try:
        yield
    except NOT_KEPT:
        raise
    except Exception as error:
        if checkpoint and (checkpoint.held or checkpoint.used):
            error.add_note(keep(checkpoint, models, name))
        raise


def keep(checkpoint: Checkpoint | None, models: Path, name: str) -> str:
    """Write a run that is held in memory beside the model, or wherever it can be written.

    Returns:
        the words that say from which files the run can be continued.
    """
    if not checkpoint or not (checkpoint.held or checkpoint.used):
        return "nothing is kept"
    if not checkpoint.held:
        return f"--resume continues from {' and '.join(map(str, sorted(checkpoint.used)))}"
    file = f"{name}-{secrets.token_hex(3)}.checkpoint"
    hidden = models / f".{file}"  # servers pass over hidden files of a repository in silence
    place = checkpoint.rescue((hidden, Path(file), Path(tempfile.gettempdir()) / file))
    if place:
        options = f"--checkpoint {quote(str(place))} --resume"
        return f"the run is kept: the same command with {options} publishes it"
    size = sum(map(len, checkpoint.held.values()))
    return f"the run is lost: no disk takes the {size:,} bytes of its checkpoint"
