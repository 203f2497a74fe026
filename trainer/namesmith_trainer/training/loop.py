"""The training loop: draws minibatches, takes a step on each, and keeps the loss of each step."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from namesmith_trainer.data import Counts, mean_loss
from namesmith_trainer.models import Network, NetworkRecipe
from namesmith_trainer.optim import Optimizer, Runs
from namesmith_trainer.training.evaluations import SAMPLE, Evaluation, Evaluations

Pairs = tuple[Tensor, Tensor]
"""Contexts int64 [N, L] and targets int64 [N]."""

BLOCK = 100
"""Number of steps in a block: their minibatches are drawn at once, without a checkpoint between."""

OPTIMIZER = "steps"
"""Prefix of the names of the optimiser's tensors in a run's state."""

BEST = "best."
"""Prefix of the names of the best network's tensors in a run's state."""

EVALUATIONS = "evaluations."
"""Prefix of the names of the evaluations' tensors in a run's state."""


class Training:
    """A run in progress.

    Attributes:
        network: network in training.
        recipe: settings of the run.
        step: number of steps taken.
        losses: loss of each step before the step's update, in nats: float32 [steps] on the
            device; undefined for steps that were not yet taken.
        evaluations: losses on the val split so far; none without a val split.
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
        val: Pairs | None = None,
        val_counts: Counts | None = None,
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
            val: contexts and targets of the val split, on the same device; None for a run that is
                not evaluated.
            val_counts: count of each context of the val split, int64; None: each counts once.
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
        self._val, self._val_counts = val, val_counts
        self._best: dict[str, Tensor] = {}
        self.evaluations = Evaluations(recipe)

    @property
    def is_over(self) -> bool:
        """True if all steps were taken, or the recipe's patience is at its end."""
        return self.step == self.recipe.steps or self.evaluations.are_hopeless

    @property
    def published_step(self) -> int:
        """Number of steps of the network that ``finish`` leaves."""
        best = self.evaluations.best
        return best.step if self._best and best else self.step

    def blocks(self) -> Iterator[Tensor]:
        """Train to the end and yield the losses of each block; the last block may be shorter.

        A restored run first yields the losses of all steps up to the restored step.
        """
        if self.step:
            yield self.losses[: self.step]
        while not self.is_over:
            yield self.advance(min(BLOCK, self.recipe.steps - self.step))
        self.finish()

    def evaluate(self) -> tuple[Evaluation, ...]:
        """Measure the loss on val where that is due; the steps that follow do not change.

        Returns:
            the new evaluation; none where no evaluation is due.
        """
        if self._val is None or not self.evaluations.due(self.step):
            return ()
        contexts, targets = (part[:SAMPLE] for part in self._val)
        counts = None if self._val_counts is None else self._val_counts[:SAMPLE]
        with self._as_published():
            loss = mean_loss(self.network.target_log_probs(contexts, targets), counts)
        evaluation = Evaluation(self.step, loss)
        if self.evaluations.add(evaluation) and self.recipe.keeps_best:
            self._best = {name: tensor.clone() for name, tensor in self._tensors().items()}
        return (evaluation,)

    def finish(self) -> None:
        """End the training: leave the best network where the recipe keeps it, else the last."""
        if self._best:
            self._restore_tensors(self._best)
        self._optimizer.finish(self._contexts, self._counts)

    def state(self) -> dict[str, Tensor]:
        """Return the tensors that the rest of the run depends on, and the losses, by name."""
        return {
            **self._tensors(),
            **{BEST + name: tensor for name, tensor in self._best.items()},
            **{EVALUATIONS + name: tensor for name, tensor in self.evaluations.state().items()},
            "losses": self.losses[: self.step],
            "minibatches": self._generator.get_state(),
        }

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Continue from an earlier ``state`` of the same recipe, data and seed, bit for bit.

        Raises:
            KeyError: a tensor is missing.
            RuntimeError: a tensor has another shape.
            TypeError: a tensor has another type.
        """
        self._restore_tensors(state)
        self._best = _under(BEST, state)
        self.evaluations.restore(_under(EVALUATIONS, state))
        self._generator.set_state(state["minibatches"])
        self.step = len(state["losses"])
        self.losses[: self.step] = state["losses"]

    def _tensors(self) -> dict[str, Tensor]:
        """Return the tensors of the network and of the optimiser, by name: no copies."""
        parts = {"network": self.network.state(), OPTIMIZER: self._optimizer.state()}
        return {f"{part}.{name}": t for part, named in parts.items() for name, t in named.items()}

    @torch.no_grad()
    def _restore_tensors(self, state: Mapping[str, Tensor]) -> None:
        """Set the tensors of the network and of the optimiser."""
        for name, tensor in self.network.state().items():
            tensor.copy_(state[f"network.{name}"])
        self._optimizer.restore(_under(f"{OPTIMIZER}.", state))

    @contextmanager
    def _as_published(self) -> Iterator[None]:
        """Make the network the one that would be published now, for a while.

        Statistics that are measured at the end are measured on ``SAMPLE`` contexts here.
        """
        before = {name: tensor.clone() for name, tensor in self.network.state().items()}
        counts = None if self._counts is None else self._counts[:SAMPLE]
        self._optimizer.finish(self._contexts[:SAMPLE], counts)
        try:
            yield
        finally:
            with torch.no_grad():
                for name, tensor in self.network.state().items():
                    tensor.copy_(before[name])

    def advance(self, count: int) -> Tensor:
        """Take ``count`` steps and return their losses [count], in nats."""
        losses = self.losses[self.step : self.step + count]
        drawn = self.draw(count)
        self._optimizer.take_steps(*drawn, losses)
        self.record(losses, drawn[2])
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

    @torch.no_grad()
    def record(self, losses: Tensor, rates: Sequence[float]) -> Tensor:
        """Count steps that were taken, decay the weights, and return the kept losses.

        Args:
            losses: loss of each of the steps, [count].
            rates: learning rate of each, [count].
        """
        kept = self.losses[self.step : self.step + len(losses)]
        kept.copy_(losses)
        self.step += len(losses)
        factor = self.recipe.shrinkage(rates)
        if factor < 1:
            for weight in self.network.matrices():
                weight.mul_(factor)
        return kept


def _under(prefix: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors whose names have a prefix, by their names without it."""
    return {name.removeprefix(prefix): t for name, t in state.items() if name.startswith(prefix)}


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
    for run, row, taken in zip(trainings, losses, rates, strict=True):
        run.record(row, taken)
    return losses
