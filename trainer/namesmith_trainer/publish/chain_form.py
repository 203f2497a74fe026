"""A chain as a module to export: gathers that walk from the start along a context.

Knows torch and the bytes of a chain file; knows nothing of the training that made the chain.
"""

from typing import Self

import numpy as np
import torch
from numpy.typing import ArrayLike
from safetensors.numpy import load
from torch import Tensor, nn

from namesmith.vocabulary import END


class ChainForm(nn.Module):
    """A chain with any states, as a function of contexts.

    It answers with the chain's own float32 numbers, on every runtime. The indices are int32, in the
    files too: a gather takes them as they are.

    Attributes:
        distributions: natural log-probabilities of the next symbol, float32 [S, V]; ``log_probs``
            is the name of the output, and a graph has each name once.
        rows: row of successors of each state, int32 [S].
        successors: state after each symbol, int32 [R * V], row by row.
        start: state before the first symbol, int32 [1].
    """

    distributions: Tensor
    rows: Tensor
    successors: Tensor
    start: Tensor

    def __init__(
        self, log_probs: ArrayLike, rows: ArrayLike, successors: ArrayLike, start: int
    ) -> None:
        """Register the arrays as buffers.

        Args:
            log_probs: natural log-probabilities of the next symbol, [S, V].
            rows: row of ``successors`` of each state, [S].
            successors: state after each symbol, [R, V]; the start after the end symbol, so that a
                context that is padded in front stays at the start.
            start: state before the first symbol.

        Raises:
            ValueError: the end symbol does not lead to the start.
        """
        super().__init__()
        check_ends(successors, start)
        self.register_buffer("distributions", _tensor(log_probs, np.float32))
        self.register_buffer("rows", _tensor(rows, np.int32))
        self.register_buffer("successors", _tensor(successors, np.int32).flatten())
        self.register_buffer("start", torch.tensor([start], dtype=torch.int32))

    @classmethod
    def load(cls, raw: bytes) -> Self:
        """Open the bytes of a ``chain.safetensors``."""
        tensors = load(raw)
        states = len(tensors["log_probs"])
        rows = tensors.get("rows", np.arange(states, dtype=np.int32))
        return cls(tensors["log_probs"], rows, tensors["successors"], int(tensors["start"][0]))

    def forward(self, context: Tensor) -> Tensor:
        """Return log P(next symbol | context): int64 [B, L], oldest symbol first, -> [B, V]."""
        size = self.distributions.shape[1]
        states = self.start.expand(context.shape[0])  # (B,)
        for place in range(context.shape[1]):
            rows = self.rows.index_select(0, states)
            states = self.successors.index_select(0, rows * size + context[:, place])
        return self.distributions.index_select(0, states)


def check_ends(successors: ArrayLike, start: int) -> None:
    """Hold a successor table [R, V] to lead to the start after the end symbol.

    Raises:
        ValueError: in some row it does not.
    """
    if (np.asarray(successors)[:, END] != start).any():
        raise ValueError(f"successors: the end symbol does not lead to the start, {start}")


def _tensor(array: ArrayLike, dtype: type[np.generic]) -> Tensor:
    return torch.from_numpy(np.array(array, dtype=dtype))  # a copy: an array may be read-only
