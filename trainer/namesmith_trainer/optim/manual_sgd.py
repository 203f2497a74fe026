"""Gradient descent on the notebook's network with hand-written gradients ("manual backprop").

Makemore part 4 derives these gradients. A step computes for some 50 us, and every operation costs a
microsecond or more before it computes anything. Therefore a step consists of few operations, each
of which writes into the same memory at every step; work that the next step does not need is done
once for each block of steps; and an update adds the matrix product that is its gradient directly to
the weight. ``docs/training.md`` lists the gain of each idea.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from namesmith_trainer.optim.base import TrainableNetwork
from namesmith_trainer.optim.manual_batchnorm import ManualBatchNorm

tanh_backward = torch.ops.aten.tanh_backward.grad_input

LANES = 16
"""Number that divides the width of padded rows: matrix products of whole vectors are faster."""


class ManualSGD:
    """Plain gradient descent: the notebook's step, from "Forward pass" to "Update weights".

    A variable ``dx`` holds the gradient of the summed loss by ``x``; the factor 1/B of the mean
    loss is part of the rate.
    """

    def __init__(
        self, network: TrainableNetwork, batch_size: int, batchnorm_momentum: float
    ) -> None:
        """Lay out the network's weights, and allocate the memory that steps write.

        Args:
            network: network with the weights C, W1, W2, b2, and either b1 or gain and bias.
            batch_size: B, number of contexts of a minibatch.
            batchnorm_momentum: weight of a step's statistics in the running statistics.
        """
        self.norm = None
        if network.statistics:
            self.norm = ManualBatchNorm(network, batch_size, batchnorm_momentum)
        self._take_over(network.weights)
        self._allocate(batch_size)

    def _take_over(self, weights: dict[str, Tensor]) -> None:
        """Lay the weights out for the fastest products; the network's tensors become views."""
        C, W1, W2 = (weights[name].detach() for name in ("C", "W1", "W2"))
        self.V, self.E = C.shape
        # A row of inputs is padded to whole vectors, with the zero that stands after C's numbers.
        self.C = F.pad(C.flatten(), (0, 1))
        self.W1 = F.pad(W1, (0, 0, 0, -len(W1) % LANES))
        self.W2_t = W2.t().contiguous()
        weights["C"].data = self.C[:-1].view(C.shape)
        weights["W1"].data = self.W1[: len(W1)]
        weights["W2"].data = self.W2_t.t()
        self.b1 = weights["b1"].detach() if "b1" in weights else C.new_zeros(W1.shape[1])
        self.b2 = weights["b2"].detach()
        self.W1_t, self.b2_column = self.W1.t(), self.b2[:, None]

    def _allocate(self, B: int) -> None:
        """Allocate the memory that a step of B contexts writes, and the views that it reads."""
        empty, (V, H), width = self.C.new_empty, self.W2_t.shape, len(self.W1)
        self.inputs, self.dinputs = empty((2, B, width)).unbind()
        self.inputs_flat, self.dinputs_flat = self.inputs.view(-1), self.dinputs.view(-1)
        self.pre, self.h = empty((2, B, H)).unbind()
        self.grad = self.norm.grad if self.norm else empty((B, H))
        self.dlogits = empty((V, B))
        self.inputs_t, self.h_t = self.inputs.t(), self.h.t()
        self.grad_t, self.dlogits_t = self.grad.t(), self.dlogits.t()
        self.ones = self.C.new_ones(B)
        self.minus_one = -self.ones[:1]

    @torch.inference_mode()
    def take_steps(
        self, contexts: Tensor, targets: Tensor, rates: Sequence[float], losses: Tensor
    ) -> None:
        """Implement ``Optimizer.take_steps``.

        Args:
            contexts: int64 [K, B, L].
            targets: int64 [K, B].
            rates: learning rate of each step, [K].
            losses: output: loss of each step before the step's update, in nats, float32 [K].
        """
        (K, B), V = targets.shape, self.V
        places = self._places(contexts)
        wanted = self.C.new_zeros((K, V, B)).scatter_(1, targets[:, None], 1.0)  # one-hot
        logits = self.C.new_empty((K, V, B))
        if self.norm:
            self.norm.begin(K)
        steps = zip(*map(torch.unbind, (places, wanted, logits)), rates, strict=True)
        for place, y, z, rate in steps:
            self._forward(place, z)
            torch._softmax(z, 0, False, out=self.dlogits).sub_(y)  # noqa: FBT003, SLF001
            self._backward(place, -rate / B)
        if self.norm:
            self.norm.end()
        torch.mean(F.cross_entropy(logits, targets, reduction="none"), 1, out=losses)

    def state(self) -> dict[str, Tensor]:
        """Implement ``Optimizer.state``: plain gradient descent has no state."""
        return {}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Implement ``Optimizer.restore``: plain gradient descent has no state to restore."""

    def finish(self, contexts: Tensor, counts: Tensor | None = None) -> None:
        """Implement ``Optimizer.finish``: the weights are final after the last step."""

    def _places(self, contexts: Tensor) -> Tensor:
        """Return the index in C of each input of the steps: int64 [K, B, L] -> [K, B * width]."""
        lanes = torch.arange(self.E, device=contexts.device)
        places = (contexts[..., None] * self.E + lanes).flatten(2)  # (K, B, L * E)
        return F.pad(places, (0, -places.shape[2] % LANES), value=self.V * self.E).flatten(1)

    def _forward(self, places: Tensor, logits: Tensor) -> None:
        """Compute the logits of a minibatch.

        Args:
            places: index in C of each input, int64 [B * width].
            logits: output, [V, B].
        """
        torch.index_select(self.C, 0, places, out=self.inputs_flat)
        if self.norm:
            torch.mm(self.inputs, self.W1, out=self.pre)
            self.norm.forward_doubled(self.pre)
        else:
            torch.addmm(self.b1, self.inputs, self.W1, beta=2, alpha=2, out=self.pre)
        # tanh(x) = 2 sigmoid(2x) - 1 takes torch a third of the time of tanh(x).
        torch.sigmoid(self.pre, out=self.h)
        torch.add(self.minus_one, self.h, alpha=2, out=self.h)
        torch.addmm(self.b2_column, self.W2_t, self.h_t, out=logits)

    def _backward(self, places: Tensor, rate: float) -> None:
        """Add to every weight ``rate`` times the weight's gradient, from the logits back to C.

        Args:
            places: index in C of each input, int64 [B * width].
            rate: minus the learning rate divided by B.
        """
        d, grad = self.dlogits, self.grad
        torch.mm(self.dlogits_t, self.W2_t, out=grad)  # dh
        self.W2_t.addmm_(d, self.h, alpha=rate)
        self.b2.addmv_(d, self.ones, alpha=rate)
        tanh_backward(grad, self.h, grad_input=grad)  # dpre = dh * (1 - h * h)
        if self.norm:
            self.norm.backward(rate)
        else:
            self.b1.addmv_(self.grad_t, self.ones, alpha=rate)
        torch.mm(grad, self.W1_t, out=self.dinputs)
        self.W1.addmm_(self.inputs_t, grad, alpha=rate)
        self.C.index_add_(0, places, self.dinputs_flat, alpha=rate)
