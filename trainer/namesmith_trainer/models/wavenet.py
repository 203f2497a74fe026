"""The family of makemore part 5: a tree of layers, each of which fuses two neighbours.

The network follows WaveNet (arXiv 1609.03499) without the overlap of WaveNet's dilation: the 8
symbols of a context are fused into 4 vectors, the 4 vectors into 2, and the 2 vectors into 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import torch
from torch import Tensor
from torch.nn import functional as F

from namesmith_trainer.models.base import TANH_GAIN, Activations, Network
from namesmith_trainer.models.fold import fold_batchnorm
from namesmith_trainer.models.folded import FoldedTree, exact
from namesmith_trainer.models.network_recipe import NetworkRecipe
from namesmith_trainer.models.recipe import RecipeError, Setting
from namesmith_trainer.models.registry import LectureLosses, register
from namesmith_trainer.optim import AveragedAdamW, Optimizer, warmup_cosine

MOMENTUM = 0.01
"""Weight of a step's statistics in BatchNorm's running statistics."""

EPSILON = 1e-5
"""Number that is added to a variance, to keep BatchNorm from dividing by zero."""


@dataclass(frozen=True)
class WaveNetRecipe(NetworkRecipe):
    """A recipe for a lower loss than the notebook's: a deeper network, AdamW and dropout.

    Attributes:
        block_size: L, a power of two; the network has a level for each doubling.
        warmup: share of the steps in which the learning rate rises from 0; in the later steps the
            rate falls as a cosine.
        weight_decay: AdamW's weight decay of matrices.
        dropout: share of the hidden units that a step leaves out.
        averaging: share of the old average of the weights that a step keeps.
    """

    SETTINGS: ClassVar[Mapping[str, Setting]] = {
        **NetworkRecipe.SETTINGS,
        "weight_decay": Setting(0.0, 1_000.0),
        "dropout": Setting(0.0, 0.9),
    }

    block_size: int = 8
    embedding: int = 24
    hidden: int = 128
    batch_size: int = 512
    steps: int = 30_000
    learning_rate: float = 0.004
    warmup: float = 0.02
    weight_decay: float = 0.1
    dropout: float = 0.15
    averaging: float = 0.999

    def __post_init__(self) -> None:
        """Check that the context can be halved down to one pair.

        Raises:
            RecipeError: the block size is no power of two, or is below 2.
        """
        if self.block_size < 2 or self.block_size.bit_count() != 1:
            raise RecipeError(f"block_size: {self.block_size} is not a power of two from 2 on")

    def for_data(self, symbols: int) -> Self:
        """Implement ``Recipe.for_data``: the average reaches back as far a part of the run."""
        fitted = super().for_data(symbols)
        share = (1 - self.averaging) * self.steps / fitted.steps
        return self if fitted is self else replace(fitted, averaging=1 - share)

    def network(self, vocab_size: int) -> "WaveNet":
        """Implement ``NetworkRecipe.network``."""
        return WaveNet(vocab_size, self)

    def optimizer(self, network: Network) -> Optimizer:
        """Implement ``NetworkRecipe.optimizer``."""
        return AveragedAdamW(network, weight_decay=self.weight_decay, averaging=self.averaging)

    def rate_at(self, step: int) -> float:
        """Return the learning rate of a step, from 0: it rises linearly, then falls as a cosine."""
        return warmup_cosine(step, steps=self.steps, highest=self.learning_rate, warmup=self.warmup)


WAVENET = register(WaveNetRecipe("wavenet"), LectureLosses(None, 1.993))


class WaveNet(Network):
    """A network with a level for every doubling of the context: linear, BatchNorm, tanh.

    ``weights`` holds C: embedding [V, E]; for level i from 0 on Ui: matrix [2 * width, H], and
    BatchNorm's gaini and biasi [H]; W2: output layer [H, V]; b2: bias of W2 [V]. ``statistics``
    holds meani and variancei [H].
    """

    def __init__(self, vocab_size: int, recipe: WaveNetRecipe) -> None:
        """Draw the initial weights in the order of ``weights``, at Kaiming's scale."""
        g = torch.Generator().manual_seed(recipe.init_seed)
        V, E, H = vocab_size, recipe.embedding, recipe.hidden
        self.levels = recipe.block_size.bit_length() - 1
        self.dropout = recipe.dropout
        self.dropout_seed = recipe.init_seed
        self.generator = torch.Generator().manual_seed(self.dropout_seed)
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
        """Implement ``Network.to``; the units that training drops depend on the device."""
        self.generator = torch.Generator(device).manual_seed(self.dropout_seed)
        return super().to(device)

    def forward(self, contexts: Tensor, *, training: bool) -> Activations:
        """Implement ``Network.forward``."""
        return self._pass(
            contexts, MOMENTUM if training else 0.0, self.dropout if training else 0.0
        )

    def evaluate(self, contexts: Tensor) -> Tensor:
        """Implement ``Network.evaluate``."""
        return self._pass(contexts, None, 0.0).logits

    @torch.no_grad()
    def fold(self) -> FoldedTree:
        """Implement ``Network.fold``: BatchNorm into every level, the embedding into level 0."""
        w = {name: exact(tensor) for name, tensor in self.state().items()}
        matrices, shifts = [], []
        for i in range(self.levels):
            matrix, shift = fold_batchnorm(
                w[f"U{i}"],
                0.0,
                gain=w[f"gain{i}"],
                bias=w[f"bias{i}"],
                mean=w[f"mean{i}"],
                std=(w[f"variance{i}"] + EPSILON).sqrt(),
            )
            matrices.append(matrix)
            shifts.append(shift)
        tables = w["C"] @ matrices[0].view(2, w["C"].shape[1], -1)  # (2, V, H)
        tables[0] += shifts[0]
        return FoldedTree(tables, matrices[1:], shifts[1:], w["W2"], w["b2"])

    @torch.no_grad()
    def calibrate(self, contexts: Tensor, batch_size: int, counts: Tensor | None = None) -> None:
        """Implement ``Network.calibrate`` with the mean and variance over all contexts.

        The levels are measured one after another, because a level's inputs depend on the
        statistics of the levels below.

        Args:
            contexts: int64 [N, L], at least one context.
            batch_size: number of contexts in one pass; the statistics do not depend on it.
            counts: count of each context, float64 [N]; None: each counts once.
        """
        if counts is None:
            counts = torch.ones(len(contexts), dtype=torch.float64)
        weights = counts.to(contexts.device)[:, None]
        for i in range(self.levels):
            H = self.weights[f"U{i}"].shape[1]
            sums, squares = contexts.new_zeros((2, H), dtype=torch.float64)
            total = contexts.new_zeros((), dtype=torch.float64)
            for batch, weight in zip(
                torch.split(contexts, batch_size), torch.split(weights, batch_size), strict=True
            ):
                x = F.embedding(batch, self.weights["C"])
                for below in range(i):
                    x = torch.tanh(self._level(below, x, None))
                pre = self._fused(i, x).double()
                of_each = weight.repeat_interleave(len(pre) // len(batch), 0)
                sums += (of_each * pre).sum(0)
                squares += (of_each * pre.square()).sum(0)
                total += of_each.sum()
            mean = sums / total
            self.statistics[f"mean{i}"].copy_(mean)
            self.statistics[f"variance{i}"].copy_((squares / total - mean**2).clamp_min(0))

    def _pass(self, contexts: Tensor, momentum: float | None, dropout: float) -> Activations:
        """Compute a forward pass.

        Args:
            contexts: int64 [B, L].
            momentum: weight of the batch's statistics in the running statistics; None for a pass
                that is normalised by the running statistics, not by the batch's statistics.
            dropout: share of the hidden units that the pass leaves out.
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
        """Compute level i's inputs of tanh [B, T / 2, H] from the level's inputs [B, T, width]."""
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
        """Multiply pairs of neighbours by level i's matrix: [B, T, width] -> [B * T / 2, H]."""
        U = self.weights[f"U{i}"]
        return x.reshape(-1, len(U)) @ U

    def _mask(self, h: Tensor, kept: float) -> Tensor:
        """Draw a mask of h's shape: 1 / kept for a share ``kept`` of the units, else 0."""
        return torch.empty_like(h).bernoulli_(kept, generator=self.generator).div_(kept)
