"""AdamW by autograd, with an average of the weights: for networks whose loop is not the lesson.

AdamW: arXiv 1711.05101. The exponential average of the weights is what is evaluated and served;
BatchNorm's statistics are measured anew for it on the whole train split.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from namesmith_trainer.recipe import WaveNetRecipe
from namesmith_trainer.wavenet import WaveNet


class Adam:
    """Takes AdamW's steps on a network and keeps the average of its weights."""

    def __init__(self, network: WaveNet, recipe: WaveNetRecipe) -> None:
        """Starts the average at the network's weights."""
        self.network, self.recipe = network, recipe
        parameters = network.parameters()
        matrices = [parameter for parameter in parameters if parameter.dim() > 1]
        vectors = [parameter for parameter in parameters if parameter.dim() == 1]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": matrices, "weight_decay": recipe.weight_decay},
                {"params": vectors, "weight_decay": 0.0},
            ],
            betas=(0.9, 0.99),
            fused=True,
        )
        for parameter in parameters:  # made by the first step otherwise, too late to resume
            self.optimizer.state[parameter] = {
                "step": torch.zeros((), device=parameter.device),
                "exp_avg": torch.zeros_like(parameter),
                "exp_avg_sq": torch.zeros_like(parameter),
            }
        self.weights = [parameter.detach() for parameter in parameters]
        self.average = [weight.clone() for weight in self.weights]

    def block(
        self, contexts: Tensor, targets: Tensor, rates: Sequence[float], losses: Tensor
    ) -> None:
        """As ``networks.Steps.block``."""
        for k, rate in enumerate(rates):
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            loss = self.network.training_loss(contexts[k], targets[k])
            self.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()
            torch._foreach_lerp_(self.average, self.weights, 1 - self.recipe.averaging)
            losses[k] = loss.detach()

    def state(self) -> dict[str, Tensor]:
        """As ``networks.Steps.state``: AdamW's moments, the average, and what drops units."""
        state = {"dropped": self.network.generator.get_state()}
        for name, average in zip(self.network.weights, self.average, strict=True):
            moments = self.optimizer.state[self.network.weights[name]]
            state |= {f"{key}.{name}": tensor for key, tensor in moments.items()}
            state[f"average.{name}"] = average
        return state

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """As ``networks.Steps.restore``."""
        for name, tensor in self.state().items():
            tensor.copy_(state[name])
        self.network.generator.set_state(state["dropped"])

    @torch.no_grad()
    def finish(self, contexts: Tensor) -> None:
        """Makes the average the network's weights, and measures its statistics."""
        for weight, average in zip(self.weights, self.average, strict=True):
            weight.copy_(average)
        self.network.calibrate(contexts, 1 << 14)
