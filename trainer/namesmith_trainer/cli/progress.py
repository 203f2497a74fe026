"""Wrappers of a run's blocks of losses: progress for people, losses for programs."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import click
import torch
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from torch import Tensor

from namesmith_trainer.files import naming
from namesmith_trainer.training import BLOCK

LINES = 20
"""Approximate number of progress lines of a run where there is no terminal."""


class MissingPackageError(RuntimeError):
    """Raised where an option needs a package that is not installed; the message names both."""


def with_progress(blocks: Iterator[Tensor], steps: int) -> Iterator[Tensor]:
    """Show the progress and the loss of a run: as a bar on a terminal, else as plain lines."""
    return _bar(blocks, steps) if sys.stderr.isatty() else _lines(blocks, steps)


def with_metrics(blocks: Iterator[Tensor], file: Path) -> Iterator[Tensor]:
    """Write a JSON line for each step: the step, from 0, and its loss in nats, not rounded.

    Raises:
        OSError: the file cannot be written; the error names the file.
    """
    steps = count()
    with naming(file), file.open("w", encoding="utf-8") as out:
        for losses in blocks:
            for loss in losses.tolist():
                out.write(json.dumps({"step": next(steps), "loss": loss}) + "\n")
            yield losses


def with_tensorboard(blocks: Iterator[Tensor], folder: Path) -> Iterator[Tensor]:
    """Write the mean loss of every ``BLOCK`` steps for TensorBoard, at the number of steps taken.

    Entries that the folder holds already, from another run or from this run before a resume,
    are superseded.

    Raises:
        MissingPackageError: TensorBoard is not installed.
        OSError: the folder cannot be written; the error names the folder.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 - an optional package
    except ImportError as error:
        raise MissingPackageError(
            "--tensorboard: the package tensorboard is not installed;"
            " install namesmith[tensorboard]"
        ) from error
    step = 0
    with _thread_errors_muted(), naming(folder):
        writer = SummaryWriter(str(folder), purge_step=0)
    try:
        for losses in blocks:
            with _thread_errors_muted(), naming(folder):
                # The first block of a resumed run holds the losses of all earlier steps.
                for part in torch.split(losses, BLOCK):
                    step += len(part)
                    writer.add_scalar("loss", part.mean().item(), step)
                writer.flush()
            yield losses
    finally:
        with _thread_errors_muted(), naming(folder):
            writer.close()


@contextmanager
def _thread_errors_muted() -> Iterator[None]:
    """Keep Python from printing an OSError of TensorBoard's thread; the caller gets it too."""
    hook = threading.excepthook
    threading.excepthook = lambda fault: (
        None if isinstance(fault.exc_value, OSError) else hook(fault)
    )
    try:
        yield
    finally:
        threading.excepthook = hook


def _bar(blocks: Iterator[Tensor], steps: int) -> Iterator[Tensor]:
    """Show a progress bar on the terminal."""
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[rate]} loss {task.fields[loss]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=steps, loss="-", rate="")
        for losses in blocks:
            speed = progress.tasks[0].speed or 0.0
            progress.update(
                task,
                advance=len(losses),
                loss=f"{losses[-1].item():.4f}",
                rate=f"{speed:,.0f} steps/s",
            )
            yield losses


def _lines(blocks: Iterator[Tensor], steps: int) -> Iterator[Tensor]:
    """Print about ``LINES`` plain lines of progress over the run."""
    every = max(1, steps // LINES)
    step, due = 0, 0
    for losses in blocks:
        if step >= due:
            click.echo(f"{step:7d}/{steps:7d}: {losses[0].item():.4f}", err=True)
            due += every
        step += len(losses)
        yield losses
