"""The training loop: draw minibatches, measure their losses, step downhill."""

from collections.abc import Iterator

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
        """Trains to the end, yielding the losses of every ``BLOCK`` steps, or fewer at the end."""
        while self.step < self.recipe.steps:
            count = min(BLOCK, self.recipe.steps - self.step)
            yield self.advance(count)

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
