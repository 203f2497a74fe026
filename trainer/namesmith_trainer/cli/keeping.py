"""The options by which a run is kept and resumed; a command is given their ``Checkpoint``."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from namesmith_trainer.training import Checkpoint


def checkpoint(text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the decorator that adds ``--checkpoint``, ``--checkpoint-every`` and ``--resume``.

    The command's argument ``checkpoint`` is a ``Checkpoint``; without a file, its path is None.

    Args:
        text: help of ``--checkpoint``.
    """

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
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

        file = click.option(
            "--checkpoint",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help=text,
        )
        every = click.option(
            "--checkpoint-every",
            type=click.IntRange(1),
            default=10_000,
            show_default=True,
            metavar="STEPS",
            help="How often, at multiples of 100 steps; and after the last step of a run.",
        )
        resume = click.option(
            "--resume", is_flag=True, help="Continue from the checkpoint, where there is one."
        )
        return file(every(resume(keeping)))

    return add
