"""Recipes: named training configurations, as data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """The settings of a training run; the defaults are the notebook's final model.

    Attributes:
        name: what the command line calls it.
        block_size: L, symbols of context.
        embedding: width of the symbol embedding.
        hidden: width of the hidden layer.
        batch_size: contexts a step.
        steps: steps of gradient descent.
        learning_rate: until ``decay_step``.
        decayed_learning_rate: from ``decay_step`` on.
        decay_step: as above.
        init_seed: of the generator of the initial weights.
    """

    name: str = "batchnorm"
    block_size: int = 3
    embedding: int = 10
    hidden: int = 200
    batch_size: int = 32
    steps: int = 200_000
    learning_rate: float = 0.1
    decayed_learning_rate: float = 0.01
    decay_step: int = 100_000
    init_seed: int = 2147483647

    def rate_at(self, step: int) -> float:
        """The learning rate of a step, from 0."""
        return self.learning_rate if step < self.decay_step else self.decayed_learning_rate


RECIPES = {recipe.name: recipe for recipe in (Recipe(),)}
