"""The notebook's network: embedding, one hidden layer with BatchNorm and tanh, output layer."""

from typing import Self

import torch
from torch import Tensor
from torch.nn import functional as F

from namesmith_trainer.recipe import Recipe

CHUNK = 1 << 16
"""Contexts that are evaluated at once."""

MOMENTUM = 0.001
"""Share of a step's statistics in the running ones (notebook, "Change 5")."""

TANH_GAIN = 5 / 3
"""Kaiming gain of tanh (arXiv 1502.01852; notebook, "Change 3")."""


class Network:
    """The weights, all float32, and the forward pass in training and in evaluation.

    Attributes:
        C: embedding [V, E].
        W1: first layer [L * E, H].
        W2: output layer [H, V].
        b2: its bias [V].
        gain: BatchNorm's [1, H].
        bias: BatchNorm's [1, H].
        running_mean: [1, H].
        running_std: running standard deviation (not variance) [1, H].
    """

    def __init__(self, vocab_size: int, recipe: Recipe) -> None:
        """Draws the initial weights in the notebook's order from its generator."""
        g = torch.Generator().manual_seed(recipe.init_seed)
        fan_in = recipe.block_size * recipe.embedding
        self.C = torch.randn((vocab_size, recipe.embedding), generator=g)
        self.W1 = torch.randn((fan_in, recipe.hidden), generator=g) * (TANH_GAIN / fan_in**0.5)
        self.W2 = torch.randn((recipe.hidden, vocab_size), generator=g) * 0.01
        self.b2 = torch.randn(vocab_size, generator=g) * 0
        self.gain = torch.ones((1, recipe.hidden))
        self.bias = torch.zeros((1, recipe.hidden))
        self.running_mean = torch.zeros((1, recipe.hidden))
        self.running_std = torch.ones((1, recipe.hidden))
        for parameter in self.parameters():
            parameter.requires_grad_()

    def parameters(self) -> list[Tensor]:
        """What is trained, in the notebook's order."""
        return [self.C, self.W1, self.W2, self.b2, self.gain, self.bias]

    def to(self, device: str) -> Self:
        """Moves the weights and the running statistics in place."""
        for parameter in self.parameters():
            parameter.data = parameter.data.to(device)
        self.running_mean = self.running_mean.to(device)
        self.running_std = self.running_std.to(device)
        return self

    def training_loss(self, contexts: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy in nats of a minibatch, by its own statistics; updates the running.

        Args:
            contexts: int64 [B, L].
            targets: int64 [B].
        """
        pre = self._pre_activations(contexts)  # (B, H)
        mean, std = pre.mean(0, keepdim=True), pre.std(0, keepdim=True)
        with torch.no_grad():
            self.running_mean.mul_(1 - MOMENTUM).add_(mean, alpha=MOMENTUM)
            self.running_std.mul_(1 - MOMENTUM).add_(std, alpha=MOMENTUM)
        return F.cross_entropy(self._logits(pre, mean, std), targets)

    @torch.no_grad()
    def log_probs(self, contexts: Tensor) -> Tensor:
        """Log P(next symbol | context) by the running statistics: int64 [B, L] -> [B, V]."""
        pre = self._pre_activations(contexts)
        return F.log_softmax(self._logits(pre, self.running_mean, self.running_std), dim=1)

    def loss(self, contexts: Tensor, targets: Tensor) -> float:
        """Mean cross-entropy in nats of a split in evaluation (notebook, ``split_loss``)."""
        total = 0.0
        for at in range(0, len(targets), CHUNK):
            rows, wanted = contexts[at : at + CHUNK], targets[at : at + CHUNK]
            chosen = self.log_probs(rows).gather(1, wanted[:, None])
            total -= chosen.double().sum().item()
        return total / len(targets)

    def _pre_activations(self, contexts: Tensor) -> Tensor:
        pre: Tensor = self.C[contexts].flatten(1) @ self.W1
        return pre

    def _logits(self, pre: Tensor, mean: Tensor, std: Tensor) -> Tensor:
        h = torch.tanh(self.gain * (pre - mean) / std + self.bias)
        return h @ self.W2 + self.b2
