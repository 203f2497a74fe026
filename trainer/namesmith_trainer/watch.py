"""Watching a run: its progress for people, its losses for programs."""

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
from namesmith_trainer.loop import BLOCK

LINES = 20
"""Lines of progress where there is no terminal."""


class MissingPackageError(RuntimeError):
    """A package that is needed for what was asked for; the message says which."""


def with_progress(blocks: Iterator[Tensor], steps: int) -> Iterator[Tensor]:
    """Shows step, rate and loss: a bar on a terminal, plain lines elsewhere."""
    return _bar(blocks, steps) if sys.stderr.isatty() else _lines(blocks, steps)


def with_metrics(blocks: Iterator[Tensor], file: Path) -> Iterator[Tensor]:
    """Writes a JSON line a step: the step, from 0, and its loss in nats at full precision."""
    steps = count()
    with naming(file), file.open("w", encoding="utf-8") as out:
        for losses in blocks:
            for loss in losses.tolist():
                out.write(json.dumps({"step": next(steps), "loss": loss}) + "\n")
            yield losses


def with_tensorboard(blocks: Iterator[Tensor], folder: Path) -> Iterator[Tensor]:
    """Writes the mean loss of every ``BLOCK`` steps for TensorBoard, at the last of them.

    What an earlier run, or this one before it was resumed, logged in the folder is superseded.

    Raises:
        MissingPackageError: TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 - when it is asked for
    except ImportError as error:
        raise MissingPackageError(
            "--tensorboard: the package tensorboard is not installed;"
            " install namesmith[tensorboard]"
        ) from error
    step = 0
    with _told_once(), naming(folder):
        writer = SummaryWriter(str(folder), purge_step=0)
    try:
        for losses in blocks:
            with _told_once(), naming(folder):
                for part in torch.split(losses, BLOCK):  # a resumed run's first are all so far
                    step += len(part)
                    writer.add_scalar("loss", part.mean().item(), step)
                writer.flush()
            yield losses
    finally:
        with _told_once(), naming(folder):
            writer.close()


@contextmanager
def _told_once() -> Iterator[None]:
    """Keeps Python from printing an OSError that TensorBoard's thread hands on to us."""
    hook = threading.excepthook
    threading.excepthook = lambda fault: (
        None if isinstance(fault.exc_value, OSError) else hook(fault)
    )
    try:
        yield
    finally:
        threading.excepthook = hook


def _bar(blocks: Iterator[Tensor], steps: int) -> Iterator[Tensor]:
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
    every = max(1, steps // LINES)
    step, due = 0, 0
    for losses in blocks:
        if step >= due:
            click.echo(f"{step:7d}/{steps:7d}: {losses[0].item():.4f}", err=True)
            due += every
        step += len(losses)
        yield losses
