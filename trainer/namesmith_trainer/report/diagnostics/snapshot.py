"""The inside of a network at one moment, on a fixed sample of contexts."""

from dataclasses import dataclass

import torch
from torch import Tensor

from namesmith_trainer.models import Network
from namesmith_trainer.report.diagnostics.histogram import Histogram
from namesmith_trainer.report.diagnostics.saturation import EXTREME, SaturationMap

EXAMPLES = 128
"""Number of contexts on which the snapshots of a run are taken."""

SEED = 0
"""Seed of the choice of the snapshots' contexts."""


@dataclass(frozen=True)
class Layer:
    """The numbers of one hidden layer.

    Attributes:
        pre_activations: inputs of tanh, after BatchNorm where the layer has one.
        tanh: outputs of tanh, from -1 to 1.
        saturation: units that are saturated, by example.
        extreme: units with |tanh| above ``EXTREME``, by example.
    """

    pre_activations: Histogram
    tanh: Histogram
    saturation: SaturationMap
    extreme: SaturationMap


@dataclass(frozen=True)
class Snapshot:
    """The numbers of the notebook's pictures at one moment.

    Attributes:
        layers: hidden layers, from the input on; at least one.
        W2: weights of the output layer.
        logits: inputs of the softmax.
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
        """Number of units of all layers that are saturated on every example."""
        return sum(layer.saturation.dead_units for layer in self.layers)


def choose_examples(rows: Tensor) -> Tensor:
    """Choose the examples of a run's snapshots: [N, ...] -> [at most EXAMPLES, ...].

    The choice depends on N alone: it is the same in the contexts and in their targets.
    """
    generator = torch.Generator().manual_seed(SEED)
    return rows[torch.randperm(len(rows), generator=generator)[:EXAMPLES]]


def snapshot(network: Network, contexts: Tensor) -> Snapshot:
    """Return the network's numbers, with BatchNorm by the contexts' own statistics as in training.

    Args:
        network: network to measure; it stays unchanged.
        contexts: int64 [B, L], on the network's device.
    """
    seen = network.activations(contexts)
    return Snapshot(
        layers=tuple(_layer(pre, h) for pre, h in (*seen.below, (seen.pre, seen.h))),
        W2=Histogram.of(network.weights["W2"]),
        logits=Histogram.of(seen.logits),
    )


def _layer(pre: Tensor, h: Tensor) -> Layer:
    """Return the numbers of a layer from the inputs and outputs of its tanh, [..., H].

    A unit that looks at several places of a context has an example at each place.
    """
    return Layer(
        pre_activations=Histogram.of(pre),
        tanh=Histogram.of(h, (-1.0, 1.0)),
        saturation=SaturationMap.of(h.flatten(0, -2)),
        extreme=SaturationMap.of(h.flatten(0, -2), EXTREME),
    )
