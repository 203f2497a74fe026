"""The family of the notebook's network: embedding, one hidden layer with tanh, output layer.

The six recipes are the notebook's lesson: each recipe after the first makes one change of the
notebook, and keeps the changes before it.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import torch
from torch import Tensor

from namesmith_trainer.models.base import CHUNK, TANH_GAIN, Activations, Network
from namesmith_trainer.models.fold import fold_batchnorm
from namesmith_trainer.models.folded import Folded, exact
from namesmith_trainer.models.network_recipe import NetworkRecipe
from namesmith_trainer.models.recipe import Setting
from namesmith_trainer.models.registry import LectureLosses, register
from namesmith_trainer.optim import (
    Calibrated,
    ManualSGD,
    Optimizer,
    Runs,
    fused_runs,
    sgd_on_cuda,
    step_decay,
)

MOMENTUM = 0.001
"""Weight of a step's statistics in BatchNorm's running statistics (notebook, "Change 5")."""

DECAY = 60.0
"""Weight decay of a smaller list times the list's symbols: the fewer symbols, the stronger."""

MOST_DECAY = 0.03
"""Strongest weight decay of a small list; much more takes the weights away in a few blocks."""


@dataclass(frozen=True)
class MLPRecipe(NetworkRecipe):
    """A recipe of the notebook: one hidden layer, plain gradient descent.

    Attributes:
        w1_scale: factor of the unit-normal W1; None for Kaiming's factor, 5/3 over the root of
            the fan-in.
        b1_scale: factor of the unit-normal b1; None for a network without b1.
        w2_scale: factor of the unit-normal W2.
        b2_scale: factor of the unit-normal b2.
        batchnorm: whether BatchNorm normalises the inputs of tanh.
        calibrated: whether BatchNorm's statistics in evaluation are measured behind the last step,
            on the whole train split (notebook, before "Change 5"); False for running statistics.
        decay_step: first step with a tenth of the learning rate; None for half of ``steps``.
        weight_decay: share of a matrix that a step takes away, times the learning rate; taken away
            behind each block of steps (arXiv 1711.05101).
        momentum: weight of a step's statistics in BatchNorm's running statistics.
    """

    SETTINGS: ClassVar[Mapping[str, Setting]] = {
        **NetworkRecipe.SETTINGS,
        "decay_step": Setting(0, 10**9, "step from which the rate is a tenth, instead of half-way"),
        "weight_decay": Setting(0.0, 1_000.0),
        "w1_scale": Setting(0.0, 100.0, "factor of the unit-normal W1"),
        "w2_scale": Setting(0.0, 100.0, "factor of the unit-normal W2"),
    }

    w1_scale: float | None = 1.0
    b1_scale: float | None = 1.0
    w2_scale: float = 1.0
    b2_scale: float = 1.0
    batchnorm: bool = False
    calibrated: bool = False
    decay_step: int | None = None
    weight_decay: float = 0.0
    momentum: float = MOMENTUM

    def network(self, vocab_size: int) -> "MLP":
        """Implement ``NetworkRecipe.network``."""
        return MLP(vocab_size, self)

    def optimizer(self, network: Network) -> Optimizer:
        """Implement ``NetworkRecipe.optimizer``: gradients by hand, on CUDA as one kernel."""
        build = sgd_on_cuda if network.weights["C"].is_cuda else ManualSGD
        steps = build(network, self.batch_size, self.momentum)
        return Calibrated(steps, network, CHUNK) if self.calibrated else steps

    def shape(self) -> Hashable | None:
        """Implement ``NetworkRecipe.shape``: the sizes, the biases and the number of steps."""
        if self.calibrated:
            return None
        sizes = self.block_size, self.embedding, self.hidden, self.batch_size, self.steps
        return MLPRecipe, sizes, self.batchnorm, self.b1_scale is None, self.momentum

    def runs(self, networks: Sequence[Network]) -> Runs | None:
        """Implement ``NetworkRecipe.runs``: one kernel on CUDA, a program for each network."""
        if self.calibrated or not networks[0].weights["C"].is_cuda:
            return None
        return fused_runs(networks, self.batch_size, self.momentum)

    def for_data(self, symbols: int) -> Self:
        """Implement ``Recipe.for_data``: weights decay, running statistics follow sooner."""
        fitted = super().for_data(symbols)
        if fitted is self:
            return self
        momentum = MOMENTUM * self.steps / fitted.steps
        return replace(
            fitted, weight_decay=min(DECAY / symbols, MOST_DECAY), momentum=min(momentum, 0.01)
        )

    def shrinkage(self, rates: Sequence[float]) -> float:
        """Implement ``NetworkRecipe.shrinkage``."""
        return math.exp(-self.weight_decay * sum(rates))

    def rate_at(self, step: int) -> float:
        """Return the learning rate of a step, from 0; the rate falls to a tenth at ``decay_step``.

        The notebook's rates are 0.1, and 0.01 from step 100,000 of 200,000.
        """
        decay_step = self.steps / 2 if self.decay_step is None else self.decay_step
        return step_decay(step, highest=self.learning_rate, decay_step=decay_step)


BASELINE = register(MLPRecipe("baseline"), LectureLosses(2.1245, 2.1682))
SOFTMAX = register(
    replace(BASELINE, name="softmax", w2_scale=0.01, b2_scale=0.0), LectureLosses(2.07, 2.13)
)
SATURATION = register(
    replace(SOFTMAX, name="saturation", w1_scale=0.2, b1_scale=0.01), LectureLosses(2.0356, 2.1027)
)
KAIMING = register(
    replace(SATURATION, name="kaiming", w1_scale=None), LectureLosses(2.0377, 2.1070)
)
BATCHNORM_B1 = register(replace(KAIMING, name="batchnorm-b1", batchnorm=True, calibrated=True))
BATCHNORM = register(
    replace(BATCHNORM_B1, name="batchnorm", b1_scale=None, calibrated=False),
    LectureLosses(2.0668, 2.1048),
)


