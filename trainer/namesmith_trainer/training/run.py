"""A training run: from names to a network with measured losses."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from namesmith.vocabulary import Vocabulary
from namesmith_trainer.data import Names, contexts_and_targets
from namesmith_trainer.models import Network, Recipe
from namesmith_trainer.training.checkpoint import Checkpoint, Checkpointer
from namesmith_trainer.training.loop import Training

Watch = Callable[[Iterator[Tensor]], Iterator[Tensor]]
"""Function that yields the blocks of losses of a run unchanged, and may show or write them."""


class DivergedError(RuntimeError):
    """Raised when a loss is not a number; the message names the step or the split."""


class StoppedError(RuntimeError):
    """Raised when a run was asked to stop.

    Attributes:
        step: number of steps that the run had taken.
    """

    def __init__(self, step: int) -> None:
        super().__init__(f"stopped at step {step:,}")
        self.step = step


@dataclass(frozen=True)
class Run:
    """A finished training run.

    Attributes:
        data: names that the network was trained on.
        splits: names of each split, in the order train, val, test.
        vocabulary: symbols of the names.
        recipe: recipe with the settings of the run.
        batch_seed: seed of the minibatches.
        device: "cpu" or "cuda".
        network: trained network, on the device.
        seconds: wall-clock time of the training loop, the time before an interruption included.
        step_losses: loss of each step before the step's update, in nats: float32 [steps] on the
            CPU.
        losses: loss of each split in evaluation, in nats.
        symbols: number of predicted symbols of each split.
    """

    data: Names
    splits: Mapping[str, list[str]]
    vocabulary: Vocabulary
    recipe: Recipe
    batch_seed: int
    device: str
    network: Network
    seconds: float
    step_losses: Tensor
    losses: dict[str, float]
    symbols: dict[str, int]

    def initial_network(self) -> Network:
        """Build the network as it was before the first step, on the CPU."""
        return self.recipe.network(len(self.vocabulary))


def train(  # noqa: PLR0913 - the arguments of a run
    data: Names,
    recipe: Recipe,
    batch_seed: int,
    device: str,
    watch: Watch,
    *,
    checkpoint: Checkpoint | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Run:
    """Train a network and measure the loss of every split.

    Args:
        data: names to train on.
        recipe: network, optimiser and settings.
        batch_seed: seed of the minibatches.
        device: "cpu" or "cuda".
        watch: function that is given the losses of the run, block by block.
        checkpoint: file that keeps the run, and from which the run may continue; None for no file.
        stop: function that is called after every block and every split; a result of True ends
            the run.

    Raises:
        DataError: the names cannot be trained on.
        DivergedError: a loss is not a number.
        StoppedError: ``stop`` returned True.
        CheckpointError: the run cannot continue from the checkpoint.
        OSError: the checkpoint cannot be written.
    """
    torch.set_num_threads(1)  # products this small lose more by sharing than they gain
    vocabulary, splits = data.vocabulary(), data.splits()
    tensors = _tensors(splits, vocabulary, recipe.block_size, device)
    network = recipe.network(len(vocabulary)).to(device)
    training = Training(network, *tensors["train"], recipe, batch_seed)
    identity = _identity(data, recipe, batch_seed, device)
    checkpointer = Checkpointer(checkpoint, training, identity) if checkpoint else None
    seconds = _run_loop(training, watch, checkpointer, stop)
    losses = {}
    for split, (contexts, targets) in tensors.items():
        losses[split] = _finite(network.loss(contexts, targets), split)
        if stop():
            raise StoppedError(training.step)
    return Run(
        data=data,
        splits=splits,
        vocabulary=vocabulary,
        recipe=recipe,
        batch_seed=batch_seed,
        device=device,
        network=network,
        seconds=seconds,
        step_losses=training.losses.cpu(),
        losses=losses,
        symbols={split: len(targets) for split, (_, targets) in tensors.items()},
    )


def _run_loop(
    training: Training,
    watch: Watch,
    checkpointer: Checkpointer | None,
    stop: Callable[[], bool],
) -> float:
    """Take all steps of a run; return their seconds, the time before an interruption included."""
    start = time.perf_counter() - (checkpointer.seconds if checkpointer else 0.0)
    with _denormals_flushed():
        for _ in watch(_checked(training)):
            stopping = stop()
            if checkpointer:
                last = training.step == training.recipe.steps
                checkpointer.keep(time.perf_counter() - start, now=stopping or last)
            if stopping:
                raise StoppedError(training.step)
    return time.perf_counter() - start


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


def _tensors(
    splits: Mapping[str, list[str]], vocabulary: Vocabulary, block_size: int, device: str
) -> dict[str, tuple[Tensor, Tensor]]:
    """Return the contexts and targets of each split, on the device, by split."""
    tensors = {
        split: contexts_and_targets(names, vocabulary, block_size)
        for split, names in splits.items()
    }
    return {split: (x.to(device), y.to(device)) for split, (x, y) in tensors.items()}


def _identity(data: Names, recipe: Recipe, batch_seed: int, device: str) -> dict[str, object]:
    """Return the values, by name, that must be equal for a run to continue bit for bit."""
    return {
        **asdict(recipe),
        "recipe": recipe.name,
        "data": data.sha256,
        "distinct": data.distinct,
        "seed": batch_seed,
        "device": device,
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


def _finite(loss: float, split: str) -> float:
    """Return the loss of a split; raise ``DivergedError`` for a loss that is not a number."""
    if not math.isfinite(loss):
        raise DivergedError(f"the loss of the {split} split is not a number")
    return loss
