"""What every network offers: to the loop, the report, the fold and the check."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CHUNK = 1 << 14
"""Contexts that are evaluated at once."""

TANH_GAIN = 5 / 3
"""Kaiming gain of tanh (arXiv 1502.01852; notebook, "Change 3")."""

Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Activations:
    """What a forward pass holds, float32.

    Attributes:
        pre: what the last tanh is given [B, H].
        h: what it answers [B, H].
        logits: [B, V].
        below: the same two of each hidden layer below the last, from the input on: [..., H].
    """

    pre: Tensor
    h: Tensor
    logits: Tensor
    below: tuple[tuple[Tensor, Tensor], ...] = ()


class Network(ABC):
    """A network whose initial weights are a function of its recipe and the vocabulary's size.

    Attributes:
        weights: what is trained, by the notebook's names and in its order; float32 leaves.
        statistics: BatchNorm's running statistics, by name; empty without it.
    """

    weights: Weights
    statistics: Weights

    @abstractmethod
    def forward(self, contexts: Tensor, *, training: bool) -> Activations:
        """The pass in training, by the batch's own statistics: int64 [B, L]; may be taped.

        Args:
            contexts: int64 [B, L].
            training: whether the running statistics take these in, and units are dropped.
        """

    @abstractmethod
    def evaluate(self, contexts: Tensor) -> Tensor:
        """Logits by the running statistics: int64 [B, L] -> [B, V]."""

    @abstractmethod
    def fold(self) -> nn.Module:
        """Evaluation with BatchNorm and embedding folded, float64 on the CPU.

        The module maps contexts int64 [B, L] to log-probabilities [B, V].
        """

    def parameters(self) -> list[Tensor]:
        """What is trained, in the notebook's order."""
        return list(self.weights.values())

    def state(self) -> Weights:
        """Weights and statistics, by name: the tensors themselves."""
        return {**self.weights, **self.statistics}

    def to(self, device: str) -> Self:
        """Moves the weights and the running statistics in place."""
        for tensor in self.state().values():
            tensor.data = tensor.data.to(device)
        return self

    def training_loss(self, contexts: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy in nats of a minibatch, taped; changes the running statistics.

        Args:
            contexts: int64 [B, L].
            targets: int64 [B].
        """
        return F.cross_entropy(self.forward(contexts, training=True).logits, targets)

    @torch.no_grad()
    def activations(self, contexts: Tensor) -> Activations:
        """What the notebook plots, by the batch's own statistics; changes nothing."""
        return self.forward(contexts, training=False)

    @torch.no_grad()
    def log_probs(self, contexts: Tensor) -> Tensor:
        """Log P(next symbol | context) in evaluation: int64 [B, L] -> [B, V]."""
        return F.log_softmax(self.evaluate(contexts), dim=1)

    def loss(self, contexts: Tensor, targets: Tensor) -> float:
        """Mean cross-entropy in nats of a split in evaluation (notebook, ``split_loss``)."""
        total = 0.0
        for at in range(0, len(targets), CHUNK):
            rows, wanted = contexts[at : at + CHUNK], targets[at : at + CHUNK]
            chosen = self.log_probs(rows).gather(1, wanted[:, None])
            total -= chosen.double().sum().item()
        return total / len(targets)
