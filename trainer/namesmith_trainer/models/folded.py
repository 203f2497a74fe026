"""Folded modules: a trained network reduced to the operations that serving needs.

``Network.fold`` computes the numbers of a folded module: the embedding and the first layer collapse
into tables of contributions to the hidden units.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Folded(nn.Module):
    """A folded network with one hidden layer: L gathers, a tanh and one matrix product.

    Attributes:
        tables: contributions to the hidden units [L * V, H], float, by position, the oldest
            position first; the rows of the oldest position include the bias.
        starts: first row of each position in ``tables``, int64 [L].
        W2: output layer [H, V].
        b2: bias of the output layer [V].
    """

    def __init__(self, tables: Tensor, W2: Tensor, b2: Tensor) -> None:
        """Register the tensors as buffers; ``tables`` has the shape [L, V, H]."""
        super().__init__()
        self.register_buffer("tables", tables.flatten(0, 1))
        self.register_buffer("starts", torch.arange(tables.shape[0]) * tables.shape[1])
        self.register_buffer("W2", W2)
        self.register_buffer("b2", b2)

    tables: Tensor
    starts: Tensor
    W2: Tensor
    b2: Tensor

    def forward(self, context: Tensor) -> Tensor:
        """Return log P(next symbol | context): int64 [B, L], oldest symbol first, -> [B, V]."""
        pre = F.embedding(context + self.starts, self.tables).sum(1)  # (B, L, H) -> (B, H)
        return torch.log_softmax(torch.tanh(pre) @ self.W2 + self.b2, dim=1)


class FoldedTree(nn.Module):
    """A folded tree of layers: gathers for each pair, matrix product and tanh for each level.

    Attributes:
        tables: contributions to the hidden units [2 * V, H] of the older and of the newer symbol
            of a pair; the rows of the older symbol include the bias.
        starts: first row in ``tables`` for each position of a context, int64 [L].
        levels: levels above the first level, each with a matrix [2 * H, H] and a shift [H].
        W2: output layer [H, V].
        b2: bias of the output layer [V].
    """

    def __init__(
        self, tables: Tensor, matrices: list[Tensor], shifts: list[Tensor], W2: Tensor, b2: Tensor
    ) -> None:
        """Register the buffers; ``tables`` is [2, V, H], and its first table includes the bias."""
        super().__init__()
        self.register_buffer("tables", tables.flatten(0, 1))
        places = torch.tensor([0, tables.shape[1]]).repeat(1 << len(matrices))
        self.register_buffer("starts", places)
        self.levels = nn.ModuleList(map(_Level, matrices, shifts))
        self.register_buffer("W2", W2)
        self.register_buffer("b2", b2)

    tables: Tensor
    starts: Tensor
    W2: Tensor
    b2: Tensor

    def forward(self, context: Tensor) -> Tensor:
        """Return log P(next symbol | context): int64 [B, L], oldest symbol first, -> [B, V]."""
        rows = F.embedding(context + self.starts, self.tables)  # (B, L, H)
        x = torch.tanh(rows[:, 0::2] + rows[:, 1::2])  # (B, L / 2, H)
        for level in self.levels:
            x = level(x)
        return torch.log_softmax(x.flatten(1) @ self.W2 + self.b2, dim=1)


class _Level(nn.Module):
    """One level of a folded tree, which fuses neighbours: [B, T, H] -> [B, T / 2, H]."""

    def __init__(self, matrix: Tensor, shift: Tensor) -> None:
        super().__init__()
        self.register_buffer("matrix", matrix)
        self.register_buffer("shift", shift)

    matrix: Tensor
    shift: Tensor

    def forward(self, x: Tensor) -> Tensor:
        pairs = torch.cat((x[:, 0::2], x[:, 1::2]), dim=2)  # (B, T / 2, 2 * H)
        return torch.tanh(pairs @ self.matrix + self.shift)


def exact(tensor: Tensor) -> Tensor:
    """Copy a tensor to float64 on the CPU, without its autograd graph."""
    return tensor.detach().cpu().double()
