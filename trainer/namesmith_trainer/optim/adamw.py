"""AdamW with autograd and an average of the weights, for any network.

AdamW: arXiv 1711.05101. The network is evaluated and served with the exponential average of its
weights; BatchNorm's statistics are measured for the average on the whole train split.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from namesmith_trainer.optim.base import TrainableNetwork

BETAS = (0.9, 0.99)
"""Factors by which a step decays AdamW's averages of the gradient and of the squared gradient."""

CALIBRATION_BATCH = 1 << 14
"""Number of contexts in one pass while BatchNorm's statistics are measured."""

GENERATOR = "dropped"
"""Name of the network's random generator in an optimiser's state."""


class AveragedAdamW:
    """AdamW on a network's weights, with an exponential average of the weights beside them."""

    def __init__(self, network: TrainableNetwork, *, weight_decay: float, averaging: float) -> None:
        """Start the average at the network's weights.

        Args:
            network: network on the device of the training.
            weight_decay: AdamW's weight decay of matrices; vectors are not decayed.
            averaging: share of the old average that a step keeps, 0 to 1.
        """
        self.network, self.averaging = network, averaging
        parameters = network.parameters()
        matrices = [parameter for parameter in parameters if parameter.dim() > 1]
        vectors = [parameter for parameter in parameters if parameter.dim() == 1]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": matrices, "weight_decay": weight_decay},
                {"params": vectors, "weight_decay": 0.0},
            ],
            betas=BETAS,
            fused=True,
        )
        for parameter in parameters:  # torch makes them at the first step, too late for restore
            self.optimizer.state[parameter] = {
                "step": torch.zeros((), device=parameter.device),
                "exp_avg": torch.zeros_like(parameter),
                "exp_avg_sq": torch.zeros_like(parameter),
            }
        self.weights = [parameter.detach() for parameter in parameters]
        self.average = [weight.clone() for weight in self.weights]

    def take_steps(
        self, contexts: Tensor, targets: Tensor, rates: Sequence[float], losses: Tensor
    ) -> None:
        """Implement ``Optimizer.take_steps``."""
        for k, rate in enumerate(rates):
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            loss = self.network.training_loss(contexts[k], targets[k])
            self.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()
            torch._foreach_lerp_(self.average, self.weights, 1 - self.averaging)
            losses[k] = loss.detach()

    def state(self) -> dict[str, Tensor]:
        """Implement ``Optimizer.state``: AdamW's moments, the average, the random generator."""
        generator = self.network.generator
        state = {GENERATOR: generator.get_state()} if generator else {}
        for name, average in zip(self.network.weights, self.average, strict=True):
            moments = self.optimizer.state[self.network.weights[name]]
            state |= {f"{key}.{name}": tensor for key, tensor in moments.items()}
            state[f"average.{name}"] = average
        return state

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Implement ``Optimizer.restore``."""
        for name, tensor in self.state().items():
            tensor.copy_(state[name])
        if self.network.generator:
            self.network.generator.set_state(state[GENERATOR])

    @torch.no_grad()
    def finish(self, contexts: Tensor, counts: Tensor | None = None) -> None:
        """Implement ``Optimizer.finish``: set the weights to the average, calibrate BatchNorm.

        Args:
            contexts: all contexts of the train split, int64 [N, L].
            counts: count of each context, float64 [N]; None: each counts once.
        """
        for weight, average in zip(self.weights, self.average, strict=True):
            weight.copy_(average)
        self.network.calibrate(contexts, CALIBRATION_BATCH, counts)
