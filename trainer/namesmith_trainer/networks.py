"""Which network a recipe makes, and what trains it."""

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor

from namesmith_trainer.descent import Descent
from namesmith_trainer.mlp import MLP
from namesmith_trainer.network import Network
from namesmith_trainer.recipe import MLPRecipe, Recipe


class Steps(Protocol):
    """What takes a network's steps."""

    def block(
        self, contexts: Tensor, targets: Tensor, rates: Sequence[float], losses: Tensor
    ) -> None:
        """Takes a step for each of K minibatches.

        Args:
            contexts: int64 [K, B, L].
            targets: int64 [K, B].
            rates: learning rate of each step, [K].
            losses: written: of each step before its update, in nats, float32 [K].
        """


def build(vocab_size: int, recipe: Recipe) -> Network:
    """The network of a recipe with its initial weights, the same at every call."""
    match recipe:
        case MLPRecipe():
            return MLP(vocab_size, recipe)
        case _:
            raise TypeError(f"{recipe.name}: no network is known for it")


def steps(network: Network, recipe: Recipe) -> Steps:
    """What takes the steps of a recipe on its network, which is on its device."""
    match network:
        case MLP():
            return Descent(network, recipe.batch_size)
        case _:
            raise TypeError(f"{recipe.name}: no steps are known for it")
