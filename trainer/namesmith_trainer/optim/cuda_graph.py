"""Gradient descent on CUDA: all kernels of a block of steps are launched as one graph.

A kernel of a step runs for a microsecond or two, and launching a kernel from Python takes longer.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from namesmith_trainer.optim.manual_sgd import ManualSGD


class CudaGraphSGD(ManualSGD):
    """``ManualSGD`` with blocks of steps that are replayed from CUDA graphs.

    The learning rates are constants of a graph. The first block with a sequence of rates runs
    without a graph, which also warms the libraries up; the second block with the same rates is
    captured, and replayed from then on. A block whose rates occur once is therefore never captured.
    """

    def take_steps(
        self, contexts: Tensor, targets: Tensor, rates: Sequence[float], losses: Tensor
    ) -> None:
        """Implement ``Optimizer.take_steps``."""
        key = tuple(rates)
        if key not in self._replays:
            self._replays[key] = None
            super().take_steps(contexts, targets, rates, losses)
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
        """Record the graph of a block without running the block."""
        inputs, losses = (contexts.clone(), targets.clone()), contexts.new_empty(len(rates)).float()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            super().take_steps(*inputs, rates, losses)
        return graph, inputs, losses


Replay = tuple[torch.cuda.CUDAGraph, tuple[Tensor, Tensor], Tensor]
"""CUDA graph, the contexts and targets that the graph reads, and the losses that it writes."""
