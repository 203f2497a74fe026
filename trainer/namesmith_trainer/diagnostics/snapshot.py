"""A look inside the network at one moment, on a fixed sample of contexts."""

from dataclasses import dataclass

import torch
from torch import Tensor

from namesmith_trainer.diagnostics.histogram import Histogram
from namesmith_trainer.diagnostics.saturation import SaturationMap
from namesmith_trainer.model import Network

EXAMPLES = 128
"""Contexts that are looked at."""

SEED = 0
"""Of the choice of those contexts."""


@dataclass(frozen=True)
class Layer:
    """A hidden layer.

    Attributes:
        pre_activations: what tanh is given; after BatchNorm, where there is one.
        tanh: what tanh gives, within -1 and 1.
        saturation: where that is flat.
    """

    pre_activations: Histogram
    tanh: Histogram
    saturation: SaturationMap


@dataclass(frozen=True)
class Snapshot:
    """The notebook's pictures of one moment.

    Attributes:
        layers: hidden layers, from the input on.
        W2: weights of the output layer.
        logits: what softmax is given.
    """

    layers: tuple[Layer, ...]
    W2: Histogram
    logits: Histogram

    @property
    def share(self) -> float:
        """Share of saturated tanh outputs over all layers."""
        maps = [layer.saturation for layer in self.layers]
        return sum(m.share * m.units * m.examples for m in maps) / sum(
            m.units * m.examples for m in maps
        )

    @property
    def dead_units(self) -> int:
        """Units of all layers that are saturated on every example."""
        return sum(layer.saturation.dead_units for layer in self.layers)


def sample(contexts: Tensor) -> Tensor:
    """The contexts that every snapshot of a run looks at: int64 [N, L] -> [<= EXAMPLES, L]."""
    generator = torch.Generator().manual_seed(SEED)
    rows = torch.randperm(len(contexts), generator=generator)[:EXAMPLES]
    return contexts[rows.to(contexts.device)]


@torch.no_grad()
def snapshot(network: Network, contexts: Tensor) -> Snapshot:
    """Looks at the network as it is in training: normalised by the sample's own statistics."""
    pre = network._pre_activations(contexts)  # noqa: SLF001 - until there is `activations`
    mean, std = pre.mean(0, keepdim=True), pre.std(0, keepdim=True)
    pre = network.gain * (pre - mean) / std + network.bias
    h = torch.tanh(pre)
    layer = Layer(Histogram.of(pre), Histogram.of(h, (-1.0, 1.0)), SaturationMap.of(h))
    return Snapshot((layer,), Histogram.of(network.W2), Histogram.of(h @ network.W2 + network.b2))
