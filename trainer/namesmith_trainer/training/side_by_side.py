"""Steps of several networks at once, by an optimiser that trains them side by side."""

import time
from collections.abc import Generator, Iterator, Sequence

from torch import Tensor

from namesmith_trainer.models import NetworkRecipe
from namesmith_trainer.optim import Runs
from namesmith_trainer.training.checkpointer import checkpointer_of
from namesmith_trainer.training.divergence import check_losses, evaluated
from namesmith_trainer.training.jobs import Job
from namesmith_trainer.training.loop import BLOCK, Training, advance_together
from namesmith_trainer.training.progress import Progress, StoppedError
from namesmith_trainer.training.trained_network import TrainedNetwork


def train_together(
    jobs: Sequence[Job[NetworkRecipe]],
    trainings: Sequence[Training],
    runs: Runs,
    phases: Sequence[str],
) -> Generator[Progress, None, list[TrainedNetwork]]:
    """Take all steps of networks side by side; each is given the seconds of all.

    Args:
        jobs: jobs with recipes of one shape.
        trainings: run of each job.
        runs: optimiser of all their networks, in the same order.
        phases: name of the phase of each job.

    Raises:
        DivergedError: a loss is not a number.
        StoppedError: ``job.stop`` returned True, and the checkpoints are written.
        OSError: a checkpoint cannot be written.
    """
    keepers = [checkpointer_of(*each) for each in zip(jobs, trainings, strict=True)]
    before = max(keeper.seconds if keeper else 0.0 for keeper in keepers)
    start, total, first = time.perf_counter() - before, jobs[0].recipe.steps, trainings[0]
    if first.step:
        losses = first.losses[: first.step]
        file = keepers[0].resumed if keepers[0] else None
        yield Progress(phases[0], first.step, total, losses, first.evaluations.made, file)
    while not all(training.is_over for training in trainings):
        done, told = first.step, len(first.evaluations.made)
        for job, training, losses in _block_of_each(jobs, trainings, runs):
            whose = f"{job.recipe.name}, seed {job.batch_seed}: "
            check_losses(training, losses, whose)
            evaluated(training, whose)
        new = first.losses[done : first.step], first.evaluations.made[told:]
        progress = Progress(phases[0], first.step, total, *new)
        if first.step > done:
            yield progress
        stopping = jobs[0].stop()
        for training, keeper in zip(trainings, keepers, strict=True):
            if keeper:
                keeper.keep(time.perf_counter() - start, now=stopping or training.is_over)
        if stopping:
            raise StoppedError(progress)
    return (yield from _finished(trainings, phases, time.perf_counter() - start, before))


def _block_of_each(
    jobs: Sequence[Job[NetworkRecipe]], trainings: Sequence[Training], runs: Runs
) -> Iterator[tuple[Job[NetworkRecipe], Training, Tensor]]:
    """Advance the runs by a block; only the runs furthest behind, where they are at unlike steps.

    Runs are at unlike steps where an interruption came between two checkpoints.
    """
    least = min(training.step for training in trainings)
    if all(training.step == least for training in trainings):
        yield from zip(jobs, trainings, advance_together(trainings, runs), strict=True)
        return
    for job, training in zip(jobs, trainings, strict=True):
        if training.step == least:
            yield job, training, training.advance(min(BLOCK, job.recipe.steps - least))


def _finished(
    trainings: Sequence[Training], phases: Sequence[str], seconds: float, before: float
) -> Generator[Progress, None, list[TrainedNetwork]]:
    """Return the networks of runs that have ended; all but the first have their event here."""
    for i, training in enumerate(trainings):
        training.finish()
        if i:
            steps = training.recipe.steps
            made = training.evaluations.made
            yield Progress(phases[i], steps, steps, training.losses, made)
    return [
        TrainedNetwork.of(training, seconds, 0.0 if i else before)
        for i, training in enumerate(trainings)
    ]
