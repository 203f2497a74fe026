"""The options by which a run is kept and resumed; a command is given their ``Checkpoint``."""

import functools
from collections.abc import Callable
from pathlib import Path

import click

from namesmith_trainer.cli.options import Command
from namesmith_trainer.training import Checkpoint

EVERY = click.option(
    "--checkpoint-every",
    type=click.IntRange(1),
    default=10_000,
    show_default=True,
    metavar="STEPS",
    help="How often, at multiples of 100 steps; and after the last step of a run.",
)
"""Option that says how often a run is kept."""

RESUME = click.option(
    "--resume", is_flag=True, help="Continue from the checkpoint, where there is one."
)
"""Option that continues a run."""


def checkpoint(text: str) -> Callable[[Command], Command]:
    """Return the decorator that adds ``--checkpoint``, ``--checkpoint-every`` and ``--resume``.

    The command's argument ``checkpoint`` is a ``Checkpoint``; without a file, its path is None.

    Args:
        text: help of ``--checkpoint``.
    """
    file = click.option(
        "--checkpoint",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help=text,
    )
    return lambda command: file(EVERY(RESUME(_keeping(command))))


def _keeping(command: Command) -> Command:
    """Return a command that makes a ``Checkpoint`` of the options' values."""

    @functools.wraps(command)
    def keeping(
        *args: object,
        checkpoint: Path | None,
        checkpoint_every: int,
        resume: bool,
        **others: object,
    ) -> object:
        if resume and not checkpoint:
            raise click.UsageError("--resume: there is no --checkpoint to resume from")
        kept = Checkpoint(checkpoint, checkpoint_every, resume)
        return command(*args, checkpoint=kept, **others)

    return keeping
