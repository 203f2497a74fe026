"""BatchNorm for the written-out steps: forward, backward, and the running statistics."""

import torch
from torch import Tensor

from namesmith_trainer.mlp import MLP, MOMENTUM


class Normalisation:
    """gain * (x - mean) / std + bias over a batch, with the notebook's standard deviation.

    It works on u = (x - mean) / (root of the summed squares), which is the normalised x but for
    the root of B - 1. That root lies in the gain, and so does the doubling for the tanh.
    """

    def __init__(self, network: MLP, batch_size: int) -> None:
        """Allocates what a step writes."""
        self.weights, self.running = network.weights, network.statistics
        self.B, self.root = batch_size, (batch_size - 1) ** 0.5
        empty, H = network.weights["gain"].new_empty, network.weights["gain"].numel()
        self.u = empty((batch_size, H))
        self.products = empty((2, batch_size, H))  # dy * u and dy, whose sums are wanted
        self.dy_u, self.grad = self.products.unbind()
        self.sums, self.affine = empty((2, 2, H)).unbind()  # of gain and bias each
        self.gain, self.bias = self.affine[0:1], self.affine[1:2]
        self.dgain, self.dbias = self.sums[0:1], self.sums[1:2]
        self.factors = self.u.new_tensor([[2 * self.root], [2.0]])
        self.rates = self.u.new_tensor([[2 * self.root**2], [2.0]])
        self.zero, self.scale = empty(1).zero_(), empty((1, H))

    def begin(self, steps: int) -> None:
        """Takes gain and bias from the network for so many steps."""
        rows = torch.cat([self.weights["gain"].detach(), self.weights["bias"].detach()])
        torch.mul(rows, self.factors, out=self.affine)
        self.totals, self.inverses = self.affine.new_empty((2, steps, 1, rows.shape[1])).unbind()
        self._steps = zip(self.totals.unbind(), self.inverses.unbind(), strict=True)

    def forward_doubled(self, x: Tensor) -> None:
        """Writes twice the normalised x in its place, [B, H]."""
        u, (total, self.inverse) = self.u, next(self._steps)
        torch.sum(x, 0, keepdim=True, out=total)
        x.sub_(total, alpha=1 / self.B)
        torch.mul(x, x, out=u)
        torch.sum(u, 0, keepdim=True, out=self.inverse).rsqrt_()
        torch.mul(x, self.inverse, out=u)
        torch.addcmul(self.bias, self.gain, u, out=x)

    def backward(self, rate: float) -> None:
        """Writes dx in place of dy in ``grad``; steps gain and bias by ``rate`` x gradient.

        dx = gain / std * (dy - sum(dy) / B - u * sum(dy * u))
        """
        grad, u = self.grad, self.u
        torch.mul(grad, u, out=self.dy_u)
        torch.sum(self.products, 1, out=self.sums)
        torch.addcmul(self.zero, self.gain, self.inverse, value=0.5, out=self.scale)
        grad.sub_(self.dbias, alpha=1 / self.B)
        grad.addcmul_(u, self.dgain, value=-1)
        grad.mul_(self.scale)
        self.affine.addcmul_(self.sums, self.rates, value=rate)

    def end(self) -> None:
        """Gives gain and bias back, and the running statistics what the steps add to them."""
        rows = self.affine / self.factors
        self.weights["gain"].detach().copy_(rows[0:1])
        self.weights["bias"].detach().copy_(rows[1:2])
        steps = len(self.totals)
        ages = torch.arange(steps - 1, -1, -1, dtype=rows.dtype, device=rows.device)
        shares = MOMENTUM * (1 - MOMENTUM) ** ages  # what each step weighs at the end
        batches = self.totals / self.B, 1 / (self.inverses * self.root)  # mean, std: (K, 1, H)
        for running, batch in zip(self.running.values(), batches, strict=True):
            running.mul_((1 - MOMENTUM) ** steps).add_(shares @ batch[:, 0])
