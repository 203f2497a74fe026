"""The trainer of networks: the loop over minibatches, then the losses of the splits."""

import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from namesmith_trainer.data import Names, contexts_and_targets
from namesmith_trainer.models import Network, NetworkRecipe
from namesmith_trainer.optim import Optimizer, Runs
from namesmith_trainer.training.checkpoint import Checkpoint
from namesmith_trainer.training.checkpointer import Checkpointer
from namesmith_trainer.training.evaluations import Evaluation
from namesmith_trainer.training.identity import identity_of
from namesmith_trainer.training.jobs import Job, trains, watched
from namesmith_trainer.training.loop import BLOCK, Pairs, Training, advance_together
from namesmith_trainer.training.losses import TRAIN, VAL, split_losses
from namesmith_trainer.training.progress import (
    STEPS,
    DivergedError,
    Progress,
    StoppedError,
    Watch,
)
from namesmith_trainer.training.run import NetworkRun


@dataclass(frozen=True)
class TrainedNetwork:
    """A network after its last step.

    Attributes:
        network: trained network, on the device.
        step_losses: loss of each step before the step's update, in nats: float32 [steps] on the
            CPU.
        seconds: wall-clock time of the loop, the time before an interruption included.
        before: the part of ``seconds`` before an interruption.
        evaluations: losses on the val split during the run.
        published_step: number of steps that made ``network``.
    """

    network: Network
    step_losses: Tensor
    seconds: float
    before: float
    evaluations: tuple[Evaluation, ...]
    published_step: int

    @classmethod
    def of(cls, training: Training, seconds: float, before: float) -> Self:
        """Return the network of a run that has ended."""
        return cls(
            network=training.network,
            step_losses=training.losses[: training.step].cpu(),
            seconds=seconds,
            before=before,
            evaluations=training.evaluations.made,
            published_step=training.published_step,
        )


@trains(NetworkRecipe)
def train_network(job: Job[NetworkRecipe]) -> Generator[Progress, None, NetworkRun]:
    """Train a network and measure the loss of every split."""
    (run,) = yield from train_side_by_side([job])
    return run


def train_side_by_side(
    jobs: Sequence[Job[NetworkRecipe]],
) -> Generator[Progress, None, list[NetworkRun]]:
    """Train networks on the same data and measure the losses of every split.

    Args:
        jobs: jobs with recipes of one block size; side by side as ``train_steps`` says.
    """
    tensors = split_tensors(jobs[0])
    trained = yield from train_steps(jobs, tensors)
    return [_measured(*pair, tensors) for pair in zip(jobs, trained, strict=True)]


def train_networks(  # noqa: PLR0913 - the arguments of runs
    data: Names,
    recipes: Sequence[NetworkRecipe],
    batch_seed: int,
    device: str,
    watch: Watch,
    *,
    checkpoints: Sequence[Checkpoint | None],
    stop: Callable[[], bool],
) -> list[NetworkRun]:
    """Train networks of recipes of one shape on the same minibatches, side by side where possible.

    Args:
        data: names to train on.
        recipes: recipes with equal ``NetworkRecipe.shape``.
        batch_seed: seed of the minibatches of each.
        device: "cpu" or "cuda".
        watch: function that is given the events of all.
        checkpoints: file of each recipe's run, or None, as in ``train``.
        stop: function whose result is True once the runs are to end, as in ``train``.

    Raises:
        DataError: the names cannot be trained on.
        DivergedError: a loss is not a number.
        StoppedError: ``stop`` returned True.
        CheckpointError: a run cannot continue from its checkpoint.
        OSError: a checkpoint cannot be written.
    """
    splits, vocabulary = data.splits(), data.vocabulary()
    jobs = [
        Job(data, splits, vocabulary, recipe, batch_seed, device, checkpoint, stop)
        for recipe, checkpoint in zip(recipes, checkpoints, strict=True)
    ]
    return watched(train_side_by_side(jobs), watch)


