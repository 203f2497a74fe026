"""The two interfaces of training: an optimiser for the loop, a network for an optimiser."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor


class TrainableNetwork(Protocol):
    """A network as an optimiser sees it.

    Attributes:
        weights: trained tensors by name, float32 leaves.
        statistics: running statistics of BatchNorm by name; empty without BatchNorm.
        generator: random generator of the passes in training; None where the passes draw no
            random numbers.
    """

    weights: dict[str, Tensor]
    statistics: dict[str, Tensor]
    generator: torch.Generator | None

    def parameters(self) -> list[Tensor]:
        """List the trained tensors in the order of ``weights``."""

    def training_loss(self, contexts: Tensor, targets: Tensor) -> Tensor:
        """Compute the mean cross-entropy of a minibatch in nats, with its autograd graph.

        Args:
            contexts: int64 [B, L].
            targets: int64 [B].
        """

    def calibrate(self, contexts: Tensor, batch_size: int, counts: Tensor | None = None) -> None:
        """Replace the running statistics by the statistics of all contexts, int64 [N, L].

        Args:
            contexts: at least one context.
            batch_size: number of contexts in one pass; the statistics do not depend on it.
            counts: count of each context, float64 [N]; None: each counts once.
        """


class Optimizer(Protocol):
    """A class that takes the training steps of one network, in place."""

    def take_steps(
        self, contexts: Tensor, targets: Tensor, rates: Sequence[float], losses: Tensor
    ) -> None:
        """Take one step for each of K minibatches of B contexts.

        Args:
            contexts: int64 [K, B, L].
            targets: int64 [K, B].
            rates: learning rate of each step, [K].
            losses: output: loss of each step before the step's update, in nats, float32 [K].
        """

    def state(self) -> dict[str, Tensor]:
        """Return the tensors, besides the network's tensors, that the next step needs, by name."""

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Continue from the tensors of an earlier ``state``; entries with other names are ignored.

        Raises:
            KeyError: a tensor is missing.
            RuntimeError: a tensor has another shape.
        """

    def finish(self, contexts: Tensor, counts: Tensor | None = None) -> None:
        """End the training.

        Args:
            contexts: all contexts of the train split, int64 [N, L].
            counts: count of each context, float64 [N] on the CPU; None: each counts once.
        """


class Runs(Protocol):
    """A class that takes the training steps of R networks at once, in place."""

    def take_steps(
        self, contexts: Tensor, targets: Tensor, rates: Sequence[Sequence[float]], losses: Tensor
    ) -> None:
        """Take K steps of every run: ``Optimizer.take_steps`` with a first axis of R runs."""

    def optimizer(self, run: int) -> Optimizer:
        """Return the optimiser that takes the steps of one run, from 0, alone."""
