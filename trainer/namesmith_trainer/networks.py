"""Which network a recipe makes, and what trains it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from torch import Tensor

from namesmith_trainer.adam import Adam
from namesmith_trainer.captured import Captured
from namesmith_trainer.descent import Descent
from namesmith_trainer.mlp import MLP
from namesmith_trainer.network import Network
from namesmith_trainer.recipe import MLPRecipe, Recipe, WaveNetRecipe
from namesmith_trainer.wavenet import WaveNet


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

    def state(self) -> dict[str, Tensor]:
        """What the next step depends on, besides the network's state, by name."""

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Goes on from what ``state`` answered, among other things."""

    def finish(self, contexts: Tensor) -> None:
        """Ends the training; takes the contexts of the train split, int64 [N, L]."""


def build(vocab_size: int, recipe: Recipe) -> Network:
    """The network of a recipe with its initial weights, the same at every call."""
    match recipe:
        case MLPRecipe():
            return MLP(vocab_size, recipe)
        case WaveNetRecipe():
            return WaveNet(vocab_size, recipe)
        case _:
            raise TypeError(f"{recipe.name}: no network is known for it")


def steps(network: Network, recipe: Recipe) -> Steps:
    """What takes the steps of a recipe on its network, which is on its device."""
    match network, recipe:
        case MLP(), _:
            kind = Captured if network.weights["C"].is_cuda else Descent
            return kind(network, recipe.batch_size)
        case WaveNet(), WaveNetRecipe():
            return Adam(network, recipe)
        case _:
            raise TypeError(f"{recipe.name}: no steps are known for it")
