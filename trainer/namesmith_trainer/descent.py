"""Gradient descent on the notebook's network, its gradients written out instead of taped.

A step computes for some 50 us, and every operation costs a microsecond or more before it computes
anything. So a step is few operations, each writing where it wrote the step before; whatever does
not feed the next step is done once a block of steps; and an update adds the product that is its
gradient straight to the weight. ``docs/training.md`` says what each idea gave.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from namesmith_trainer.mlp import MLP
from namesmith_trainer.normalisation import Normalisation

tanh_backward = torch.ops.aten.tanh_backward.grad_input


class Descent:
    """Plain gradient descent, the notebook's "Forward pass" to "Update weights".

    d-something is the gradient of the summed loss by something; the mean's 1/B is in the rate.
    """

    def __init__(self, network: MLP, batch_size: int) -> None:
        """Works on the network's own weights, and allocates what a step writes."""
        weights = network.weights
        # All three products with W2 are fastest on its transpose.
        weights["W2"].data = weights["W2"].detach().t().contiguous().t()
        self._take({name: weight.detach() for name, weight in weights.items()})
        self.norm = Normalisation(network, batch_size) if network.statistics else None
        self._allocate(batch_size)

    def _take(self, w: dict[str, Tensor]) -> None:
        """Keeps the weights in the forms that a step needs, all of the same storage."""
        self.C, self.C_flat = w["C"], w["C"].view(-1)
        self.W1, self.W1_t = w["W1"], w["W1"].t()
        self.W2_t = w["W2"].t()
        self.b2, self.b2_column = w["b2"], w["b2"][:, None]
        self.b1 = w.get("b1", self.C.new_zeros(self.W1.shape[1]))

    def _allocate(self, B: int) -> None:
        empty, (V, H), E = self.C.new_empty, self.W2_t.shape, self.C.shape[1]
        LE = len(self.W1)
        self.emb, self.inputs_grad = empty((B * LE // E, E)), empty((B, LE))
        self.inputs, self.inputs_grad_flat = self.emb.view(B, LE), self.inputs_grad.view(-1)
        self.inputs_t = self.inputs.t()
        self.pre, self.h = empty((2, B, H)).unbind()
        self.grad = self.norm.grad if self.norm else empty((B, H))
        self.h_t, self.grad_t = self.h.t(), self.grad.t()
        self.dlogits = empty((V, B))
        self.dlogits_t = self.dlogits.t()
        self.ones = self.C.new_ones(B)
        self.minus_one = -self.ones[:1]

    @torch.inference_mode()
    def block(
        self, contexts: Tensor, targets: Tensor, rates: Sequence[float], losses: Tensor
    ) -> None:
        """Takes a step for every minibatch.

        Args:
            contexts: int64 [K, B, L].
            targets: int64 [K, B].
            rates: learning rate of each step, [K].
            losses: written: of each step before its update, float32 [K].
        """
        (K, B), (V, E) = targets.shape, self.C.shape
        rows = contexts.view(K, -1)  # of C: (K, B * L)
        places = (rows[:, :, None] * E + torch.arange(E, device=rows.device)).view(K, -1)
        wanted = self.C.new_zeros((K, V, B)).scatter_(1, targets[:, None], 1.0)  # one-hot
        logits = self.C.new_empty((K, V, B))
        if self.norm:
            self.norm.begin(K)
        steps = zip(*map(torch.unbind, (rows, places, wanted, logits)), rates, strict=True)
        for row, place, y, z, rate in steps:
            self._forward(row, z)
            torch._softmax(z, 0, False, out=self.dlogits).sub_(y)  # noqa: FBT003, SLF001
            self._backward(place, -rate / B)
        if self.norm:
            self.norm.end()
        torch.mean(F.cross_entropy(logits, targets, reduction="none"), 1, out=losses)

    def state(self) -> dict[str, Tensor]:
        """As ``networks.Steps.state``: nothing."""
        return {}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """As ``networks.Steps.restore``: nothing."""

    def finish(self, contexts: Tensor) -> None:
        """As ``networks.Steps.finish``: nothing is left to do."""

    def _forward(self, rows: Tensor, logits: Tensor) -> None:
        """Contexts as rows of C, int64 [B * L], to logits, written [V, B]."""
        torch.index_select(self.C, 0, rows, out=self.emb)
        if self.norm:
            torch.mm(self.inputs, self.W1, out=self.pre)
            self.norm.forward_doubled(self.pre)
        else:
            torch.addmm(self.b1, self.inputs, self.W1, beta=2, alpha=2, out=self.pre)
        # tanh(x) = 2 sigmoid(2x) - 1, which torch computes in a third of the time.
        torch.sigmoid(self.pre, out=self.h)
        torch.add(self.minus_one, self.h, alpha=2, out=self.h)
        torch.addmm(self.b2_column, self.W2_t, self.h_t, out=logits)

    def _backward(self, places: Tensor, rate: float) -> None:
        """Adds ``rate`` times its gradient to every weight, from the logits back to C.

        Args:
            places: where in C each input lies, int64 [B * L * E].
            rate: negative.
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
        torch.mm(grad, self.W1_t, out=self.inputs_grad)
        self.W1.addmm_(self.inputs_t, grad, alpha=rate)
        self.C_flat.index_add_(0, places, self.inputs_grad_flat, alpha=rate)
