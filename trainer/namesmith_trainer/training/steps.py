"""The steps of networks: each on its own, or side by side where their recipe can."""

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch

from namesmith_trainer.data import contexts_and_targets
from namesmith_trainer.models import Network, NetworkRecipe
from namesmith_trainer.optim import Optimizer
from namesmith_trainer.training.checkpointer import checkpointer_of
from namesmith_trainer.training.divergence import check_losses, evaluated
from namesmith_trainer.training.jobs import Job
from namesmith_trainer.training.loop import Pairs, Training
from namesmith_trainer.training.losses import TRAIN, VAL
from namesmith_trainer.training.progress import STEPS, Progress, StoppedError
from namesmith_trainer.training.side_by_side import train_together
from namesmith_trainer.training.trained_network import TrainedNetwork


def split_tensors(job: Job[NetworkRecipe]) -> dict[str, Pairs]:
    """Return the contexts and targets of each split, on the device, by split."""
    tensors = {
        split: contexts_and_targets(names, job.vocabulary, job.recipe.block_size)
        for split, names in job.splits.items()
    }
    return {split: (x.to(job.device), y.to(job.device)) for split, (x, y) in tensors.items()}


def train_steps(
    jobs: Sequence[Job[NetworkRecipe]],
    tensors: Mapping[str, Pairs],
    phases: Sequence[str] = (STEPS,),
) -> Generator[Progress, None, list[TrainedNetwork]]:
    """Take all steps of networks; each job's checkpoint keeps its network's.

    Where the recipe can, the networks are trained side by side: the events of the first network are
    those of its blocks, and each other network has one event behind them, with all its losses.
    Otherwise, and where a run may end early, the networks are trained one after another. The
    networks are the same either way.

    Args:
        jobs: jobs with recipes of one shape.
        tensors: contexts and targets of the splits, on the device; where val is among them, the
            runs are evaluated on it.
        phases: name of the phase of each job; the first one's for jobs without.

    Raises:
        DivergedError: a loss is not a number.
        StoppedError: ``job.stop`` returned True, and the checkpoints are written.
        CheckpointError: a run cannot continue from the checkpoint.
        OSError: a checkpoint cannot be written.
    """
    phases = [*phases, *([phases[0]] * (len(jobs) - len(phases)))]
    if len(jobs) > 1 and not any(job.recipe.patience for job in jobs):
        networks = [job.recipe.network(len(job.vocabulary)).to(job.device) for job in jobs]
        runs = jobs[0].recipe.runs(networks)
        if runs:
            trainings = [
                _training(job, network, tensors, runs.optimizer(i))
                for i, (job, network) in enumerate(zip(jobs, networks, strict=True))
            ]
            return (yield from train_together(jobs, trainings, runs, phases))
    trained = []
    for i, job in enumerate(jobs):
        network = job.recipe.network(len(job.vocabulary)).to(job.device)
        training = _training(job, network, tensors)
        trained.append((yield from _alone(job, training, phases[i])))
    return trained


def _training(
    job: Job[NetworkRecipe],
    network: Network,
    tensors: Mapping[str, Pairs],
    optimizer: Optimizer | None = None,
) -> Training:
    """Return a job's run at step 0."""
    return Training(
        network,
        *tensors[TRAIN],
        job.recipe,
        job.batch_seed,
        optimizer,
        counts=job.counts(TRAIN),
        val=tensors.get(VAL),
        val_counts=job.counts(VAL) if VAL in tensors else None,
    )


def _alone(
    job: Job[NetworkRecipe], training: Training, phase: str
) -> Generator[Progress, None, TrainedNetwork]:
    """Take all steps of one network."""
    checkpointer = checkpointer_of(job, training)
    before = checkpointer.seconds if checkpointer else 0.0
    start = time.perf_counter() - before
    told = training.evaluations.made
    resumed = checkpointer.resumed if checkpointer else None
    with _denormals_flushed():
        for losses in training.blocks():
            check_losses(training, losses)
            told += evaluated(training)
            progress = Progress(phase, training.step, job.recipe.steps, losses, told, resumed)
            told, resumed = (), None
            yield progress
            stopping = job.stop()
            if checkpointer:
                now = stopping or training.is_over
                checkpointer.keep(time.perf_counter() - start, now=now)
            if stopping:
                raise StoppedError(progress)
    return TrainedNetwork.of(training, time.perf_counter() - start, before)


@contextmanager
def _denormals_flushed() -> Iterator[None]:
    """Make the processor round numbers below float32's normal range to zero.

    The gradients of saturated units are below this range, and a processor takes many times as
    long to compute with such small numbers.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
