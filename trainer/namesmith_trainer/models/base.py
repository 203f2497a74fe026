"""``Network``: the interface of every network for the loop, the report and the export."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

CHUNK = 1 << 14
"""Number of contexts in one pass of an evaluation."""

TANH_GAIN = 5 / 3
"""Kaiming gain of tanh (arXiv 1502.01852; notebook, "Change 3")."""

Weights = dict[str, Tensor]
"""Tensors by name."""


@dataclass(frozen=True)
class Activations:
    """The tensors of a forward pass, float32.

    Attributes:
        pre: inputs of the last hidden layer's tanh, [B, H].
        h: outputs of the last hidden layer's tanh, [B, H].
        logits: inputs of the softmax, [B, V].
        below: inputs and outputs of the tanh of each hidden layer below the last, from the input
            on: [..., H] each.
    """

    pre: Tensor
    h: Tensor
    logits: Tensor
    below: tuple[tuple[Tensor, Tensor], ...] = ()


class Network(ABC):
    """A network whose initial weights are a function of the recipe and the vocabulary's size.

    Attributes:
        weights: trained tensors by the notebook's names, in the notebook's order; float32 leaves.
            ``W2`` is the output layer [H, V].
        statistics: running statistics of BatchNorm by name; empty without BatchNorm.
        generator: random generator that chooses the units which training drops; None where
            training drops no units.
    """

    weights: Weights
    statistics: Weights
    generator: torch.Generator | None = None

    @abstractmethod
    def forward(self, contexts: Tensor, *, training: bool) -> Activations:
        """Compute a pass, normalised by the batch's own statistics, with its autograd graph.

        Args:
            contexts: int64 [B, L].
            training: whether the pass updates the running statistics and drops units.
        """

    @abstractmethod
    def evaluate(self, contexts: Tensor) -> Tensor:
        """Compute logits [B, V] of contexts int64 [B, L] with the running statistics."""

    @abstractmethod
    def fold(self) -> nn.Module:
        """Build the module to export: the evaluation, with BatchNorm and embedding folded.

        The module is scriptable, float64, on the CPU, holds no BatchNorm, and maps contexts
        int64 [B, L] to log-probabilities [B, V].
        """

    def calibrate(
        self,
        contexts: Tensor,  # noqa: ARG002 - none to measure
        batch_size: int,  # noqa: ARG002 - likewise
        counts: Tensor | None = None,  # noqa: ARG002 - likewise
    ) -> None:
        """Replace the running statistics by the exact statistics of all contexts.

        Args:
            contexts: int64 [N, L], at least one context.
            batch_size: number of contexts in one pass; the statistics do not depend on it.
            counts: count of each context, float64 [N]; None: each counts once.

        Raises:
            NotImplementedError: the network has statistics and does not override this method.
        """
        if self.statistics:
            raise NotImplementedError(f"{type(self).__name__} does not measure its statistics")

    def parameters(self) -> list[Tensor]:
        """List the trained tensors in the notebook's order."""
        return list(self.weights.values())

    def matrices(self) -> list[Tensor]:
        """List the trained tensors that weight decay makes smaller: no biases, no gains."""
        return [weight for weight in self.parameters() if weight.dim() > 1 and len(weight) > 1]

    def state(self) -> Weights:
        """Return all weights and statistics by name: the network's own tensors, not copies."""
        return {**self.weights, **self.statistics}

    def to(self, device: str) -> Self:
        """Move the weights and the running statistics to the device, in place."""
        for tensor in self.state().values():
            tensor.data = tensor.data.to(device)
        return self

    def training_loss(self, contexts: Tensor, targets: Tensor) -> Tensor:
        """Compute the mean cross-entropy of a minibatch in nats, with its autograd graph.

        The running statistics change.

        Args:
            contexts: int64 [B, L].
            targets: int64 [B].
        """
        return F.cross_entropy(self.forward(contexts, training=True).logits, targets)

    @torch.no_grad()
    def activations(self, contexts: Tensor) -> Activations:
        """Compute the tensors that the notebook plots; the network does not change.

        Args:
            contexts: int64 [B, L], whose own statistics normalise the pass.
        """
        return self.forward(contexts, training=False)

    @torch.no_grad()
    def log_probs(self, contexts: Tensor) -> Tensor:
        """Compute log P(next symbol | context) in evaluation: int64 [B, L] -> [B, V]."""
        return F.log_softmax(self.evaluate(contexts), dim=1)

    def target_log_probs(self, contexts: Tensor, targets: Tensor) -> NDArray[np.float64]:
        """Compute log P(target | context) of each symbol of a split in evaluation: float64 [N].

        Args:
            contexts: int64 [N, L].
            targets: int64 [N].
        """
        parts = [
            self.log_probs(rows).gather(1, wanted[:, None])[:, 0].double().cpu()
            for rows, wanted in zip(
                *(torch.split(each, CHUNK) for each in (contexts, targets)), strict=True
            )
        ]
        return torch.cat(parts).numpy()