def _measured(
    job: Job[NetworkRecipe], trained: TrainedNetwork, tensors: Mapping[str, Pairs]
) -> NetworkRun:
    """Measure the loss of every split of a trained network."""
    log_probs, steps = {}, len(trained.step_losses)
    for split, pairs in tensors.items():
        log_probs[split] = trained.network.target_log_probs(*pairs)
        job.check(Progress(STEPS, steps, job.recipe.steps, trained.step_losses))
    is_chain = job.recipe.has_table(len(job.vocabulary))
    return NetworkRun(
        data=job.data,
        splits=job.splits,
        vocabulary=job.vocabulary,
        recipe=job.recipe,
        batch_seed=job.batch_seed,
        device=job.device,
        network=trained.network,
        seconds=trained.seconds,
        step_losses=trained.step_losses,
        evaluations=trained.evaluations,
        published_step=trained.published_step,
        split_losses=split_losses(job.splits, log_probs, is_chain=is_chain),
    )


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
    if len(jobs) > 1 and not any(job.recipe.patience for job in jobs):
        networks = [job.recipe.network(len(job.vocabulary)).to(job.device) for job in jobs]
        runs = jobs[0].recipe.runs(networks)
        if runs:
            trainings = [
                _training(job, network, tensors, runs.optimizer(i))
                for i, (job, network) in enumerate(zip(jobs, networks, strict=True))
            ]
            return (yield from _together(jobs, trainings, runs, phases))
    trained = []
    for i, job in enumerate(jobs):
        network = job.recipe.network(len(job.vocabulary)).to(job.device)
        training = _training(job, network, tensors)
        trained.append((yield from _alone(job, training, _phase(phases, i))))
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


def _phase(phases: Sequence[str], i: int) -> str:
    return phases[i] if i < len(phases) else phases[0]


def _alone(
    job: Job[NetworkRecipe], training: Training, phase: str
) -> Generator[Progress, None, TrainedNetwork]:
    """Take all steps of one network."""
    checkpointer = _checkpointer(job, training)
    before = checkpointer.seconds if checkpointer else 0.0
    start = time.perf_counter() - before
    told = training.evaluations.made
    with _denormals_flushed():
        for losses in training.blocks():
            _check(training, losses)
            told += _evaluated(training)
            progress = Progress(phase, training.step, job.recipe.steps, losses, told)
            told = ()
            yield progress
            stopping = job.stop()
            if checkpointer:
                now = stopping or training.is_over
                checkpointer.keep(time.perf_counter() - start, now=now)
            if stopping:
                raise StoppedError(progress)
    return TrainedNetwork.of(training, time.perf_counter() - start, before)


def _together(
    jobs: Sequence[Job[NetworkRecipe]],
    trainings: Sequence[Training],
    runs: Runs,
    phases: Sequence[str],
) -> Generator[Progress, None, list[TrainedNetwork]]:
    """Take all steps of networks side by side; each is given the seconds of all."""
    keepers = [_checkpointer(*each) for each in zip(jobs, trainings, strict=True)]
    before = max(keeper.seconds if keeper else 0.0 for keeper in keepers)
    start, total, first = time.perf_counter() - before, jobs[0].recipe.steps, trainings[0]
    if first.step:
        losses = first.losses[: first.step]
        yield Progress(_phase(phases, 0), first.step, total, losses, first.evaluations.made)
    while not all(training.is_over for training in trainings):
        done, told = first.step, len(first.evaluations.made)
        for job, training, losses in _block_of_each(jobs, trainings, runs):
            whose = f"{job.recipe.name}, seed {job.batch_seed}: "
            _check(training, losses, whose)
            _evaluated(training, whose)
        new = first.losses[done : first.step], first.evaluations.made[told:]
        progress = Progress(_phase(phases, 0), first.step, total, *new)
        if first.step > done:
            yield progress
        stopping = jobs[0].stop()
        for training, keeper in zip(trainings, keepers, strict=True):
            if keeper:
                keeper.keep(time.perf_counter() - start, now=stopping or training.is_over)
        if stopping:
            raise StoppedError(progress)
    seconds = time.perf_counter() - start
    for i, training in enumerate(trainings):
        training.finish()
        if i:
            made = training.evaluations.made
            yield Progress(_phase(phases, i), total, total, training.losses, made)
    return [
        TrainedNetwork.of(training, seconds, 0.0 if i else before)
        for i, training in enumerate(trainings)
    ]


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


def _checkpointer(job: Job[NetworkRecipe], training: Training) -> Checkpointer | None:
    return Checkpointer(job.checkpoint, training, identity_of(job)) if job.checkpoint else None


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


def _check(training: Training, losses: Tensor, whose: str = "") -> None:
    """Raise ``DivergedError`` where one of the last losses of a run is not a number."""
    lost = (~losses.isfinite()).nonzero()
    if len(lost):
        step = training.step - len(losses) + int(lost[0])
        raise DivergedError(f"{whose}the loss of step {step:,} is not a number")


def _evaluated(training: Training, whose: str = "") -> tuple[Evaluation, ...]:
    """Return the evaluation that is due, or none; raise ``DivergedError`` if it is no number."""
    made = training.evaluate()
    if not all(math.isfinite(evaluation.loss) for evaluation in made):
        raise DivergedError(f"{whose}the loss of the val split is not a number")
    return made
