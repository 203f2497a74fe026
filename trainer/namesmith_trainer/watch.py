"""Watching a run: its progress for people, its losses for programs."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click
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

LINES = 20
"""Lines of progress where there is no terminal."""

REFRESH = 500
"""Steps between two looks at the loss on a terminal; reading it costs a step some time."""


def with_progress(losses: Iterator[Tensor], steps: int) -> Iterator[Tensor]:
    """Shows step, rate and loss: a bar on a terminal, plain lines elsewhere."""
    return _bar(losses, steps) if sys.stderr.isatty() else _lines(losses, steps)


def with_metrics(losses: Iterator[Tensor], file: Path) -> Iterator[Tensor]:
    """Writes a JSON line a step: the step, from 0, and its loss in nats at full precision."""
    with file.open("w", encoding="utf-8") as out:
        for step, loss in enumerate(losses):
            out.write(json.dumps({"step": step, "loss": loss.item()}) + "\n")
            yield loss


def _bar(losses: Iterator[Tensor], steps: int) -> Iterator[Tensor]:
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[rate]} loss {task.fields[loss]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=steps, loss="-", rate="")
        for step, loss in enumerate(losses, start=1):
            if step % REFRESH == 0 or step == steps:
                speed = progress.tasks[0].speed or 0.0
                progress.update(
                    task, completed=step, loss=f"{loss.item():.4f}", rate=f"{speed:,.0f} steps/s"
                )
            yield loss


def _lines(losses: Iterator[Tensor], steps: int) -> Iterator[Tensor]:
    every = max(1, steps // LINES)
    for step, loss in enumerate(losses):
        if step % every == 0:
            click.echo(f"{step:7d}/{steps:7d}: {loss.item():.4f}", err=True)
        yield loss
