"""A look inside the network at one moment, on a fixed sample of contexts."""

from dataclasses import dataclass

import torch
from torch import Tensor

from namesmith_trainer.diagnostics.histogram import Histogram
from namesmith_trainer.diagnostics.saturation import SaturationMap
from namesmith_trainer.network import Network

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
        layers: hidden layers, from the input on; at least one.
        W2: weights of the output layer.
        logits: what softmax is given.
    """

    layers: tuple[Layer, ...]
    W2: Histogram
    logits: Histogram

    @property
    def share(self) -> float:
        """Share of saturated tanh outputs over all layers."""
        sizes = [layer.saturation.units * layer.saturation.examples for layer in self.layers]
        shares = [layer.saturation.share for layer in self.layers]
        saturated = sum(size * share for size, share in zip(sizes, shares, strict=True))
        return saturated / sum(sizes)

    @property
    def dead_units(self) -> int:
        """Units of all layers that are saturated on every example."""
        return sum(layer.saturation.dead_units for layer in self.layers)


def sample(contexts: Tensor) -> Tensor:
    """The contexts that every snapshot of a run looks at: int64 [N, L] -> [<= EXAMPLES, L]."""
    generator = torch.Generator().manual_seed(SEED)
    rows = torch.randperm(len(contexts), generator=generator)[:EXAMPLES]
    return contexts[rows]


def snapshot(network: Network, contexts: Tensor) -> Snapshot:
    """Looks at the network as it is in training: normalised by these contexts' own statistics."""
    seen = network.activations(contexts)
    return Snapshot(
        layers=tuple(_layer(pre, h) for pre, h in (*seen.below, (seen.pre, seen.h))),
        W2=Histogram.of(network.weights["W2"]),
        logits=Histogram.of(seen.logits),
    )


def _layer(pre: Tensor, h: Tensor) -> Layer:
    """A unit that looks at several places of a context has an example at each: [..., H]."""
    return Layer(
        pre_activations=Histogram.of(pre),
        tanh=Histogram.of(h, (-1.0, 1.0)),
        saturation=SaturationMap.of(h.flatten(0, -2)),
    )
