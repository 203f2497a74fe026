"""``RunWatch``: the eyes on a run, and the options of the files that it writes losses into."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

from namesmith_trainer.cli.options import Command
from namesmith_trainer.cli.progress import with_metrics, with_progress, with_tensorboard
from namesmith_trainer.training import Progress


@dataclass
class RunWatch:
    """Shows the events of a run, and writes its losses into the files that were asked for.

    Attributes:
        metrics: file of a JSON line a step; None for no file.
        tensorboard: folder of TensorBoard's files; None for no folder.
        last: last event of the run.
    """

    metrics: Path | None
    tensorboard: Path | None
    last: Progress = field(init=False)

    def __call__(self, events: Iterator[Progress]) -> Iterator[Progress]:
        """Yield the events unchanged."""
        if self.metrics:
            events = with_metrics(events, self.metrics)
        if self.tensorboard:
            events = with_tensorboard(events, self.tensorboard)
        yield from self.shown(events)

    def shown(self, events: Iterator[Progress]) -> Iterator[Progress]:
        """Yield the events of work without losses, which are shown and stand in no file."""
        for event in with_progress(events):
            self.last = event
            yield event


def watch(command: Command) -> Command:
    """Add ``--metrics`` and ``--tensorboard``; the argument ``watch`` is their ``RunWatch``."""

    @functools.wraps(command)
    def watching(
        *args: object, metrics: Path | None, tensorboard: Path | None, **others: object
    ) -> object:
        return command(*args, watch=RunWatch(metrics, tensorboard), **others)

    file = click.option(
        "--metrics",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Write a JSON line a step, and one for each loss on val: step, and loss in nats.",
    )
    folder = click.option(
        "--tensorboard",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="FOLDER",
        help="Log the loss for TensorBoard; needs namesmith[tensorboard].",
    )
    return file(folder(watching))
