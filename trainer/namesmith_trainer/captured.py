"""The written-out steps on CUDA: a block of them is one graph, launched at once.

A step's kernels take a microsecond or two each, and to launch one from Python takes longer.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from namesmith_trainer.descent import Descent


class Captured(Descent):
    """``Descent`` whose blocks are replayed from a CUDA graph.

    Rates are constants of a graph. The first block of its rates runs as it is, which also warms
    the libraries up; the second is captured; so a block that comes once is never captured.
    """

    def block(
        self, contexts: Tensor, targets: Tensor, rates: Sequence[float], losses: Tensor
    ) -> None:
        """As ``Descent.block``."""
        key = tuple(rates)
        if key not in self._replays:
            self._replays[key] = None
            super().block(contexts, targets, rates, losses)
            return
        replay = self._replays[key] or self._capture(contexts, targets, rates)
        self._replays[key] = replay
        graph, inputs, output = replay
        for mine, given in zip(inputs, (contexts, targets), strict=True):
            mine.copy_(given)
        graph.replay()
        losses.copy_(output)

    def _allocate(self, B: int) -> None:
        super()._allocate(B)
        self._replays: dict[tuple[float, ...], Replay | None] = {}

    def _capture(self, contexts: Tensor, targets: Tensor, rates: Sequence[float]) -> "Replay":
        """Records a block without running it."""
        inputs, losses = (contexts.clone(), targets.clone()), contexts.new_empty(len(rates)).float()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            super().block(*inputs, rates, losses)
        return graph, inputs, losses


Replay = tuple[torch.cuda.CUDAGraph, tuple[Tensor, Tensor], Tensor]
"""A graph, what it reads, and the losses that it writes."""
