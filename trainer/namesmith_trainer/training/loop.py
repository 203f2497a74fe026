"""The training loop: draws minibatches, takes a step on each, and keeps the loss of each step."""

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from namesmith_trainer.data import Counts
from namesmith_trainer.models import Network, NetworkRecipe
from namesmith_trainer.optim import Optimizer, Runs

BLOCK = 100
"""Number of steps in a block: their minibatches are drawn at once, without a checkpoint between."""

OPTIMIZER = "steps"
"""Prefix of the names of the optimiser's tensors in a run's state."""


class Training:
    """A run in progress.

    Attributes:
        network: network in training.
        recipe: settings of the run.
        step: number of steps taken.
        losses: loss of each step before the step's update, in nats: float32 [steps] on the
            device; undefined for steps that were not yet taken.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - a run with its data
        self,
        network: Network,
        contexts: Tensor,
        targets: Tensor,
        recipe: NetworkRecipe,
        seed: int,
        optimizer: Optimizer | None = None,
        counts: Counts | None = None,
    ) -> None:
        """Start a run at step 0.

        The minibatches equal the notebook's after ``torch.manual_seed(seed)``.

        Args:
            network: network of the recipe on the device of the data; the network changes in place.
            contexts: contexts of the train split, int64 [N, L].
            targets: next symbol of each context, int64 [N].
            recipe: recipe with the number of steps, batch size, optimiser and learning rates.
            seed: seed of the minibatches.
            optimizer: optimiser of the network, instead of the recipe's.
            counts: count of each context, int64 [N], to which the probability that a minibatch
                holds the context is proportional; None: all are equally probable.
        """
        self.network = network
        self.recipe = recipe
        self.step = 0
        self.losses = torch.empty(recipe.steps, device=contexts.device)
        self._contexts = contexts
        self._targets = targets
        self._optimizer = optimizer or recipe.optimizer(network)
        self._generator = torch.Generator().manual_seed(seed)
        self._counts = None if counts is None else torch.from_numpy(counts).double()
        self._ends = None if self._counts is None else self._counts.cumsum(0)

    def blocks(self) -> Iterator[Tensor]:
        """Train to the end and yield the losses of each block; the last block may be shorter.

        A restored run first yields the losses of all steps up to the restored step.
        """
        if self.step:
            yield self.losses[: self.step]
        while self.step < self.recipe.steps:
            yield self.advance(min(BLOCK, self.recipe.steps - self.step))
        self._optimizer.finish(self._contexts, self._counts)

    def state(self) -> dict[str, Tensor]:
        """Return the tensors that the rest of the run depends on, and the losses, by name."""
        parts = {"network": self.network.state(), OPTIMIZER: self._optimizer.state()}
        state = {f"{part}.{name}": t for part, named in parts.items() for name, t in named.items()}
        return state | {
            "losses": self.losses[: self.step],
            "minibatches": self._generator.get_state(),
        }

    @torch.no_grad()
    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Continue from an earlier ``state`` of the same recipe, data and seed, bit for bit.

        Raises:
            KeyError: a tensor is missing.
            RuntimeError: a tensor has another shape.
            TypeError: a tensor has another type.
        """
        for name, tensor in self.network.state().items():
            tensor.copy_(state[f"network.{name}"])
        prefix = f"{OPTIMIZER}."
        self._optimizer.restore(
            {name.removeprefix(prefix): t for name, t in state.items() if name.startswith(prefix)}
        )
        self._generator.set_state(state["minibatches"])
        self.step = len(state["losses"])
        self.losses[: self.step] = state["losses"]

    def advance(self, count: int) -> Tensor:
        """Take ``count`` steps and return their losses [count], in nats."""
        losses = self.losses[self.step : self.step + count]
        self._optimizer.take_steps(*self.draw(count), losses)
        self.step += count
        return losses

    def draw(self, count: int) -> tuple[Tensor, Tensor, list[float]]:
        """Draw the next ``count`` minibatches.

        Returns:
            contexts int64 [count, B, L], targets int64 [count, B], learning rates [count].
        """
        size = count, self.recipe.batch_size
        rows = self._rows(size).view(-1).to(self._targets.device)
        contexts = self._contexts.index_select(0, rows).view(*size, -1)  # (K, B, L)
        targets = self._targets.index_select(0, rows).view(size)  # (K, B)
        return contexts, targets, [self.recipe.rate_at(self.step + i) for i in range(count)]

    def _rows(self, size: tuple[int, int]) -> Tensor:
        """Draw the rows of the contexts of minibatches, int64 of a size, on the CPU."""
        if self._ends is None:
            return torch.randint(0, len(self._targets), size, generator=self._generator)
        # Counts add up exactly below 2^53, and a draw below 1 of them stays below their sum.
        draws = torch.rand(size, dtype=torch.float64, generator=self._generator) * self._ends[-1]
        return torch.searchsorted(self._ends, draws, right=True)

    def record(self, losses: Tensor) -> Tensor:
        """Keep the losses [count] of steps that were taken elsewhere, and return them."""
        kept = self.losses[self.step : self.step + len(losses)]
        kept.copy_(losses)
        self.step += len(losses)
        return kept


def advance_together(trainings: Sequence[Training], runs: Runs) -> Tensor:
    """Take a block of steps of runs at one step, by one call, and return the losses [R, count].

    Args:
        trainings: R runs of equal numbers of steps.
        runs: optimiser of all their networks, in the same order.
    """
    first = trainings[0]
    drawn = [run.draw(min(BLOCK, first.recipe.steps - first.step)) for run in trainings]
    contexts, targets, rates = zip(*drawn, strict=True)
    losses = first.losses.new_empty((len(trainings), len(rates[0])))
    runs.take_steps(torch.stack(contexts), torch.stack(targets), rates, losses)
    for run, row in zip(trainings, losses, strict=True):
        run.record(row)
    return losses
