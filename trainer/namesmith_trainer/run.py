"""A training run, from names to a measured network."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from namesmith.vocabulary import Vocabulary
from namesmith_trainer.checkpoint import Checkpoint, Keeper
from namesmith_trainer.data import Names
from namesmith_trainer.dataset import contexts_and_targets
from namesmith_trainer.loop import Training
from namesmith_trainer.network import Network
from namesmith_trainer.networks import build
from namesmith_trainer.recipe import Recipe

Watch = Callable[[Iterator[Tensor]], Iterator[Tensor]]
"""Passes the losses of the steps through, block by block, and may look at them."""


class DivergedError(RuntimeError):
    """A run whose loss is no longer a number; the message says at which step, or of what split."""


class StoppedError(RuntimeError):
    """A run that was told to stop.

    Attributes:
        step: steps that it took.
    """

    def __init__(self, step: int) -> None:
        super().__init__(f"stopped at step {step:,}")
        self.step = step


@dataclass(frozen=True)
class Run:
    """A finished training run.

    Attributes:
        data: what was trained on.
        vocabulary: of the data.
        recipe: as it was run.
        batch_seed: of the minibatches.
        device: "cpu" or "cuda".
        network: the trained network, on the device.
        seconds: wall-clock time of the training loop, before it was continued included.
        step_losses: of every step, before its update, in nats: float32 [steps] on the CPU.
        losses: of each split in evaluation, in nats.
        symbols: predicted symbols of each split.
    """

    data: Names
    vocabulary: Vocabulary
    recipe: Recipe
    batch_seed: int
    device: str
    network: Network
    seconds: float
    step_losses: Tensor
    losses: dict[str, float]
    symbols: dict[str, int]

    def initial(self) -> Network:
        """The network as it was before the first step, on the CPU."""
        return build(len(self.vocabulary), self.recipe)


def run(  # noqa: PLR0913 - what a run is asked for
    data: Names,
    recipe: Recipe,
    batch_seed: int,
    device: str,
    watch: Watch,
    *,
    checkpoint: Checkpoint | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Run:
    """Trains a network and measures the loss of every split.

    Args:
        data: the names.
        recipe: what to train, and how.
        batch_seed: of the minibatches.
        device: "cpu" or "cuda".
        watch: is handed the losses.
        checkpoint: where the run is kept and continued.
        stop: asked after every block and every split; the run ends where it answers True.

    Raises:
        DataError: the names cannot be trained on.
        DivergedError: a loss is not a number.
        StoppedError: ``stop`` said so.
        CheckpointError: the checkpoint cannot be continued.
        OSError: the checkpoint cannot be written.
    """
    torch.set_num_threads(1)  # products this small lose more by sharing than they gain
    vocabulary = data.vocabulary()
    splits = _splits(data, vocabulary, recipe, device)
    network = build(len(vocabulary), recipe).to(device)
    training = Training(network, *splits["train"], recipe, batch_seed)
    identity = _identity(data, recipe, batch_seed, device)
    keeper = Keeper(checkpoint, training, identity) if checkpoint else None
    start = time.perf_counter() - (keeper.seconds if keeper else 0.0)
    with _flushed():
        for _ in watch(_checked(training)):
            stopping = stop()
            if keeper:
                last = training.step == recipe.steps
                keeper.keep(time.perf_counter() - start, now=stopping or last)
            if stopping:
                raise StoppedError(training.step)
    seconds = time.perf_counter() - start
    losses = {}
    for split, tensors in splits.items():
        losses[split] = _finite(network.loss(*tensors), split)
        if stop():
            raise StoppedError(training.step)
    return Run(
        data=data,
        vocabulary=vocabulary,
        recipe=recipe,
        batch_seed=batch_seed,
        device=device,
        network=network,
        seconds=seconds,
        step_losses=training.losses.cpu(),
        losses=losses,
        symbols={split: len(targets) for split, (_, targets) in splits.items()},
    )


@contextmanager
def _flushed() -> Iterator[None]:
    """Numbers too small for float32's normal form are zero, as a saturated unit's gradients are.

    The processor takes many times as long over them.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def _splits(
    data: Names, vocabulary: Vocabulary, recipe: Recipe, device: str
) -> dict[str, tuple[Tensor, Tensor]]:
    """Contexts and targets of each split, on the device."""
    splits = {
        split: contexts_and_targets(names, vocabulary, recipe.block_size)
        for split, names in data.splits().items()
    }
    return {split: (x.to(device), y.to(device)) for split, (x, y) in splits.items()}


def _identity(data: Names, recipe: Recipe, batch_seed: int, device: str) -> dict[str, object]:
    """What must be equal for a run to be continued bit for bit."""
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
    """The blocks of a run, up to the first whose losses are not all numbers."""
    for losses in training.blocks():
        lost = (~losses.isfinite()).nonzero()
        if len(lost):
            step = training.step - len(losses) + int(lost[0])
            raise DivergedError(f"the loss of step {step:,} is not a number")
        yield losses


def _finite(loss: float, split: str) -> float:
    if not math.isfinite(loss):
        raise DivergedError(f"the loss of the {split} split is not a number")
    return loss
