"""BatchNorm with hand-written gradients: forward, backward and running statistics."""

import torch
from torch import Tensor

from namesmith_trainer.optim.base import TrainableNetwork


class ManualBatchNorm:
    """BatchNorm of the notebook: gain * (x - mean) / std + bias, where std divides by B - 1.

    The class works on u = (x - mean) / (root of the sum of squares), which is the normalised x
    divided by the root of B - 1. ``self.gain`` includes the root of B - 1, and the factor
    2 of the tanh.
    """

    def __init__(self, network: TrainableNetwork, batch_size: int, momentum: float) -> None:
        """Allocate the memory that steps write.

        Args:
            network: network with the weights gain and bias [1, H] and two running statistics
                [1, H], mean and standard deviation in this order.
            batch_size: B, at least 2.
            momentum: weight of a step's statistics in the running statistics.
        """
        self.momentum = momentum
        self.weights, self.running = network.weights, network.statistics
        self.B, self.root = batch_size, (batch_size - 1) ** 0.5
        empty, H = network.weights["gain"].new_empty, network.weights["gain"].numel()
        self.u = empty((batch_size, H))
        self.products = empty((2, batch_size, H))  # dy * u and dy, to be summed
        self.dy_u, self.grad = self.products.unbind()
        self.sums, self.affine = empty((2, 2, H)).unbind()  # a row for gain, a row for bias
        self.gain, self.bias = self.affine[0:1], self.affine[1:2]
        self.dgain, self.dbias = self.sums[0:1], self.sums[1:2]
        self.factors = self.u.new_tensor([[2 * self.root], [2.0]])
        self.rates = self.u.new_tensor([[2 * self.root**2], [2.0]])
        self.zero, self.scale = empty(1).zero_(), empty((1, H))

    def begin(self, steps: int) -> None:
        """Read gain and bias from the network, and allocate the statistics of ``steps`` steps."""
        rows = torch.cat([self.weights["gain"].detach(), self.weights["bias"].detach()])
        torch.mul(rows, self.factors, out=self.affine)
        self.totals, self.inverses = self.affine.new_empty((2, steps, 1, rows.shape[1])).unbind()
        self._steps = zip(self.totals.unbind(), self.inverses.unbind(), strict=True)

    def forward_doubled(self, x: Tensor) -> None:
        """Replace x [B, H] by twice its normalised values."""
        u, (total, self.inverse) = self.u, next(self._steps)
        torch.sum(x, 0, keepdim=True, out=total)
        x.sub_(total, alpha=1 / self.B)
        torch.mul(x, x, out=u)
        torch.sum(u, 0, keepdim=True, out=self.inverse).rsqrt_()
        torch.mul(x, self.inverse, out=u)
        torch.addcmul(self.bias, self.gain, u, out=x)

    def backward(self, rate: float) -> None:
        """Replace dy in ``grad`` by dx, and add ``rate`` times their gradients to gain and bias.

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
        """Write gain and bias to the network, and update the running statistics by all steps."""
        rows = self.affine / self.factors
        self.weights["gain"].detach().copy_(rows[0:1])
        self.weights["bias"].detach().copy_(rows[1:2])
        steps = len(self.totals)
        ages = torch.arange(steps - 1, -1, -1, dtype=rows.dtype, device=rows.device)
        shares = self.momentum * (1 - self.momentum) ** ages  # weight of each step at the end
        batches = self.totals / self.B, 1 / (self.inverses * self.root)  # mean, std: (K, 1, H)
        for running, batch in zip(self.running.values(), batches, strict=True):
            running.mul_((1 - self.momentum) ** steps).add_(shares @ batch[:, 0])
