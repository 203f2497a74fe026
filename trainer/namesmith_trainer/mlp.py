"""The notebook's network: embedding, one hidden layer with tanh, BatchNorm or not, output layer."""

import torch
from torch import Tensor

from namesmith_trainer.fold import Folded, exact
from namesmith_trainer.network import TANH_GAIN, Activations, Network
from namesmith_trainer.recipe import MLPRecipe

MOMENTUM = 0.001
"""Share of a step's statistics in the running ones (notebook, "Change 5")."""


class MLP(Network):
    """The notebook's network, in every stage of its lesson.

    ``weights`` holds C: embedding [V, E]; W1: first layer [L * E, H]; b1: its bias [H], where the
    recipe has one; W2: output layer [H, V]; b2: its bias [V]; with BatchNorm its gain and bias
    [1, H]. ``statistics`` then holds running_mean and running_std (not variance) [1, H].
    """

    def __init__(self, vocab_size: int, recipe: MLPRecipe) -> None:
        """Draws the initial weights in the notebook's order from its generator."""
        g = torch.Generator().manual_seed(recipe.init_seed)
        V, E, H = vocab_size, recipe.embedding, recipe.hidden
        fan_in = recipe.block_size * E
        scale = TANH_GAIN / fan_in**0.5 if recipe.w1_scale is None else recipe.w1_scale
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
        """As ``Network.forward`` (notebook, "Forward pass")."""
        pre = self._linear(contexts)  # (B, H)
        if self.statistics:
            mean, std = pre.mean(0, keepdim=True), pre.std(0, keepdim=True)
            if training:
                self._remember(mean.detach(), std.detach())
            pre = self._normalise(pre, mean, std)
        return self._output(pre)

    def evaluate(self, contexts: Tensor) -> Tensor:
        """As ``Network.evaluate`` (notebook, ``split_loss``)."""
        pre = self._linear(contexts)
        if self.statistics:
            pre = self._normalise(pre, *self.statistics.values())
        return self._output(pre).logits

    @torch.no_grad()
    def fold(self) -> Folded:
        """W1' = W1 * g/s, b1' = beta - mean * g/s; then the embedding into W1'."""
        w = {name: exact(tensor) for name, tensor in self.state().items()}
        C, W1, shift = w["C"], w["W1"], w.get("b1", torch.zeros(()))
        if self.statistics:
            scale = w["gain"] / w["running_std"]  # (1, H)
            W1 = W1 * scale
            shift = w["bias"] + (shift - w["running_mean"]) * scale
        tables = C @ W1.view(-1, C.shape[1], W1.shape[1])  # (L, V, H)
        tables[0] += shift
        return Folded(tables, w["W2"], w["b2"])

    def _linear(self, contexts: Tensor) -> Tensor:
        pre = self.weights["C"][contexts].flatten(1) @ self.weights["W1"]
        return pre + self.weights["b1"] if "b1" in self.weights else pre

    def _normalise(self, pre: Tensor, mean: Tensor, std: Tensor) -> Tensor:
        return self.weights["gain"] * (pre - mean) / std + self.weights["bias"]

    def _output(self, pre: Tensor) -> Activations:
        h = torch.tanh(pre)
        return Activations(pre, h, h @ self.weights["W2"] + self.weights["b2"])

    def _remember(self, mean: Tensor, std: Tensor) -> None:
        for running, now in zip(self.statistics.values(), (mean, std), strict=True):
            running.mul_(1 - MOMENTUM).add_(now, alpha=MOMENTUM)
