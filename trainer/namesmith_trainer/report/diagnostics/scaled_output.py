"""The output layer of step 0 with smaller weights, the notebook's "Change 1" before it is made."""

from dataclasses import dataclass
from typing import Self

from torch import Tensor
from torch.nn import functional as F

from namesmith_trainer.models import Network
from namesmith_trainer.report.diagnostics.histogram import Histogram

FACTOR = 0.01
"""Factor of the output weights W2 in the notebook's "Change 1"."""


@dataclass(frozen=True)
class ScaledOutput:
    """The output of a network, had its W2 been ``FACTOR`` times as large and its b2 zero.

    Attributes:
        W2: the weights.
        logits: inputs of the softmax.
        loss: loss on the examples, in nats.
    """

    W2: Histogram
    logits: Histogram
    loss: float

    @classmethod
    def of(cls, network: Network, contexts: Tensor, targets: Tensor) -> Self:
        """Measure the output on contexts int64 [B, L] and targets int64 [B].

        The network stays unchanged.
        """
        bias = network.weights["b2"].detach() if "b2" in network.weights else 0
        logits = (network.activations(contexts).logits - bias) * FACTOR  # (B, V)
        return cls(
            W2=Histogram.of(network.weights["W2"] * FACTOR),
            logits=Histogram.of(logits),
            loss=F.cross_entropy(logits, targets).item(),
        )
