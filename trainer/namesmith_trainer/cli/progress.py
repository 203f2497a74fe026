"""Wrappers of a run's events: progress for people, losses for programs."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import torch
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress
from torch import Tensor

from namesmith_trainer.files import naming
from namesmith_trainer.training import BLOCK, STEPS, Progress

if TYPE_CHECKING:  # an optional package
    from torch.utils.tensorboard import SummaryWriter

LINES = 20
"""Approximate number of progress lines of a run where there is no terminal."""


class MissingPackageError(RuntimeError):
    """Raised where an option needs a package that is not installed; the message names both."""


def with_progress(events: Iterator[Progress]) -> Iterator[Progress]:
    """Show the phases of a run and its loss: as bars on a terminal, else as plain lines."""
    return _bars(events) if sys.stderr.isatty() else _lines(events)


def with_metrics(events: Iterator[Progress], file: Path) -> Iterator[Progress]:
    """Write a JSON line for each step: the step, from 0, and its loss in nats, not rounded.

    A loss on val has a line of its own: ``step`` is the number of steps that were taken. The lines
    of a run that has several phases with losses name the phase too.

    Raises:
        OSError: the file cannot be written; the error names the file.
    """
    with naming(file), file.open("w", encoding="utf-8") as out:
        for event in events:
            losses = [] if event.losses is None else event.losses.tolist()
            phase = {} if event.phase == STEPS else {"phase": event.phase}
            for step, loss in enumerate(losses, start=event.done - len(losses)):
                out.write(json.dumps({**phase, "step": step, "loss": loss}) + "\n")
            for step, loss in event.evaluations:
                out.write(json.dumps({**phase, "step": step, "val_loss": loss}) + "\n")
            yield event


def with_tensorboard(events: Iterator[Progress], folder: Path) -> Iterator[Progress]:
    """Write the mean loss of every ``BLOCK`` steps for TensorBoard, at the number of steps taken.

    The losses on val have the tag "val loss".
    Entries that the folder holds already, from another run or from this run before a resume,
    are superseded. The losses of a phase other than the run's own steps have a tag of their own.

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
    with _thread_errors_muted(), naming(folder):
        writer = SummaryWriter(str(folder), purge_step=0)
    try:
        for event in events:
            if event.losses is not None:
                with _thread_errors_muted(), naming(folder):
                    _log(writer, event, event.losses)
            yield event
    finally:
        with _thread_errors_muted(), naming(folder):
            writer.close()


def _log(writer: "SummaryWriter", event: Progress, losses: Tensor) -> None:
    """Log the mean of every ``BLOCK`` losses of an event, and its losses on val."""
    step = event.done - len(losses)
    tag = "loss" if event.phase == STEPS else f"loss of {event.phase}"
    # The first event of a resumed phase holds the losses of all earlier steps.
    for part in torch.split(losses, BLOCK):
        step += len(part)
        writer.add_scalar(tag, part.mean().item(), step)
    for evaluation in event.evaluations:
        writer.add_scalar(f"val {tag}", evaluation.loss, evaluation.step)
    writer.flush()


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


def _bars(events: Iterator[Progress]) -> Iterator[Progress]:
    """Show a progress bar for each phase on the terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with RichProgress(*columns, console=Console(stderr=True)) as shown:
        tasks: dict[str, TaskID] = {}
        val = ""
        for event in events:
            if event.phase not in tasks:
                tasks[event.phase] = shown.add_task(event.phase, total=event.total, note="")
                val = ""
            if event.resumed:
                shown.console.print(_resumed(event), highlight=False, markup=False, soft_wrap=True)
            val = _val(event) or val
            task = tasks[event.phase]
            shown.update(task, completed=event.done)
            if event.losses is not None:
                speed = shown.tasks[task].speed or 0.0
                note = f"{speed:,.0f} steps/s loss {event.losses[-1].item():.4f}{val}"
                shown.update(task, note=note)
            yield event


def _lines(events: Iterator[Progress]) -> Iterator[Progress]:
    """Print about ``LINES`` plain lines of progress over each phase.

    A resumed phase goes on with the line that is due next.
    """
    phase, due, val = "", 0, ""
    for event in events:
        if event.phase != phase:
            if event.phase != STEPS:
                click.echo(event.phase, err=True)
            phase, due, val = event.phase, 0, ""
        between = max(1, event.total // LINES)
        count = 0 if event.losses is None else len(event.losses)
        first = event.done - count
        if event.resumed:
            click.echo(_resumed(event), err=True)
            due = -(-event.done // between) * between
        elif first >= due:
            loss = "" if event.losses is None else f": {event.losses[0].item():.4f}{val}"
            click.echo(f"{first:7d}/{event.total:7d}{loss}", err=True)
            due = (first // between + 1) * between
        val = _val(event) or val
        yield event


def _resumed(event: Progress) -> str:
    """Return the line about an event with which a phase continues."""
    return f"resumed from {event.resumed} at step {event.done:,}"


def _val(event: Progress) -> str:
    """Return an event's last loss on val as text that follows a loss; empty without one."""
    return f", val {event.evaluations[-1].loss:.4f}" if event.evaluations else ""
