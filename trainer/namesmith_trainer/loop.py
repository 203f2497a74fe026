"""The training loop: draw minibatches, measure their losses, step downhill."""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from namesmith_trainer import networks
from namesmith_trainer.network import Network
from namesmith_trainer.recipe import Recipe

BLOCK = 100
"""Steps between two looks at a run; their minibatches are drawn at once, from the same stream."""


class Training:
    """A run in progress.

    Attributes:
        step: steps taken.
        losses: of the steps taken, before each one's update, in nats: float32 [steps] on the
            device; the rest are not yet known.
    """

    def __init__(
        self, network: Network, contexts: Tensor, targets: Tensor, recipe: Recipe, seed: int
    ) -> None:
        """Starts at step 0.

        The minibatches are those of the notebook's own loop after ``torch.manual_seed(seed)``.

        Args:
            network: on the device of the data; is changed in place.
            contexts: int64 [N, L].
            targets: int64 [N].
            recipe: steps, batch size and learning rates.
            seed: of the minibatches.
        """
        self.network = network
        self.recipe = recipe
        self.step = 0
        self.losses = torch.empty(recipe.steps, device=contexts.device)
        self._contexts = contexts
        self._targets = targets
        self._steps = networks.steps(network, recipe)
        self._generator = torch.Generator().manual_seed(seed)

    def blocks(self) -> Iterator[Tensor]:
        """Trains to the end, yielding the losses of every ``BLOCK`` steps, or fewer at the end.

        A run that was restored yields those of the steps already taken first.
        """
        if self.step:
            yield self.losses[: self.step]
        while self.step < self.recipe.steps:
            yield self.advance(min(BLOCK, self.recipe.steps - self.step))
        self._steps.finish(self._contexts)

    def state(self) -> dict[str, Tensor]:
        """What the rest of the run depends on, and the losses so far, by name."""
        parts = {"network": self.network.state(), "steps": self._steps.state()}
        state = {f"{part}.{name}": t for part, named in parts.items() for name, t in named.items()}
        return state | {
            "losses": self.losses[: self.step],
            "minibatches": self._generator.get_state(),
        }

    @torch.no_grad()
    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Goes on from a ``state``, bit for bit; of a run of the same recipe, data and seed."""
        for name, tensor in self.network.state().items():
            tensor.copy_(state[f"network.{name}"])
        prefix = "steps."
        self._steps.restore(
            {name.removeprefix(prefix): t for name, t in state.items() if name.startswith(prefix)}
        )
        self._generator.set_state(state["minibatches"])
        self.step = len(state["losses"])
        self.losses[: self.step] = state["losses"]

    def advance(self, count: int) -> Tensor:
        """Takes ``count`` steps and answers their losses [count]."""
        size = count, self.recipe.batch_size
        rows = torch.randint(0, len(self._targets), size, generator=self._generator)
        rows = rows.view(-1).to(self._targets.device)
        contexts = self._contexts.index_select(0, rows).view(*size, -1)  # (K, B, L)
        targets = self._targets.index_select(0, rows).view(size)  # (K, B)
        rates = [self.recipe.rate_at(self.step + i) for i in range(count)]
        losses = self.losses[self.step : self.step + count]
        self._steps.block(contexts, targets, rates, losses)
        self.step += count
        return losses