class MLP(Network):
    """The notebook's network in every stage of its lesson.

    ``weights`` holds C: embedding [V, E]; W1: first layer [L * E, H]; b1: bias of W1 [H], unless
    ``b1_scale`` is None; W2: output layer [H, V]; b2: bias of W2 [V]; and, with BatchNorm, gain and
    bias [1, H]. ``statistics`` holds, with BatchNorm, running_mean and running_std (not variance)
    [1, H] of the product with W1, to which b1 is not added: BatchNorm subtracts b1 again.
    """

    def __init__(self, vocab_size: int, recipe: MLPRecipe) -> None:
        """Draw the initial weights in the notebook's order from the notebook's generator."""
        g = torch.Generator().manual_seed(recipe.init_seed)
        V, E, H = vocab_size, recipe.embedding, recipe.hidden
        fan_in = recipe.block_size * E
        scale = TANH_GAIN / fan_in**0.5 if recipe.w1_scale is None else recipe.w1_scale
        self.momentum = recipe.momentum
        self.weights = {"C": torch.randn((V, E), generator=g)}
        self.weights["W1"] = torch.randn((fan_in, H), generator=g) * scale
        if recipe.b1_scale is not None:
            self.weights["b1"] = torch.randn(H, generator=g) * recipe.b1_scale
        self.weights["W2"] = torch.randn((H, V), generator=g) * recipe.w2_scale
        self.weights["b2"] = torch.randn(V, generator=g) * recipe.b2_scale
        self.statistics = {}
        if recipe.batchnorm:
            self.weights |= {"gain": torch.ones((1, H)), "bias": torch.zeros((1, H))}
            self.statistics["running_mean"] = torch.zeros((1, H))
            self.statistics["running_std"] = torch.ones((1, H))
        for parameter in self.parameters():
            parameter.requires_grad_()

    def forward(self, contexts: Tensor, *, training: bool) -> Activations:
        """Implement ``Network.forward`` (notebook, "Forward pass")."""
        product = self._product(contexts)  # (B, H)
        pre = product + self.weights["b1"] if "b1" in self.weights else product
        if self.statistics:
            mean, std = pre.mean(0, keepdim=True), pre.std(0, keepdim=True)
            if training:
                self._remember(product.detach().mean(0, keepdim=True), std.detach())
            pre = self._normalise(pre, mean, std)
        return self._output(pre)

    def evaluate(self, contexts: Tensor) -> Tensor:
        """Implement ``Network.evaluate`` (notebook, ``split_loss``)."""
        pre = self._product(contexts)
        if self.statistics:
            pre = self._normalise(pre, *self.statistics.values())
        elif "b1" in self.weights:
            pre = pre + self.weights["b1"]
        return self._output(pre).logits

    @torch.no_grad()
    def calibrate(self, contexts: Tensor, batch_size: int, counts: Tensor | None = None) -> None:
        """Implement ``Network.calibrate``; the deviation divides by N - 1, as the notebook's."""
        if not self.statistics:
            return
        if counts is None:
            counts = torch.ones(len(contexts), dtype=torch.float64)
        weights, number = counts.to(contexts.device)[:, None], float(counts.sum())
        parts = [torch.split(each, batch_size) for each in (contexts, weights)]
        mean, std = self.statistics.values()
        sums = torch.zeros_like(mean, dtype=torch.float64)
        for batch, weight in zip(*parts, strict=True):
            sums += (self._product(batch).double() * weight).sum(0)
        mean.copy_(sums / number)
        squares = torch.zeros_like(sums)
        for batch, weight in zip(*parts, strict=True):
            squares += ((self._product(batch) - mean).double().square() * weight).sum(0)
        std.copy_((squares / max(1.0, number - 1)).sqrt())

    @torch.no_grad()
    def fold(self) -> Folded:
        """Implement ``Network.fold``: BatchNorm into W1, then the embedding and W1 into tables."""
        w = {name: exact(tensor) for name, tensor in self.state().items()}
        C, W1, shift = w["C"], w["W1"], w.get("b1", torch.zeros(()))
        if self.statistics:
            mean, std = w["running_mean"], w["running_std"]  # (1, H)
            W1, shift = fold_batchnorm(W1, 0.0, gain=w["gain"], bias=w["bias"], mean=mean, std=std)
        tables = C @ W1.view(-1, C.shape[1], W1.shape[1])  # (L, V, H)
        tables[0] += shift
        return Folded(tables, w["W2"], w["b2"])

    def _product(self, contexts: Tensor) -> Tensor:
        return self.weights["C"][contexts].flatten(1) @ self.weights["W1"]

    def _normalise(self, pre: Tensor, mean: Tensor, std: Tensor) -> Tensor:
        return self.weights["gain"] * (pre - mean) / std + self.weights["bias"]

    def _output(self, pre: Tensor) -> Activations:
        h = torch.tanh(pre)
        return Activations(pre, h, h @ self.weights["W2"] + self.weights["b2"])

    def _remember(self, mean: Tensor, std: Tensor) -> None:
        for running, now in zip(self.statistics.values(), (mean, std), strict=True):
            running.mul_(1 - self.momentum).add_(now, alpha=self.momentum)
