"""A training run, from names to a measured network."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from namesmith.vocabulary import Vocabulary
from namesmith_trainer.data import Names
from namesmith_trainer.dataset import contexts_and_targets
from namesmith_trainer.loop import train
from namesmith_trainer.model import Network
from namesmith_trainer.recipe import Recipe

Watch = Callable[[Iterator[Tensor]], Iterator[Tensor]]
"""Passes the losses of the steps through, and may look at them."""


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
        seconds: wall-clock time of the training loop.
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
    losses: dict[str, float]
    symbols: dict[str, int]


def run(data: Names, recipe: Recipe, batch_seed: int, device: str, watch: Watch) -> Run:
    """Trains a network and measures the loss of every split.

    Raises:
        DataError: the names cannot be trained on.
    """
    torch.set_num_threads(1)  # products this small lose more by sharing than they gain
    vocabulary = data.vocabulary()
    splits = {
        split: contexts_and_targets(names, vocabulary, recipe.block_size)
        for split, names in data.splits().items()
    }
    splits = {split: (x.to(device), y.to(device)) for split, (x, y) in splits.items()}
    network = Network(len(vocabulary), recipe).to(device)
    start = time.perf_counter()
    for _ in watch(train(network, *splits["train"], recipe, batch_seed)):
        pass
    return Run(
        data=data,
        vocabulary=vocabulary,
        recipe=recipe,
        batch_seed=batch_seed,
        device=device,
        network=network,
        seconds=time.perf_counter() - start,
        losses={split: network.loss(*tensors) for split, tensors in splits.items()},
        symbols={split: len(targets) for split, (_, targets) in splits.items()},
    )
