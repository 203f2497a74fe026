"""The trainer of networks: the loop over minibatches, then the losses of the splits."""

import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from namesmith_trainer.data import contexts_and_targets
from namesmith_trainer.models import Network, NetworkRecipe
from namesmith_trainer.training.checkpoint import Checkpointer
from namesmith_trainer.training.jobs import Job, trains
from namesmith_trainer.training.loop import Training
from namesmith_trainer.training.losses import TRAIN, split_losses
from namesmith_trainer.training.progress import STEPS, DivergedError, Progress, StoppedError
from namesmith_trainer.training.run import NetworkRun

Pairs = tuple[Tensor, Tensor]
"""Contexts int64 [N, L] and targets int64 [N]."""


@dataclass(frozen=True)
class TrainedNetwork:
    """A network after its last step.

    Attributes:
        network: trained network, on the device.
        step_losses: loss of each step before the step's update, in nats: float32 [steps] on the
            CPU.
        seconds: wall-clock time of the loop, the time before an interruption included.
    """

    network: Network
    step_losses: Tensor
    seconds: float


@trains(NetworkRecipe)
def train_network(job: Job[NetworkRecipe]) -> Generator[Progress, None, NetworkRun]:
    """Train a network and measure the loss of every split."""
    tensors = split_tensors(job)
    trained = yield from train_steps(job, tensors[TRAIN])
    log_probs = {}
    for split, pairs in tensors.items():
        log_probs[split] = trained.network.target_log_probs(*pairs)
        job.check(Progress(STEPS, job.recipe.steps, job.recipe.steps, trained.step_losses))
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
    job: Job[NetworkRecipe], pairs: Pairs, phase: str = STEPS
) -> Generator[Progress, None, TrainedNetwork]:
    """Take all steps of a network; the job's checkpoint keeps them.

    Args:
        job: job with the recipe of the network.
        pairs: contexts and targets of the train split, on the device.
        phase: name of the phase.

    Raises:
        DivergedError: a loss is not a number.
        StoppedError: ``job.stop`` returned True, and the checkpoint is written.
        CheckpointError: the run cannot continue from the checkpoint.
        OSError: the checkpoint cannot be written.
    """
    network = job.recipe.network(len(job.vocabulary)).to(job.device)
    training = Training(network, *pairs, job.recipe, job.batch_seed)
    checkpointer = (
        Checkpointer(job.checkpoint, training, _identity(job)) if job.checkpoint else None
    )
    start = time.perf_counter() - (checkpointer.seconds if checkpointer else 0.0)
    with _denormals_flushed():
        for losses in _checked(training):
            progress = Progress(phase, training.step, job.recipe.steps, losses)
            yield progress
            stopping = job.stop()
            if checkpointer:
                last = training.step == job.recipe.steps
                checkpointer.keep(time.perf_counter() - start, now=stopping or last)
            if stopping:
                raise StoppedError(progress)
    return TrainedNetwork(network, training.losses.cpu(), time.perf_counter() - start)


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


def _identity(job: Job[NetworkRecipe]) -> Mapping[str, object]:
    """Return the values, by name, that must be equal for a run to continue bit for bit."""
    return {
        **asdict(job.recipe),
        "recipe": job.recipe.name,
        "data": job.data.sha256,
        "distinct": job.data.distinct,
        "seed": job.batch_seed,
        "device": job.device,
        "torch": torch.__version__,
    }


def _checked(training: Training) -> Iterator[Tensor]:
    """Yield the blocks of a run; raise ``DivergedError`` at a loss that is not a number."""
    for losses in training.blocks():
        lost = (~losses.isfinite()).nonzero()
        if len(lost):
            step = training.step - len(losses) + int(lost[0])
            raise DivergedError(f"the loss of step {step:,} is not a number")
        yield losses
