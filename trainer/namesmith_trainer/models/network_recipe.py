"""``NetworkRecipe``: a recipe that builds a network and the optimiser that trains it."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from namesmith.bundle import has_table
from namesmith_trainer.models.base import Network
from namesmith_trainer.models.recipe import Recipe, Setting
from namesmith_trainer.optim import Optimizer, Runs


@dataclass(frozen=True)
class NetworkRecipe(Recipe, ABC):
    """The settings of every network that minibatches train.

    Attributes:
        embedding: width of the symbol embedding.
        hidden: width of a hidden layer.
        batch_size: number of contexts of a minibatch.
        steps: number of steps of gradient descent.
        learning_rate: highest learning rate of the run.
        init_seed: seed of the initial weights.
    """

    SETTINGS: ClassVar[Mapping[str, Setting]] = {
        **Recipe.SETTINGS,
        "embedding": Setting(1, 4_096),
        "hidden": Setting(1, 65_536),
        "batch_size": Setting(2, 1 << 20),  # a batch of one has no standard deviation
        "steps": Setting(1, 10**9),
        "learning_rate": Setting(0.0, 1_000.0),
    }
    RESUMABLE: ClassVar[bool] = True

    embedding: int = 10
    hidden: int = 200
    batch_size: int = 32
    steps: int = 200_000
    learning_rate: float = 0.1
    init_seed: int = 2147483647

    @abstractmethod
    def network(self, vocab_size: int) -> Network:
        """Build the network; its initial weights are equal at every call."""

    @abstractmethod
    def optimizer(self, network: Network) -> Optimizer:
        """Build the optimiser of a network of this recipe; the network is on its device already."""

    def shape(self) -> Hashable | None:
        """Return a value that recipes share whose networks ``runs`` can train at once, or None."""
        return None

    def runs(self, networks: Sequence[Network]) -> Runs | None:  # noqa: ARG002 - each alone
        """Build the optimiser of networks at once, whose recipes have this recipe's shape.

        Returns:
            None where each network is trained alone.
        """
        return None

    @abstractmethod
    def rate_at(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""

    def has_table(self, vocab_size: int) -> bool:
        """Return whether the network is published with a table: V^L x V x 4 <= TABLE_LIMIT."""
        return has_table(vocab_size, self.block_size)
