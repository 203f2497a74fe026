"""The losses on the val split while a run takes its steps."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from namesmith_trainer.models import NetworkRecipe

SAMPLE = 1 << 14
"""Largest number of predicted symbols of a split in an evaluation.

A split's names are shuffled, so that its first symbols are a fair sample, and always the same one.
"""

TIMES = 20
"""Number of evaluations of a run whose recipe does not say how often it is evaluated."""


class Evaluation(NamedTuple):
    """The loss of a run's network on the val split after some of the steps.

    Attributes:
        step: number of steps that were taken, >= 1.
        loss: mean loss of the network that would have been published then, in nats, on the first
            ``SAMPLE`` symbols of the split.
    """

    step: int
    loss: float


class Evaluations:
    """The evaluations of a run so far, and what follows from them.

    Attributes:
        made: the evaluations, in the order of their steps.
    """

    def __init__(self, recipe: NetworkRecipe) -> None:
        """Begin without an evaluation.

        Args:
            recipe: recipe with the number of steps, and how often and how patiently a run is
                evaluated.
        """
        self.made: tuple[Evaluation, ...] = ()
        self._recipe = recipe
        self._every = recipe.eval_every or max(1, recipe.steps // TIMES)

    def due(self, step: int) -> bool:
        """Return whether the run is to be evaluated after a step: every so often, and at the end.

        Args:
            step: number of steps taken, >= 1.
        """
        last = self.made[-1].step if self.made else 0
        return step // self._every > last // self._every or last < step == self._recipe.steps

    def add(self, evaluation: Evaluation) -> bool:
        """Add an evaluation, and return whether it is the best one so far."""
        self.made = *self.made, evaluation
        return self.best == evaluation

    @property
    def best(self) -> Evaluation | None:
        """Evaluation with the lowest loss, of equal ones the first; None before the first."""
        return min(self.made, key=lambda one: one.loss, default=None)

    @property
    def are_hopeless(self) -> bool:
        """True if the recipe's patience is at its end: the best one lies too far back."""
        if not (self._recipe.patience and self.best):
            return False
        return len(self.made) - 1 - self.made.index(self.best) >= self._recipe.patience

    def state(self) -> dict[str, Tensor]:
        """Return the evaluations as tensors, by name."""
        return {
            "steps": torch.tensor([one.step for one in self.made], dtype=torch.int64),
            "losses": torch.tensor([one.loss for one in self.made], dtype=torch.float64),
        }

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Continue from an earlier ``state``.

        Raises:
            KeyError: a tensor is missing.
        """
        rows = zip(state["steps"].tolist(), state["losses"].tolist(), strict=True)
        self.made = tuple(Evaluation(*row) for row in rows)
