"""The network of makemore part 5: a tree of layers, each of which fuses two neighbours.

After WaveNet (arXiv 1609.03499), without its dilation's overlap: with 8 symbols of context there
are 4 pairs, then 2, then 1.
"""

from typing import Self

import torch
from torch import Tensor
from torch.nn import functional as F

from namesmith_trainer.fold import FoldedTree, exact
from namesmith_trainer.network import TANH_GAIN, Activations, Network
from namesmith_trainer.recipe import WaveNetRecipe

MOMENTUM = 0.01
"""Share of a step's statistics in the running ones."""

EPSILON = 1e-5
"""Added to a variance."""


class WaveNet(Network):
    """A level for every doubling of the context: linear without bias, BatchNorm, tanh.

    ``weights`` holds C: embedding [V, E]; for level i from 0 on Ui: [2 * width, H], and
    BatchNorm's gaini and biasi [H]; W2: output layer [H, V]; b2: its bias [V]. ``statistics``
    holds meani and variancei [H].
    """

    def __init__(self, vocab_size: int, recipe: WaveNetRecipe) -> None:
        """Draws the initial weights in their order, by Kaiming's scale."""
        g = torch.Generator().manual_seed(recipe.init_seed)
        V, E, H = vocab_size, recipe.embedding, recipe.hidden
        self.levels = recipe.block_size.bit_length() - 1
        self.dropout = recipe.dropout
        self.generator = torch.Generator().manual_seed(recipe.init_seed)  # of what is dropped
        self.weights = {"C": torch.randn((V, E), generator=g)}
        self.statistics = {}
        width = E
        for i in range(self.levels):
            scale = TANH_GAIN / (2 * width) ** 0.5
            self.weights[f"U{i}"] = torch.randn((2 * width, H), generator=g) * scale
            self.weights[f"gain{i}"], self.weights[f"bias{i}"] = torch.ones(H), torch.zeros(H)
            self.statistics[f"mean{i}"] = torch.zeros(H)
            self.statistics[f"variance{i}"] = torch.ones(H)
            width = H
        self.weights["W2"] = torch.randn((H, V), generator=g) * 0.1 / H**0.5
        self.weights["b2"] = torch.zeros(V)
        for parameter in self.parameters():
            parameter.requires_grad_()

    def to(self, device: str) -> Self:
        """As ``Network.to``; what is dropped depends on the device."""
        self.generator = torch.Generator(device).manual_seed(self.generator.initial_seed())
        return super().to(device)

    def forward(self, contexts: Tensor, *, training: bool) -> Activations:
        """As ``Network.forward``."""
        return self._pass(
            contexts, MOMENTUM if training else 0.0, self.dropout if training else 0.0
        )

    def evaluate(self, contexts: Tensor) -> Tensor:
        """As ``Network.evaluate``."""
        return self._pass(contexts, None, 0.0).logits

    @torch.no_grad()
    def fold(self) -> FoldedTree:
        """BatchNorm into every level, the embedding into the first."""
        w = {name: exact(tensor) for name, tensor in self.state().items()}
        matrices, shifts = [], []
        for i in range(self.levels):
            scale = w[f"gain{i}"] / (w[f"variance{i}"] + EPSILON).sqrt()
            matrices.append(w[f"U{i}"] * scale)
            shifts.append(w[f"bias{i}"] - w[f"mean{i}"] * scale)
        tables = w["C"] @ matrices[0].view(2, w["C"].shape[1], -1)  # (2, V, H)
        tables[0] += shifts[0]
        return FoldedTree(tables, matrices[1:], shifts[1:], w["W2"], w["b2"])

    @torch.no_grad()
    def calibrate(self, contexts: Tensor, batch_size: int) -> None:
        """Makes the running statistics the mean and variance over all contexts, int64 [N, L].

        Level by level, for a level's inputs depend on the statistics of those below it.

        Args:
            contexts: at least one.
            batch_size: contexts that are passed at once; what is measured does not depend on it.
        """
        for i in range(self.levels):
            H = self.weights[f"U{i}"].shape[1]
            sums, squares = contexts.new_zeros((2, H), dtype=torch.float64)
            count = 0
            for batch in torch.split(contexts, batch_size):
                x = F.embedding(batch, self.weights["C"])
                for below in range(i):
                    x = torch.tanh(self._level(below, x, None))
                pre = self._fused(i, x).double()
                sums += pre.sum(0)
                squares += pre.square().sum(0)
                count += len(pre)
            mean = sums / count
            self.statistics[f"mean{i}"].copy_(mean)
            self.statistics[f"variance{i}"].copy_((squares / count - mean**2).clamp_min(0))

    def _pass(self, contexts: Tensor, momentum: float | None, dropout: float) -> Activations:
        """A forward pass.

        Args:
            contexts: int64 [B, L].
            momentum: share of the batch's statistics in the running ones; None: the running
                statistics are used, and not the batch's.
            dropout: share of the hidden units that is left out.
        """
        x = F.embedding(contexts, self.weights["C"])  # (B, L, E)
        seen: list[tuple[Tensor, Tensor]] = []
        for i in range(self.levels):
            pre = self._level(i, x, momentum)
            h = torch.tanh(pre)
            x = h * self._mask(h, 1 - dropout) if dropout else h
            seen.append((pre, h))
        x = x.flatten(1)  # (B, 1, H) -> (B, H)
        logits = x @ self.weights["W2"] + self.weights["b2"]
        return Activations(pre.flatten(1), h.flatten(1), logits, tuple(seen[:-1]))

    def _level(self, i: int, x: Tensor, momentum: float | None) -> Tensor:
        """Pre-activations [B, T / 2, H] of level i from [B, T, width]."""
        B, T, _ = x.shape
        pre = F.batch_norm(
            self._fused(i, x),
            self.statistics[f"mean{i}"],
            self.statistics[f"variance{i}"],
            self.weights[f"gain{i}"],
            self.weights[f"bias{i}"],
            training=momentum is not None,
            momentum=momentum or 0.0,
            eps=EPSILON,
        )
        return pre.view(B, T // 2, -1)

    def _fused(self, i: int, x: Tensor) -> Tensor:
        """Each two neighbours through level i's matrix: [B, T, width] -> [B * T / 2, H]."""
        U = self.weights[f"U{i}"]
        return x.reshape(-1, len(U)) @ U

    def _mask(self, h: Tensor, kept: float) -> Tensor:
        """Like h: 1 / kept where a unit is kept, 0 elsewhere."""
        return torch.empty_like(h).bernoulli_(kept, generator=self.generator).div_(kept)
