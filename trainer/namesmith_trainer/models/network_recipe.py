"""``NetworkRecipe``: a recipe that builds a network and the optimiser that trains it."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from namesmith.bundle import has_table
from namesmith_trainer.models.base import Network
from namesmith_trainer.models.recipe import FULL, Recipe, RecipeError, Setting
from namesmith_trainer.optim import Optimizer, Runs

LEAST = 1_000
"""Least number of steps to which a small list reduces a recipe's."""

ROUND = 100
"""Number that divides the reduced number of steps."""


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
        eval_every: number of steps between two losses on the val split; 0 for a twentieth of the
            steps. A run is evaluated behind blocks of 100 steps alone.
        patience: number of evaluations in a row without a lower loss on val that end a run; 0 for
            a run that takes all its steps.
        keep_best: whether the network with the lowest loss on val is published, not the last.
    """

    SETTINGS: ClassVar[Mapping[str, Setting]] = {
        **Recipe.SETTINGS,
        "embedding": Setting(1, 4_096),
        "hidden": Setting(1, 65_536),
        "batch_size": Setting(2, 1 << 20),  # a batch of one has no standard deviation
        "steps": Setting(1, 10**9),
        "learning_rate": Setting(0.0, 1_000.0),
        "eval_every": Setting(
            0, 10**9, "steps between two losses on val; 0: a twentieth of the steps"
        ),
        "patience": Setting(
            0, 10**6, "losses on val in a row that are not the best and end the run; 0: none do"
        ),
        "keep_best": Setting(
            least=False, most=True, help="publish the network that is best on val, not the last"
        ),
    }
    RESUMABLE: ClassVar[bool] = True

    embedding: int = 10
    hidden: int = 200
    batch_size: int = 32
    steps: int = 200_000
    learning_rate: float = 0.1
    init_seed: int = 2147483647
    eval_every: int = 0
    patience: int = 0
    keep_best: bool = False

    def for_data(self, symbols: int) -> Self:
        """Implement ``Recipe.for_data``: a smaller list than ``FULL`` has as many passes over it.

        Its best network is kept, because a network soon knows few names by heart.
        """
        if symbols >= FULL:
            return self
        steps = max(LEAST, self.steps * symbols // FULL // ROUND * ROUND)
        return replace(self, steps=min(self.steps, steps), keep_best=True)

    def check(self, given: Mapping[str, float]) -> None:
        """Implement ``Recipe.check``: a run that patience ends publishes its best network."""
        if self.patience and not given.get("keep_best", True):
            raise RecipeError(
                f"keep_best: --no-keep-best and --patience {self.patience:,} exclude each other: a"
                " run with patience publishes the network that is best on val"
            )

    @property
    def keeps_best(self) -> bool:
        """True if the best network is published; a run that patience ends is no better than it."""
        return self.keep_best or self.patience > 0

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

    def shrinkage(self, rates: Sequence[float]) -> float:  # noqa: ARG002 - of the optimiser's own
        """Return the factor of the matrices behind a block of steps: weight decay.

        1 where there is none, and where the optimiser itself decays.

        Args:
            rates: learning rates of the block's steps.
        """
        return 1.0

    @abstractmethod
    def rate_at(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""

    def has_table(self, vocab_size: int) -> bool:
        """Return whether the network is published with a table: V^L x V x 4 <= TABLE_LIMIT."""
        return has_table(vocab_size, self.block_size)
