"""``train``: from names to a finished run, by the function that trains the recipe's class."""

from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch

from namesmith.vocabulary import Vocabulary
from namesmith_trainer.data import Counts, Names, Split, symbol_counts
from namesmith_trainer.models import Recipe
from namesmith_trainer.training.checkpoint import Checkpoint
from namesmith_trainer.training.progress import Progress, StoppedError, Watch
from namesmith_trainer.training.run import Run

R_co = TypeVar("R_co", bound=Recipe, covariant=True)


@dataclass(frozen=True)
class Job(Generic[R_co]):
    """A run that is to be made.

    Attributes:
        data: names to train on.
        splits: names of each split, in the order train, val, test.
        vocabulary: symbols of the names.
        recipe: recipe with the settings of the run.
        batch_seed: seed of the minibatches.
        device: "cpu" or "cuda".
        checkpoint: file that keeps the run, and from which the run may continue; None for no file.
        stop: function whose result is True once the run is to end.
    """

    data: Names
    splits: Mapping[str, Split]
    vocabulary: Vocabulary
    recipe: R_co
    batch_seed: int
    device: str
    checkpoint: Checkpoint | None = None
    stop: Callable[[], bool] = lambda: False

    def counts(self, split: str) -> Counts | None:
        """Return how often each predicted symbol of a split counts, int64 [N]; None: once."""
        return symbol_counts(self.splits[split])

    def check(self, progress: Progress) -> None:
        """Raise ``StoppedError`` where the run is to end; ``progress`` says how far it came."""
        if self.stop():
            raise StoppedError(progress)


Trainer = Callable[[Job[Any]], Generator[Progress, None, Run]]
"""Generator function that makes a job's run; it yields events and checks ``stop`` after each."""

R = TypeVar("R")

T = TypeVar("T", bound=Callable[[Job[Any]], Generator[Progress, None, Run]])

_TRAINERS: dict[type[Recipe], Trainer] = {}
"""Trainer of each class of recipes."""


def trains(kind: type[Recipe]) -> Callable[[T], T]:
    """Make a function the trainer of a class of recipes, and of the classes derived from it."""

    def remember(trainer: T) -> T:
        _TRAINERS[kind] = trainer
        return trainer

    return remember


def train(  # noqa: PLR0913 - the arguments of a run
    data: Names,
    recipe: Recipe,
    batch_seed: int,
    device: str,
    watch: Watch,
    *,
    checkpoint: Checkpoint | None = None,
    stop: Callable[[], bool] = lambda: False,
    announce: Callable[[Job[Any]], None] = lambda _: None,
) -> Run:
    """Train a model and measure the loss of every split.

    Args:
        data: names to train on.
        recipe: recipe, whose class has a trainer.
        batch_seed: seed of the minibatches.
        device: "cpu" or "cuda".
        watch: function that is given the events of the run.
        checkpoint: file that keeps the run, and from which the run may continue; None for no file.
            A run whose recipe is not ``RESUMABLE`` neither reads nor writes the file.
        stop: function that is called after every event and every split; a result of True ends
            the run.
        announce: function that is given the job before its trainer begins.

    Raises:
        DataError: the names cannot be trained on.
        DivergedError: a loss is not a number.
        StoppedError: ``stop`` returned True.
        CheckpointError: the run cannot continue from the checkpoint.
        OSError: the checkpoint cannot be written.
    """
    job = Job(data, data.splits(), data.vocabulary(), recipe, batch_seed, device, checkpoint, stop)
    announce(job)
    trainer = next(_TRAINERS[kind] for kind in type(recipe).__mro__ if kind in _TRAINERS)
    return watched(trainer(job), watch)


def watched(events: Generator[Progress, None, R], watch: Watch) -> R:
    """Run a generator of events to its end before the eyes of ``watch``, and return its result."""
    torch.set_num_threads(1)  # products this small lose more by sharing than they gain
    finished: list[R] = []

    def running() -> Generator[Progress, None, None]:
        finished.append((yield from events))

    with closing(running()) as told:
        for _ in watch(told):
            pass
    return finished[0]
